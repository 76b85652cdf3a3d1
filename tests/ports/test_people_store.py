"""Users, sessions and tokens do the same over every database."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from services.catalogue.elsewhere import SIGN_IN_LASTS
from services.catalogue.passwords import Passwords
from services.catalogue.people import Account, Begun, LastAdminError, PeopleStore, Principal, Token
from services.contracts.errors import ConflictError, InvalidError, NotFoundError
from services.contracts.names import HOUR, MINUTE

PASSWORD = "correct horse"


@pytest.fixture
def people(engine: sa.Engine) -> PeopleStore:
    return PeopleStore(engine, Passwords(time_cost=1, memory_kib=8))


def test_the_first_user_is_an_admin_and_there_is_only_one_first(people: PeopleStore) -> None:
    password = people.ensure_first_user("admin")
    assert password is not None
    assert people.authenticate("admin", password) == Principal("admin", "admin", "zh")
    assert people.ensure_first_user("admin") is None
    assert people.ensure_first_user("other") is None
    assert people.users() == [Principal("admin", "admin", "zh")]


def test_only_the_right_name_and_password_open_the_door(people: PeopleStore) -> None:
    people.add_user("李阿姨", PASSWORD, "steward", "en")
    assert people.authenticate("李阿姨", PASSWORD) == Principal("李阿姨", "steward", "en")
    for name, password in (("李阿姨", "wrong horse"), ("王阿姨", PASSWORD), ("a\0b", PASSWORD), ("李阿姨", "x" * 2000)):
        assert people.authenticate(name, password) is None


def test_a_bad_user_is_refused(people: PeopleStore) -> None:
    people.add_user("li", PASSWORD, "viewer")
    with pytest.raises(ConflictError, match="li is taken"):
        people.add_user("li", PASSWORD, "admin")
    with pytest.raises(InvalidError, match="8 to 1024 characters, got 7"):
        people.add_user("wang", "1234567", "viewer")
    for name in ("", " li", "a\nb", "x" * 65):
        with pytest.raises(InvalidError, match="name"):
            people.add_user(name, PASSWORD, "viewer")
    with pytest.raises(InvalidError, match="role 'king'"):
        people.add_user("wang", PASSWORD, "king")  # type: ignore[arg-type]  # what a command line may bring
    with pytest.raises(InvalidError, match="language 'fr'"):
        people.add_user("wang", PASSWORD, "viewer", "fr")
    assert people.users() == [Principal("li", "viewer", "zh")]


def test_a_session_lasts_until_it_expires_or_is_closed(people: PeopleStore) -> None:
    people.add_user("li", PASSWORD, "steward")
    li = people.users()[0]
    first = people.open_session(li, now=0, ttl_s=3600)
    second = people.open_session(li, now=0, ttl_s=7200)
    assert people.session(first, HOUR - 1) == li
    assert people.session(first, HOUR) is None
    assert people.session(second, HOUR) == li
    people.close_session(second)
    people.close_session(second)
    assert people.session(second, HOUR) is None
    assert people.session("made up", 0) is None


def test_a_session_dies_with_its_user_and_with_the_old_password(people: PeopleStore) -> None:
    people.add_user("li", PASSWORD, "steward")
    li = people.users()[0]
    session = people.open_session(li, now=0, ttl_s=3600)
    people.set_password("li", "another horse")
    assert people.session(session, 1) is None
    assert people.authenticate("li", PASSWORD) is None
    assert people.authenticate("li", "another horse") == li
    session = people.open_session(li, now=0, ttl_s=3600)
    people.remove_user("li")
    assert people.session(session, 1) is None
    with pytest.raises(NotFoundError, match="user li"):
        people.open_session(li, now=1, ttl_s=3600)


def test_whoever_is_not_there_cannot_be_changed(people: PeopleStore) -> None:
    with pytest.raises(NotFoundError, match="user li"):
        people.set_password("li", PASSWORD)
    with pytest.raises(NotFoundError, match="user li"):
        people.remove_user("li")
    with pytest.raises(NotFoundError, match="token bot"):
        people.revoke_token("bot")


def test_tokens_are_issued_once_and_revoked(people: PeopleStore) -> None:
    value = people.issue_token("bot", "partner")
    assert people.token(value, 0) == Principal("bot", "partner", "zh")
    assert people.token(value + "x", 0) is None
    with pytest.raises(ConflictError, match="token bot"):
        people.issue_token("bot", "viewer")
    [known] = people.tokens()
    assert (known.name, known.role, known.used_at, known.expires) == ("bot", "partner", 0, None)
    people.revoke_token("bot")
    assert people.token(value, 0) is None
    assert people.token(people.issue_token("bot", "viewer"), 0) == Principal("bot", "viewer", "zh")


def test_no_secret_is_kept_as_it_is(people: PeopleStore, engine: sa.Engine) -> None:
    people.add_user("li", PASSWORD, "steward")
    secrets = [PASSWORD, people.open_session(people.users()[0], 0, 60), people.issue_token("bot", "admin")]
    assert len(set(secrets)) == 3
    with engine.connect() as connection:
        kept = [
            str(value)
            for table in ("users", "sessions", "tokens")
            for row in connection.execute(sa.text(f"SELECT * FROM {table}"))
            for value in row
        ]
    assert len(kept) == 9 + 7 + 10
    assert not [secret for secret in secrets for value in kept if secret in value]


def test_where_somebody_is_in_charge_is_kept_and_told(people: PeopleStore) -> None:
    people.add_user("li", PASSWORD, "steward", spaces=["lane/room-a", "lane/room-a", "dock"], email="li@example.org")
    assert people.authenticate("li", PASSWORD) == Principal("li", "steward", "zh", ("lane/room-a", "dock"))
    assert people.accounts() == [Account("li", "steward", "zh", ("lane/room-a", "dock"), "li@example.org")]
    people.change_user("li", spaces=[], language="en")
    assert people.users() == [Principal("li", "steward", "en")]
    for change in ({"spaces": ["Lane"]}, {"spaces": ["a/b/c"]}, {"email": "x"}, {"language": "fr"}, {"role": "king"}):
        with pytest.raises(InvalidError):
            people.change_user("li", **change)  # type: ignore[arg-type]  # what a request may bring
    with pytest.raises(InvalidError, match="admin"):
        people.change_user("li", role="admin", spaces=["lane"])
    with pytest.raises(NotFoundError):
        people.change_user("wang\0", language="en")


def test_the_last_admin_stays(people: PeopleStore) -> None:
    people.add_user("li", PASSWORD, "admin")
    people.add_user("wang", PASSWORD, "steward")
    with pytest.raises(LastAdminError):
        people.remove_user("li")
    with pytest.raises(LastAdminError):
        people.change_user("li", role="steward")
    people.change_user("li", language="en")
    people.remove_user("wang")
    people.add_user("zhao", PASSWORD, "admin")
    people.change_user("li", role="viewer")
    assert [(one.name, one.role) for one in people.users()] == [("li", "viewer"), ("zhao", "admin")]


def test_two_admins_who_take_each_other_down_at_once_leave_one(people: PeopleStore) -> None:
    left = ""
    for round_ in range(3):
        names = [f"a{round_}", f"b{round_}"]
        for name in names:
            people.add_user(name, PASSWORD, "admin")
        if round_:
            people.change_user(left, role="viewer")
        with ThreadPoolExecutor(2) as pool:
            refused = list(pool.map(lambda name: _demoted(people, name), names))
        admins = [one.name for one in people.users() if one.role == "admin"]
        assert (len(admins), sorted(refused)) == (1, [False, True])
        [left] = admins


def _demoted(people: PeopleStore, name: str) -> bool:
    try:
        people.change_user(name, role="viewer")
    except LastAdminError:
        return False
    return True


def test_a_session_that_nobody_uses_ends_before_its_time(people: PeopleStore) -> None:
    people.add_user("li", PASSWORD, "steward")
    secret = people.open_session(people.users()[0], 0, 12 * 3600, "10.0.0.7", "Firefox\n/1")
    for minute in (30, 80, 139):
        assert people.session(secret, minute * MINUTE, 3600) is not None
    [known] = people.sessions_of("li", 139 * MINUTE, 3600)
    assert (known.address, known.agent, known.seen_at) == ("10.0.0.7", "Firefox/1", 139 * MINUTE)
    assert known.id == people.session_name(secret)
    assert people.sessions_of("li", 200 * MINUTE, 3600) == []
    assert people.session(secret, 200 * MINUTE, 3600) is None
    assert people.accounts()[0].signed_in_at == 0


def test_sessions_are_ended_by_their_owner(people: PeopleStore) -> None:
    people.add_user("li", PASSWORD, "steward")
    li = people.users()[0]
    first, second, third = (people.open_session(li, 0, 3600) for _ in range(3))
    people.end_session("li", people.session_name(first))
    for name, id in (("li", people.session_name(first)), ("wang", people.session_name(second)), ("li", "")):
        with pytest.raises(NotFoundError):
            people.end_session(name, id)
    assert people.end_other_sessions("li", second) == 1
    assert [people.session(one, 1) for one in (first, second, third)] == [None, li, None]
    people.set_password("li", "another horse", keep=second)
    assert people.session(second, 1) == li


def test_a_token_is_for_something_until_it_ends_and_its_use_is_noted(people: PeopleStore) -> None:
    value = people.issue_token(
        "bot", "steward", spaces=["lane"], scopes=["bookings:read"], now=5, expires=HOUR, by="li"
    )
    assert people.token(value, 6) == Principal("bot", "steward", "zh", ("lane",), ("bookings:read",))
    assert people.token(value, 6 + MINUTE // 2) is not None
    assert people.tokens()[0].used_at == 6, "to the minute"
    assert people.token(value, HOUR - 1) is not None
    assert people.tokens() == [Token("bot", "steward", "zh", ("lane",), ("bookings:read",), 5, "li", HOUR, HOUR - 1)]
    assert people.token(value, HOUR) is None
    for bad in ({"scopes": ["bookings"]}, {"scopes": ["bookings:all"]}, {"now": 9, "expires": 9}, {"spaces": ["X"]}):
        with pytest.raises(InvalidError):
            people.issue_token("other", "viewer", **bad)  # type: ignore[arg-type]  # what a request may bring


def test_a_sign_in_elsewhere_ends_once_and_in_time(people: PeopleStore) -> None:
    for state in ("one", "two"):
        people.begin_sign_in(Begun(state, "nonce", "verifier"), 0)
    assert people.end_sign_in("none", 1) is None
    assert people.end_sign_in("one", 1) == Begun("one", "nonce", "verifier")
    assert people.end_sign_in("one", 1) is None
    assert people.end_sign_in("two", SIGN_IN_LASTS) is None


def test_people_of_elsewhere_are_known_by_issuer_and_subject(people: PeopleStore) -> None:
    people.add_user("li", PASSWORD, "admin")
    first = people.arrived("https://id", "u-1", "li", "steward", "en")
    assert first == Principal("li-2", "steward", "en")
    assert people.arrived("https://id", "u-1", "new name", "viewer", "zh") == Principal("li-2", "viewer", "en")
    assert people.arrived("https://id2", "u-1", "\0/", "viewer", "xx") == Principal("-", "viewer", "zh")
    assert people.arrived("https://id", "u-2", "", "viewer", "zh").name == "user"
    assert people.authenticate("li-2", "") is None
    people.change_user("li-2", spaces=["lane"])
    assert people.arrived("https://id", "u-1", "x", "admin", "zh") == Principal("li-2", "admin", "en")
