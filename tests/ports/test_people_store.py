"""Users, sessions and tokens do the same over every database."""

import pytest
import sqlalchemy as sa

from services.catalogue.passwords import Passwords
from services.catalogue.people import PeopleStore, Principal
from services.contracts.errors import ConflictError, InvalidError, NotFoundError
from services.contracts.names import HOUR

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
    with pytest.raises(ConflictError, match="user li"):
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
    assert people.token(value) == Principal("bot", "partner", "zh")
    assert people.token(value + "x") is None
    with pytest.raises(ConflictError, match="token bot"):
        people.issue_token("bot", "viewer")
    assert people.tokens() == [Principal("bot", "partner", "zh")]
    people.revoke_token("bot")
    assert people.token(value) is None
    assert people.token(people.issue_token("bot", "viewer")) == Principal("bot", "viewer", "zh")


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
    assert len(kept) == 4 + 3 + 4
    assert not [secret for secret in secrets for value in kept if secret in value]
