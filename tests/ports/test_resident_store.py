"""Residents, their sessions and passkeys do the same over every database."""

import pytest
import sqlalchemy as sa

import services.residents.tables  # noqa: F401  # declares the tables that the engine makes
from services.contracts.errors import ConflictError, NotFoundError
from services.contracts.names import DAY, MINUTE
from services.residents.records import Passkey, SignedIn
from services.residents.store import DESK_CODE, MOST_SESSIONS, SESSION, UNUSED, ResidentStore

PHONE = "+8613800138000"


@pytest.fixture
def residents(engine: sa.Engine) -> ResidentStore:
    return ResidentStore(engine)


def test_whoever_signs_up_is_known_by_a_handle_and_comes_back_with_number_and_code(residents: ResidentStore) -> None:
    wang, code = residents.add("王芳", PHONE, "zh", 5)
    assert residents.resident(wang.handle) == wang
    assert residents.by_code(PHONE, code, 9) == (wang, None)
    assert residents.by_code(PHONE, code.lower(), 9) == (wang, None)
    for who, typed in ((PHONE, "AAAA-AAAA"), ("+8613800138001", code), (wang.handle, code), ("nobody", "")):
        assert residents.by_code(who, typed, 9) is None
    assert "王芳" not in repr(wang)
    assert PHONE not in repr(wang)


def test_one_number_may_be_given_twice_and_each_code_opens_its_own_account(residents: ResidentStore) -> None:
    mother, hers = residents.add("王芳", PHONE, "zh", 1)
    child, theirs = residents.add("小王", PHONE, "zh", 2)
    assert residents.by_code(PHONE, hers, 3) == (mother, None)
    assert residents.by_code(PHONE, theirs, 3) == (child, None)


def test_who_has_no_number_comes_back_with_their_handle(residents: ResidentStore) -> None:
    someone, code = residents.add("", None, "en", 1)
    assert residents.by_code(someone.handle, code, 2) == (someone, None)
    assert residents.by_code(PHONE, code, 2) is None


def test_a_new_code_replaces_the_old_one_and_one_from_the_desk_works_once_for_a_day(residents: ResidentStore) -> None:
    wang, first = residents.add("王芳", PHONE, "zh", 1)
    second = residents.new_code(wang.handle, 2)
    assert residents.by_code(PHONE, first, 3) is None
    assert residents.by_code(PHONE, second, 3) == (wang, None)
    at_desk = residents.new_code(wang.handle, 10, from_desk=True)
    assert residents.by_code(PHONE, second, 11) is None
    assert residents.by_code(PHONE, at_desk, 10 + DESK_CODE) is None
    found = residents.by_code(PHONE, at_desk, 11)
    assert found is not None
    own = found[1]
    assert own is not None
    assert residents.by_code(PHONE, at_desk, 12) is None
    assert residents.by_code(PHONE, own, 400 * DAY) == (wang, None)
    with pytest.raises(NotFoundError):
        residents.new_code("R-AAAAAA", 1)


def test_a_new_number_comes_with_a_new_code(residents: ResidentStore) -> None:
    wang, code = residents.add("王芳", PHONE, "zh", 1)
    changed, none = residents.change(wang.handle, "王女士", PHONE, "en", 2)
    assert (changed.name, none) == ("王女士", None)
    assert residents.by_code(PHONE, code, 3) == (changed, None)
    moved, new = residents.change(wang.handle, "王女士", "+8613900139000", "en", 4)
    assert new is not None
    assert residents.by_code(PHONE, code, 5) is None
    assert residents.by_code("+8613900139000", new, 5) == (moved, None)


def test_a_session_lasts_half_a_year_from_when_it_was_last_used(residents: ResidentStore) -> None:
    wang, _ = residents.add("王芳", PHONE, "zh", 0)
    secret = residents.open_session(wang.handle, "iPhone", 0)
    [session] = residents.sessions(wang.handle, 1)
    assert residents.session(secret, 1) == SignedIn(wang, session.id)
    assert residents.session(secret, SESSION - 1) is not None
    assert residents.session(secret, 2 * SESSION - 2) is not None  # it was used the instant before it ended
    assert residents.session(secret, 4 * SESSION) is None
    assert residents.session("made up", 1) is None
    assert residents.sessions(wang.handle, 4 * SESSION) == []


def test_sessions_are_listed_ended_from_elsewhere_and_not_without_end(residents: ResidentStore) -> None:
    wang, _ = residents.add("王芳", PHONE, "zh", 0)
    other, _ = residents.add("李明", None, "zh", 0)
    secrets = [residents.open_session(wang.handle, f"phone {at}", at) for at in range(MOST_SESSIONS + 3)]
    assert [one.device for one in residents.sessions(wang.handle, 99)][:2] == ["phone 12", "phone 11"]
    assert len(residents.sessions(wang.handle, 99)) == MOST_SESSIONS
    assert residents.session(secrets[2], 99) is None
    last = residents.sessions(wang.handle, 99)[0]
    with pytest.raises(NotFoundError):
        residents.end_session(other.handle, last.id)
    residents.end_session(wang.handle, last.id)
    assert residents.session(secrets[-1], 99) is None
    residents.close_session(secrets[-2])
    residents.close_session(secrets[-2])
    assert residents.session(secrets[-2], 99) is None
    with pytest.raises(NotFoundError):
        residents.open_session("R-AAAAAA", "", 1)


def test_a_passkey_belongs_to_one_and_a_challenge_is_answered_once(residents: ResidentStore) -> None:
    wang, _ = residents.add("", None, "zh", 0)
    key = Passkey("Y3JlZA", wang.handle, b"\x00public\xff", 0, "iPhone", 7)
    residents.add_passkey(key)
    assert residents.passkey("Y3JlZA") == key
    assert residents.passkey("other") is None
    with pytest.raises(ConflictError):
        residents.add_passkey(key)
    with pytest.raises(NotFoundError):
        residents.add_passkey(Passkey("new", "R-AAAAAA", b"", 0, "", 7))
    residents.passkey_used("Y3JlZA", 2**32 - 1)
    assert [one.sign_count for one in residents.passkeys(wang.handle)] == [2**32 - 1]
    residents.challenge(b"sign this", wang.handle, 0)
    assert not residents.redeem(b"sign this", "", 1)
    assert not residents.redeem(b"sign that", wang.handle, 1)
    assert residents.redeem(b"sign this", wang.handle, 1)
    assert not residents.redeem(b"sign this", wang.handle, 1)
    residents.challenge(b"sign this", "", 0)
    assert not residents.redeem(b"sign this", "", 5 * MINUTE)
    with pytest.raises(NotFoundError):
        residents.remove_passkey("R-AAAAAA", "Y3JlZA")
    residents.remove_passkey(wang.handle, "Y3JlZA")
    assert residents.passkeys(wang.handle) == []


def test_whoever_is_forgotten_leaves_nothing_in_any_table(residents: ResidentStore, engine: sa.Engine) -> None:
    wang, code = residents.add("王芳", PHONE, "zh", 0)
    secret = residents.open_session(wang.handle, "iPhone", 0)
    residents.add_passkey(Passkey("Y3JlZA", wang.handle, b"key", 0, "iPhone", 7))
    residents.challenge(b"sign this", wang.handle, 0)
    residents.erase(wang.handle)
    assert residents.session(secret, 1) is None
    assert residents.by_code(PHONE, code, 1) is None
    with engine.connect() as connection:
        for table in ("residents", "resident_sessions", "resident_passkeys", "resident_challenges"):
            assert connection.execute(sa.text(f"SELECT count(*) FROM {table}")).scalar_one() == 0, table
    with pytest.raises(NotFoundError):
        residents.erase(wang.handle)


def test_who_has_not_been_seen_for_long_is_due_to_be_forgotten(residents: ResidentStore) -> None:
    gone, _ = residents.add("王芳", PHONE, "zh", 0)
    here, _ = residents.add("李明", None, "zh", 0)
    secret = residents.open_session(here.handle, "", 0)
    residents.session(secret, 100 * DAY)
    assert residents.unused(UNUSED - 1) == []
    assert residents.unused(UNUSED) == [gone.handle]
    assert set(residents.unused(UNUSED + 100 * DAY)) == {gone.handle, here.handle}


def test_staff_find_people_by_part_of_a_name_or_number(residents: ResidentStore) -> None:
    wang, _ = residents.add("王芳", PHONE, "zh", 0)
    percent, _ = residents.add("100%_\\", None, "zh", 0)
    assert residents.find("王", None, 10) == [wang]
    assert residents.find("0013", None, 10) == [wang]
    assert residents.find("%_\\", None, 10) == [percent]
    assert residents.find("%", None, 10) == [percent]
    both = sorted([wang, percent], key=lambda one: one.handle)
    assert residents.find("", None, 10) == both
    assert residents.find("", both[0].handle, 10) == both[1:]


def test_no_secret_is_kept_as_it_is(residents: ResidentStore, engine: sa.Engine) -> None:
    wang, code = residents.add("王芳", PHONE, "zh", 0)
    secrets = [code, code.replace("-", ""), residents.open_session(wang.handle, "", 0)]
    with engine.connect() as connection:
        kept = [
            str(value)
            for table in ("residents", "resident_sessions")
            for row in connection.execute(sa.text(f"SELECT * FROM {table}"))
            for value in row
        ]
    assert len(kept) == 8 + 7
    assert not [secret for secret in secrets for value in kept if secret in value]
