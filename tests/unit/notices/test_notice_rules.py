"""Who wants what, when it is tried again, how it is signed, where it may go, and what a letter says."""

import base64
import hashlib
import hmac
import ipaddress
from email import message_from_bytes
from email.policy import default

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contracts.errors import InvalidError, SettingsError
from services.contracts.events import Alert
from services.contracts.names import DAY, HOUR, MINUTE
from services.notices import schedule, signing
from services.notices.addresses import allowed, check_written, target_of
from services.notices.letters import House, letter, unsubscribe_link
from services.notices.mail import SmtpServer, check_sender, is_address
from services.notices.records import alert_key, delivery_id, masked, next_due, wants_alert, wants_decision
from tests.unit.notices.subscribing import NOW, decision, delivery, subscription


def test_who_wants_to_hear_of_a_decision() -> None:
    assert wants_decision(subscription(), decision(), 1)
    assert not wants_decision(subscription(after_number=1), decision(), 1)  # made before the subscription
    assert not wants_decision(subscription(site="hill"), decision(), 1)
    assert not wants_decision(subscription(spaces=("tea",)), decision(), 1)
    assert wants_decision(subscription(events=("release", "alert")), decision(), 1)
    assert not wants_decision(subscription(events=("check_in",)), decision(), 1)
    assert not wants_decision(subscription(), decision(shadow=True), 1)
    assert wants_decision(subscription(events=("shadow",)), decision(shadow=True), 1)
    assert not wants_decision(subscription(events=("shadow", "check_in")), decision(shadow=True), 1)


def test_who_wants_to_hear_of_an_alert() -> None:
    def alert(key: str = "k", **params: object) -> Alert:
        return Alert(key=key, level="warning", at=NOW, text="alerts.k", params=params)

    assert wants_alert(subscription(), "lane", alert())
    assert wants_alert(subscription(spaces=("tea",)), "lane", alert())  # of no space in particular
    assert not wants_alert(subscription(spaces=("tea",)), "lane", alert(space="hall"))
    assert not wants_alert(subscription(events=("release",)), "lane", alert())
    assert not wants_alert(subscription(site="hill"), "lane", alert())
    assert not wants_alert(subscription("n-1"), "lane", alert(alert_key("n-1")))  # it would never arrive
    assert wants_alert(subscription("n-2"), "lane", alert(alert_key("n-1")))


@given(lot=st.floats(0, 1))
def test_it_is_tried_again_ever_more_seldom_and_given_up_after_a_day(lot: float) -> None:
    at, tries, waits = NOW, 1, []
    while not schedule.give_up(NOW, next_at := schedule.retry_at(tries, at, lot)):
        waits.append(next_at - at)
        at, tries = next_at, tries + 1
    assert waits == sorted(waits)
    assert 8 <= len(waits) <= 11
    assert at - NOW <= DAY
    assert schedule.peace_until(20, NOW, lot) <= NOW + 15 * MINUTE
    assert schedule.disable(NOW, NOW + 3 * DAY)
    assert not schedule.disable(NOW, NOW + 3 * DAY - 1)


@given(body=st.binary(max_size=200), at=st.integers(0, 2**33))
def test_the_signature_is_that_of_the_specification(body: bytes, at: int) -> None:
    keys = (signing.new_secret(), signing.new_secret())
    head = signing.headers("msg_1", at, body, keys)
    for key, signed in zip(keys, head["webhook-signature"].split(" "), strict=True):
        raw = base64.b64decode(key.removeprefix("whsec_"))
        expected = hmac.new(raw, b"msg_1." + str(at).encode() + b"." + body, hashlib.sha256).digest()
        assert signed == "v1," + base64.b64encode(expected).decode()
    assert head["webhook-timestamp"] == str(at)


def test_the_example_of_the_specification() -> None:
    """As published with the Standard Webhooks specification's reference libraries."""
    secret, body = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", b'{"test": 2432232314}'
    head = signing.headers("msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body, [secret])
    assert head["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_two_secrets_sign_while_one_is_renewed() -> None:
    one = subscription(secret="new", secret_before="old", secret_before_until=NOW + HOUR)
    assert one.secrets(NOW) == ("new", "old")
    assert one.secrets(NOW + HOUR) == ("new",)
    assert subscription(secret="new").secrets(NOW) == ("new",)


_INSIDE = ["127.0.0.1", "10.1.2.3", "192.168.1.9", "172.16.0.1", "::1", "fd12::1", "100.64.0.9", "::ffff:10.0.0.1",
           "64:ff9b::a00:1", "2002:a00:1::"]  # fmt: skip
_NEVER = ["169.254.169.254", "169.254.1.1", "fe80::1", "0.0.0.0", "::", "224.0.0.1", "ff02::1", "100.100.100.200",
          "fd00:ec2::254", "::ffff:169.254.169.254", "255.255.255.255", "64:ff9b::a9fe:a9fe",
          "192.0.0.192"]  # fmt: skip


def test_a_webhook_reaches_no_door_into_the_house() -> None:
    for one in ("93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946"):
        assert allowed(ipaddress.ip_address(one), private=False), one
    for one in _INSIDE:
        assert not allowed(ipaddress.ip_address(one), private=False), one
        assert allowed(ipaddress.ip_address(one), private=True), one
    for one in _NEVER:
        assert not allowed(ipaddress.ip_address(one), private=True), one


@pytest.mark.parametrize(
    "url",
    ["ftp://example.org/", "https://", "https://user:pw@example.org/", "//example.org", "https://exa mple.org/",
     "https://example.org:0/", "https://example.org:99999/", "https://[::1/", "javascript:alert(1)", "http://a%00b/",
     "https://example.org\\@evil/", "http://例子.org/", "http://a\n.org/"],
)  # fmt: skip
def test_what_is_no_web_address_is_refused(url: str) -> None:
    with pytest.raises(InvalidError, match="webhook"):
        target_of(url)


@given(st.text(max_size=60))
def test_no_text_is_an_error_of_ours(text: str) -> None:
    for url in (text, f"https://{text}", f"http://example.org/{text}"):
        try:
            target_of(url)
            check_written(url, private=False)
        except InvalidError:
            pass
    is_address(text)


def test_a_url_is_taken_apart() -> None:
    target = target_of("https://example.org:8443/a/b?c=d")
    assert (target.host, target.port, target.path, target.host_header) == (
        "example.org", 8443, "/a/b?c=d", "example.org:8443",
    )  # fmt: skip
    assert target_of("http://[::1]").host_header == "[::1]"
    with pytest.raises(InvalidError, match="FOLDSPACE_WEBHOOK_PRIVATE"):
        check_written("http://[::ffff:10.0.0.1]/", private=False)


HOUSE = House("foldspace <noreply@example.org>", "https://space.example", "里弄社区")


def test_a_letter_says_one_thing_in_its_subject_and_many_in_a_list() -> None:
    one = subscription(kind="mail", target="li@example.org")
    link = unsubscribe_link("https://space.example", one)
    single = letter(one, [delivery()], HOUSE, link, NOW)
    assert single["Subject"] == "大厅已释放"
    assert single["List-Unsubscribe"] == f"<{link}>"
    assert single["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    many = letter(one, [delivery(ref="a"), delivery(ref="b", summary="茶楼<已满>")], HOUSE, "", NOW)
    assert many["Subject"] == "里弄社区：2 条消息"
    assert many["List-Unsubscribe"] is None
    back = message_from_bytes(bytes(many), policy=default)
    plain, rich = back.get_body(("plain",)), back.get_body(("html",))
    assert plain is not None
    assert rich is not None
    assert "茶楼<已满>" in plain.get_content()
    assert "茶楼&lt;已满&gt;" in rich.get_content()
    assert "2026-03-03 09:00" in plain.get_content()


@given(st.text(max_size=200))
def test_nothing_that_people_write_becomes_a_header(said: str) -> None:
    one = subscription(kind="mail", target="li@example.org", name=said)
    message = letter(one, [delivery(summary=said + "\r\nBcc: all@example.org")], HOUSE, "", NOW)
    back = message_from_bytes(bytes(message), policy=default)
    assert back["Bcc"] is None
    assert len(str(back["Subject"])) <= 120


def test_the_link_to_unsubscribe_is_signed() -> None:
    one, other = subscription("n-1"), subscription("n-2")
    token = signing.unsubscribe_token(one.secret, one.id)
    assert signing.may_unsubscribe(one.secret, one.id, token)
    for secret, id, said in (
        (one.secret, "n-2", token),
        (other.secret, one.id, token),
        (one.secret, one.id, "\ud800"),
    ):
        assert not signing.may_unsubscribe(secret, id, said)
    assert unsubscribe_link("", one) == ""


def test_a_daily_letter_waits_for_the_morning_of_the_site() -> None:
    one, zone = subscription(rhythm="daily"), "Asia/Shanghai"
    assert next_due(subscription(), NOW, zone) == NOW
    due = next_due(one, NOW, zone)
    assert NOW < due <= NOW + DAY
    assert next_due(one, due - 1, zone) == due
    assert next_due(one, due, zone) == due + DAY


def test_names_of_deliveries_are_lasting_and_their_own() -> None:
    assert delivery_id("n-1", "d1") == delivery_id("n-1", "d1")
    assert len({delivery_id(one, ref) for one in ("n-1", "n-2") for ref in ("d1", "d2")}) == 4


def test_targets_are_shortened_for_those_who_cannot_change_them() -> None:
    assert masked("mail", "liming@example.org") == "l…@example.org"
    assert masked("webhook", "https://example.org/secret/path?token=1") == "https://example.org/…"


def test_mail_settings() -> None:
    server = SmtpServer.parse("smtp://a%40b:p%3Aw@mail.example.org")
    assert (server.host, server.port, server.tls, server.user, server.password) == (
        "mail.example.org", 587, False, "a@b", "p:w",
    )  # fmt: skip
    assert SmtpServer.parse("smtps://mail.example.org").port == 465
    assert SmtpServer.parse("smtp://127.0.0.1:25").near
    for wrong in ("mail.example.org", "http://a", "smtp://", "smtp://a:b:c", "smtp://a/x"):
        with pytest.raises(SettingsError, match="FOLDSPACE_SMTP_URL"):
            SmtpServer.parse(wrong)
    for wrong in ("", "nobody", "a@b\nBcc: c@d"):
        with pytest.raises(SettingsError, match="FOLDSPACE_MAIL_FROM"):
            check_sender(wrong)
    assert is_address("li.ming+x@example.org")
    for no in (
        "li",
        "li@",
        "@example.org",
        "li@local",
        "a@b@c.org",
        "li <li@example.org>",
        "李@example.org",
        "a\n@b.org",
    ):
        assert not is_address(no), no
