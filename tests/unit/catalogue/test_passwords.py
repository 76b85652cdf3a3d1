"""The rule for passwords, their hashes, and the readable first one."""

import re

import pytest

from services.catalogue.passwords import MAX_LENGTH, MIN_LENGTH, Passwords, readable_password
from services.contracts.errors import InvalidError

CHEAP = Passwords(time_cost=1, memory_kib=8)


@pytest.mark.parametrize("password", ["", "x" * (MIN_LENGTH - 1), "x" * (MAX_LENGTH + 1)])
def test_too_short_and_too_long_are_refused(password: str) -> None:
    with pytest.raises(InvalidError, match=f"got {len(password)}$"):
        CHEAP.hash(password)


@pytest.mark.parametrize("password", ["x" * MIN_LENGTH, "x" * MAX_LENGTH, "空间共享八个字呀"])
def test_a_hash_knows_its_password_and_no_other(password: str) -> None:
    kept = CHEAP.hash(password)
    assert kept.startswith("$argon2id$")
    assert kept != CHEAP.hash(password)
    assert CHEAP.verify(kept, password)
    assert not CHEAP.verify(kept, password[:-1] + "?")


def test_nobody_and_a_broken_hash_are_never_right() -> None:
    assert not CHEAP.verify(None, "x" * MIN_LENGTH)
    assert not CHEAP.verify("not a hash", "x" * MIN_LENGTH)


def test_nobody_costs_the_same_hash(monkeypatch: pytest.MonkeyPatch) -> None:
    checked: list[str] = []

    class Spy:
        def hash(self, password: str) -> str:
            return "hash of nobody"

        def verify(self, kept: str, password: str) -> bool:
            checked.append(kept)
            return True

    passwords = Passwords()
    monkeypatch.setattr(passwords, "_hasher", Spy())
    assert passwords.verify("kept", "password")
    assert not passwords.verify(None, "password")
    assert checked == ["kept", "hash of nobody"]


def test_a_first_password_can_be_read_out_and_used() -> None:
    passwords = {readable_password() for _ in range(50)}
    assert len(passwords) == 50
    assert all(re.fullmatch(r"([a-hjkmnp-z2-9]{4}-){2}[a-hjkmnp-z2-9]{4}", password) for password in passwords)
    assert all(len(password) >= MIN_LENGTH for password in passwords)


def test_half_a_character_is_no_password() -> None:
    with pytest.raises(InvalidError, match="whole characters"):
        CHEAP.hash("half of one \ud83d")
    assert not CHEAP.verify(CHEAP.hash("whole characters"), "half of one \ud83d")
