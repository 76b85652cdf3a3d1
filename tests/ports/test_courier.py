"""The courier against real servers on loopback: an SMTP server, and an HTTP server that answers as told."""

import base64
import hashlib
import hmac
import json
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from prometheus_client import CollectorRegistry
from structlog.testing import capture_logs

import services.bookings.tables
import services.notices.tables  # noqa: F401  # both declare the tables that create_all makes
from services.bookings import tables
from services.bookings.records import Decision
from services.bookings.rows import to_row
from services.contracts.events import Alert
from services.contracts.instants import to_rfc3339
from services.contracts.names import DAY, HOUR, MINUTE, SECOND
from services.kit.certificates import ensure
from services.kit.clock import ManualClock
from services.kit.mqtt import Broker
from services.notices.courier import Courier, Sender, trial
from services.notices.letters import House, unsubscribe_link
from services.notices.mail import MailSender, SmtpServer, trusting
from services.notices.outbox import NoticeOutbox
from services.notices.queries import NewDecisions, StandingAlerts
from services.notices.records import Subscription, SubscriptionKind
from services.notices.sending import DeliveryError
from services.notices.store import SubscriptionStore
from services.notices.webhooks import WebhookSender
from tests.httpfake import Answer, Asked, HttpFake
from tests.servers import free_port
from tests.unit.notices.subscribing import NOW, decision

ZONE = "Asia/Shanghai"


class Plainly:
    """Words without a catalogue."""

    def decision(self, record: Decision, language: str) -> dict[str, Any]:
        said = {"zh": f"{record.space} 已释放", "en": f"{record.space} was released"}
        return {"id": record.id, "at": to_rfc3339(record.at, ZONE), "summary": said[language]}

    def alert(self, site: str, record: Alert, language: str) -> dict[str, Any]:
        return {"key": record.key, "at": to_rfc3339(record.at, ZONE), "cleared": record.cleared, "text": record.text}

    def zone(self, site: str | None) -> str:
        return ZONE

    def sites(self) -> list[str]:
        return ["lane", "hill"]


class Desk:
    """A courier over a real store, with its clock in our hand."""

    def __init__(self, engine: sa.Engine, senders: dict[SubscriptionKind, Sender]) -> None:
        self.engine = engine
        self.clock = ManualClock(NOW)
        self.store, self.outbox = SubscriptionStore(engine), NoticeOutbox(engine)
        self.registry = CollectorRegistry()
        self.said: list[Alert] = []
        self.courier = Courier(
            self.store, self.outbox, NewDecisions(engine), StandingAlerts(engine), Plainly(), senders, self.clock,
            self.clock, Broker("127.0.0.1", 1), "test", self.registry, lambda: 0.5,
        )  # fmt: skip
        self.courier.gather(NOW)

    def add(self, kind: SubscriptionKind, target: str, **more: Any) -> Subscription:
        values = {"site": None, "spaces": (), "events": (), "language": "zh", "rhythm": "each", **more}
        return self.store.add(kind, "楼宇", target, made_by="li", now=self.clock.now(), **values)

    def decide(self, *ids: str) -> None:
        t = tables.decisions
        with self.engine.begin() as connection:
            for id in ids:
                values = {t.c[name]: value for name, value in to_row(decision(id)).items()}
                connection.execute(sa.insert(t).values({**values, t.c.published: True}))

    def work(self) -> int:
        """Gather, and deliver all that is due; return how many batches went out or failed."""
        self.courier.gather(self.clock.now())
        batches = 0
        while self.courier.deliver(self.clock.now()):
            batches += 1
        return batches

    def states(self, of: Subscription) -> list[str]:
        return [one.state.value for one in self.outbox.of(of.id)]

    def counted(self, kind: str, step: str) -> float:
        return self.registry.get_sample_value("foldspace_notices_total", {"kind": kind, "step": step}) or 0.0


@pytest.fixture
def webhooks(engine: sa.Engine) -> Desk:
    return Desk(engine, {"webhook": WebhookSender(private=True, version="1")})


@contextmanager
def hook(answer: Callable[[Asked], Answer | None]) -> Iterator[tuple[HttpFake, str]]:
    with HttpFake(answer) as server:
        yield server, f"http://127.0.0.1:{server.port}/hook?x=1"


def verified(asked: Asked, secret: str) -> bool:
    """Verify as the specification says, independently of our own signing."""
    head = {name.lower(): value for name, value in asked.headers.items()}
    signed = f"{head['webhook-id']}.{head['webhook-timestamp']}.".encode() + asked.body
    key = base64.b64decode(secret.removeprefix("whsec_"))
    expected = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return expected in head["webhook-signature"].split(" ")


def test_a_decision_reaches_a_webhook_once_signed_and_whole(webhooks: Desk) -> None:
    with hook(lambda _: Answer(204)) as (server, url):
        one = webhooks.add("webhook", url, events=("release",), language="en")
        webhooks.decide("d1", "d2")
        assert webhooks.work() == 2
        webhooks.clock.advance(120)
        assert webhooks.work() == 0
    assert [json.loads(asked.body)["data"]["id"] for asked in server.asked] == ["d1", "d2"]
    first = server.asked[0]
    assert json.loads(first.body) == {
        "type": "decision.release",
        "timestamp": to_rfc3339(NOW, ZONE),
        "data": {"id": "d1", "at": to_rfc3339(NOW, ZONE), "summary": "hall was released"},
    }
    assert (first.method, first.path, first.query) == ("POST", "/hook", {"x": "1"})
    assert first.headers["Content-Type"] == "application/json"
    assert first.headers["Host"] == f"127.0.0.1:{server.port}"
    assert verified(first, one.secret)
    assert not verified(first, webhooks.store.rotate(one.id, NOW).secret)
    assert webhooks.states(one) == ["sent", "sent"]
    assert webhooks.counted("webhook", "sent") == 2


def test_while_a_secret_is_renewed_both_verify(webhooks: Desk) -> None:
    with hook(lambda _: Answer(200)) as (server, url):
        one = webhooks.add("webhook", url)
        renewed = webhooks.store.rotate(one.id, NOW)
        webhooks.decide("d1")
        webhooks.work()
        webhooks.clock.advance(25 * 3600)
        webhooks.decide("d2")
        webhooks.work()
    assert [verified(asked, one.secret) for asked in server.asked] == [True, False]
    assert [verified(asked, renewed.secret) for asked in server.asked] == [True, True]


def test_a_webhook_that_fails_is_tried_again_under_the_same_id_with_the_same_body(webhooks: Desk) -> None:
    answers = iter([Answer(500), None, Answer(302, headers={"Location": "http://127.0.0.1/"}), Answer(200)])
    with hook(lambda _: next(answers)) as (server, url):
        one = webhooks.add("webhook", url)
        webhooks.decide("d1")
        for _ in range(40):
            webhooks.work()
            webhooks.clock.advance(15)
    assert len(server.asked) == 4  # a redirect is not followed
    assert len({asked.headers["webhook-id"] for asked in server.asked}) == 1
    assert len({asked.body for asked in server.asked}) == 1
    assert len({asked.headers["webhook-timestamp"] for asked in server.asked}) == 4
    assert webhooks.states(one) == ["sent"]
    assert webhooks.counted("webhook", "failed") == 3
    assert webhooks.store.get(one.id).failing_since is None


def test_a_target_that_is_gone_is_told_nothing_more(webhooks: Desk) -> None:
    with hook(lambda _: Answer(410)) as (server, url):
        one = webhooks.add("webhook", url)
        webhooks.decide("d1", "d2")
        webhooks.work()
        webhooks.decide("d3")
        webhooks.work()
    assert len(server.asked) == 1
    assert webhooks.store.get(one.id).paused == "gone"
    assert webhooks.counted("webhook", "disabled") == 1
    assert webhooks.counted("webhook", "given_up") == 2


def test_a_huge_answer_is_not_read(webhooks: Desk) -> None:
    with hook(lambda _: Answer(200, b"x" * 50_000_000)) as (_, url):
        one = webhooks.add("webhook", url)
        webhooks.decide("d1")
        webhooks.work()
    assert webhooks.states(one) == ["sent"]


def test_one_target_that_fails_does_not_hold_up_another(webhooks: Desk) -> None:
    with hook(lambda _: Answer(200)) as (server, url):
        webhooks.add("webhook", f"http://127.0.0.1:{free_port()}/")
        webhooks.add("webhook", url)
        webhooks.decide("d1", "d2", "d3")
        webhooks.work()
    assert len(server.asked) == 3


@pytest.mark.parametrize(
    "addresses", [["127.0.0.1"], ["10.0.0.1", "192.168.0.1"], ["169.254.169.254"], ["::1"], ["fe80::1%eth0"]]
)
def test_a_name_that_leads_into_the_house_is_not_connected_to(engine: sa.Engine, addresses: list[str]) -> None:
    sender = WebhookSender(private=False, version="1", lookup=lambda _host, _port: addresses)
    desk = Desk(engine, {"webhook": sender})
    one = desk.add("webhook", "http://innocent.example/")
    desk.decide("d1")
    desk.work()
    assert "FOLDSPACE_WEBHOOK_PRIVATE" in desk.store.get(one.id).last_error
    assert desk.states(one) == ["failed"]


def test_metadata_is_out_of_reach_even_where_private_addresses_are_not(engine: sa.Engine) -> None:
    sender = WebhookSender(private=True, version="1", lookup=lambda _host, _port: ["169.254.169.254"])
    with pytest.raises(DeliveryError) as refused:
        sender.send(Desk(engine, {}).add("webhook", "http://innocent.example/"), [_trial()], NOW)
    assert refused.value.code == "forbidden_address"


def test_the_connection_goes_to_the_address_that_was_checked(engine: sa.Engine) -> None:
    with HttpFake(lambda _: Answer(200)) as server:
        sender = WebhookSender(private=True, version="1", lookup=lambda _host, _port: ["127.0.0.1"])
        one = Desk(engine, {}).add("webhook", f"http://innocent.example:{server.port}/")
        sender.send(one, [_trial()], NOW)
    assert server.asked[0].headers["Host"] == f"innocent.example:{server.port}"


def _trial() -> Any:
    from tests.unit.notices.subscribing import subscription

    return trial(subscription(), "hello", to_rfc3339(NOW, ZONE), "1", NOW)


def test_alerts_are_told_once_and_when_they_are_over(webhooks: Desk) -> None:
    with hook(lambda _: Answer(200)) as (server, url):
        webhooks.add("webhook", url, events=("alert",))
        for minute in range(3):
            at = NOW + minute * MINUTE
            webhooks.courier.hear("lane", Alert(key="k", level="warning", at=at, text="alerts.a"))
            webhooks.work()
            webhooks.clock.advance(60)
        over = Alert(key="k", level="warning", at=NOW + HOUR, text="alerts.a", cleared=True)
        for _ in range(2):
            webhooks.courier.hear("lane", over)
        webhooks.work()
    assert [json.loads(asked.body)["type"] for asked in server.asked] == ["alert.raised", "alert.cleared"]


def test_two_couriers_that_hear_the_same_tell_it_once(webhooks: Desk, engine: sa.Engine) -> None:
    other = Desk(engine, {"webhook": WebhookSender(private=True, version="1")})
    with hook(lambda _: Answer(200)) as (server, url):
        webhooks.add("webhook", url)
        webhooks.decide("d1", "d2")
        alert = Alert(key="k", level="warning", at=NOW, text="alerts.a")
        for desk in (webhooks, other):
            desk.courier.hear("lane", alert)
        assert webhooks.courier.gather(NOW) == 3
        assert other.courier.gather(NOW) == 0
        other.work()
        webhooks.work()
    assert len(server.asked) == 3


def test_a_subscription_without_its_sender_waits_and_says_why(engine: sa.Engine) -> None:
    desk = Desk(engine, {})
    one = desk.add("mail", "li@example.org")
    desk.decide("d1")
    desk.work()
    assert "FOLDSPACE_SMTP_URL" in desk.store.get(one.id).last_error


# -- mail


class Box:
    """What the SMTP server took, and what it answers to recipients first."""

    def __init__(self) -> None:
        self.letters: list[EmailMessage] = []
        self.answers: list[str] = []
        self.secure: list[bool] = []

    async def handle_RCPT(  # noqa: N802  # the name aiosmtpd looks for
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.answers:
            return self.answers.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802  # see above
        content = envelope.content
        assert isinstance(content, bytes)
        self.letters.append(message_from_bytes(content, policy=default))  # type: ignore[arg-type]  # the policy makes an EmailMessage
        self.secure.append(session.ssl is not None)
        return "250 taken"


@contextmanager
def smtp(box: Box, **options: Any) -> Iterator[int]:
    port = free_port()
    controller = Controller(box, hostname="127.0.0.1", port=port, **options)
    controller.start()
    try:
        yield port
    finally:
        controller.stop()


HOUSE = House("foldspace <noreply@example.org>", "https://space.example", "里弄社区")


def mail(engine: sa.Engine, url: str, tls: ssl.SSLContext | None = None) -> Desk:
    server = SmtpServer.parse(url)
    link: Callable[[Subscription], str] = lambda one: unsubscribe_link(HOUSE.url, one)  # noqa: E731  # short
    return Desk(engine, {"mail": MailSender(server, HOUSE, link, tls or trusting(""))})


def test_mail_arrives_in_the_readers_language_with_a_way_out(engine: sa.Engine) -> None:
    box = Box()
    with smtp(box) as port, capture_logs() as logs:
        desk = mail(engine, f"smtp://127.0.0.1:{port}")
        one = desk.add("mail", "li.ming@example.org")
        desk.decide("d1")
        assert desk.work() == 1
    [letter] = box.letters
    assert (letter["To"], letter["From"], letter["Subject"]) == ("li.ming@example.org", HOUSE.sender, "hall 已释放")
    assert letter["List-Unsubscribe"] == f"<{unsubscribe_link(HOUSE.url, one)}>"
    body = letter.get_body(("plain",))
    assert body is not None
    assert "hall 已释放" in body.get_content()
    assert "退订" in body.get_content()
    assert letter.get_body(("html",)) is not None
    assert desk.states(one) == ["sent"]
    assert "li.ming" not in str(logs)


def test_a_daily_letter_comes_in_the_morning_with_all_of_it(engine: sa.Engine) -> None:
    box = Box()
    with smtp(box) as port:
        desk = mail(engine, f"smtp://127.0.0.1:{port}")
        desk.add("mail", "li@example.org", rhythm="daily", language="en")
        desk.decide("d1", "d2", "d3")
        assert desk.work() == 0
        desk.clock.advance(24 * 3600)
        assert desk.work() == 1
    [letter] = box.letters
    assert letter["Subject"] == "里弄社区: 3 notices"


def test_a_server_that_is_busy_is_asked_again(engine: sa.Engine) -> None:
    box = Box()
    box.answers = ["451 come back later"]
    with smtp(box) as port, capture_logs() as logs:
        desk = mail(engine, f"smtp://127.0.0.1:{port}")
        one = desk.add("mail", "li@example.org")
        desk.decide("d1")
        desk.work()
        assert desk.states(one) == ["failed"]
        desk.clock.advance(10)
        desk.work()
    assert desk.states(one) == ["sent"]
    assert [entry["code"] for entry in logs if entry["event"] == "notice_failed"] == ["smtp_451"]


def test_a_refusal_for_good_is_given_up_and_said_without_the_address_in_logs(engine: sa.Engine) -> None:
    box = Box()
    box.answers = ["550 <li.ming@example.org>: no such user"]
    with smtp(box) as port, capture_logs() as logs:
        desk = mail(engine, f"smtp://127.0.0.1:{port}")
        one = desk.add("mail", "li.ming@example.org")
        desk.decide("d1")
        desk.work()
    assert desk.states(one) == ["given_up"]
    assert "550" in desk.store.get(one.id).last_error
    assert "li.ming" not in str(logs)
    assert [entry["count"] for entry in logs if entry["event"] == "notices_given_up"] == [1]


def test_a_server_that_is_away_is_asked_again(engine: sa.Engine) -> None:
    box, port = Box(), free_port()
    desk = mail(engine, f"smtp://127.0.0.1:{port}")
    one = desk.add("mail", "li@example.org")
    desk.decide("d1")
    desk.work()
    assert desk.states(one) == ["failed"]
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        desk.clock.advance(60)
        desk.work()
    finally:
        controller.stop()
    assert desk.states(one) == ["sent"]


def _authenticated(_server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: Any) -> AuthResult:
    known = isinstance(data, LoginPassword) and (data.login, data.password) == (b"foldspace", b"s3:cret")
    return AuthResult(success=known)


def test_a_password_is_needed_and_a_wrong_one_is_no_reason_to_give_up(engine: sa.Engine) -> None:
    box = Box()
    options = {"authenticator": _authenticated, "auth_required": True, "auth_require_tls": False}
    with smtp(box, **options) as port:
        wrong = mail(engine, f"smtp://foldspace:wrong@127.0.0.1:{port}")
        one = wrong.add("mail", "li@example.org")
        wrong.decide("d1")
        wrong.work()
        assert wrong.states(one) == ["failed"]
        right = mail(engine, f"smtp://foldspace:s3%3Acret@127.0.0.1:{port}")
        right.clock.advance(60)
        right.work()
    assert right.states(one) == ["sent"]


def test_starttls_is_used_and_a_stranger_with_another_certificate_is_not_trusted(
    engine: sa.Engine, tmp_path: Path
) -> None:
    ensure(tmp_path, ["127.0.0.1"], int(time.time() * 1000))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "api.crt", tmp_path / "api.key")
    box = Box()
    options = {"tls_context": context, "require_starttls": True, "authenticator": _authenticated, "auth_required": True}
    with smtp(box, **options) as port:
        url = f"smtp://foldspace:s3%3Acret@127.0.0.1:{port}"
        stranger = mail(engine, url)
        one = stranger.add("mail", "li@example.org")
        stranger.decide("d1")
        stranger.work()
        assert stranger.states(one) == ["failed"]
        assert "certificate" in stranger.store.get(one.id).last_error
        friend = mail(engine, url, trusting(str(tmp_path / "ca.crt")))
        friend.clock.advance(60)
        friend.work()
    assert friend.states(one) == ["sent"]
    assert box.secure == [True]


def test_what_was_not_delivered_for_days_ends_in_an_alert(engine: sa.Engine) -> None:
    desk = Desk(engine, {"webhook": WebhookSender(private=True, version="1")})
    one = desk.add("webhook", f"http://127.0.0.1:{free_port()}/", site="lane")
    desk.decide("d1")
    start, n = desk.clock.now(), 0
    with capture_logs() as logs:
        while desk.store.get(one.id).active:
            assert desk.clock.now() < start + 4 * DAY
            if not desk.outbox.waiting():
                n += 1
                desk.decide(f"later-{n}")
            desk.work()
            desk.clock.advance(30 * 60)
    assert desk.store.get(one.id).paused == "failing"
    assert {"subscription_disabled", "notices_given_up"} <= {entry["event"] for entry in logs}
    assert desk.counted("webhook", "given_up") >= 1
    told: list[tuple[str, Alert]] = []
    desk.courier._session.publish = lambda topic, payload, **_: told.append((topic, Alert.model_validate_json(payload)))  # type: ignore[method-assign,assignment,return-value]  # stands for the broker
    desk.courier._say(desk.clock.now())
    assert [(topic, alert.text) for topic, alert in told] == [("fs/v1/lane/events/alert", "alerts.notices_disabled")]
    desk.store.resume(one.id)
    desk.courier._say(desk.clock.now() + SECOND)
    assert told[-1][1].cleared
