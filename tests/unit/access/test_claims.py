"""A code is read as people type it, and finds the one device that shows it."""

from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.access.claims import ThrottledError, match, read_code
from services.access.desk import ClaimDesk
from services.access.enrolment import Enrolled, Enrolment
from services.contracts.community import Device
from services.contracts.errors import ConflictError, FoldspaceError, InvalidError, NotFoundError
from services.kit.clock import ManualClock

CODES = st.text("0123456789ABCDEFGHJKMNPQRSTVWXYZ", min_size=8, max_size=8)


@dataclass(frozen=True)
class Waiting:
    device: str
    code: str | None
    site: str = "lane"
    first_seen: int = 1
    last_seen: int = 2
    messages: int = 3
    kinds: frozenset[str] = frozenset()


@given(CODES, st.data())
def test_a_code_is_the_same_however_it_is_typed(code: str, data: st.DataObject) -> None:
    typed = ""
    for character in code:
        looks = {"0": "0Oo", "1": "1IiLl"}.get(character, character + character.lower())
        typed += data.draw(st.sampled_from(["", " ", "-"])) + data.draw(st.sampled_from(looks))
    assert read_code(typed) == code


@given(st.text(max_size=12))
def test_anything_else_is_no_code(typed: str) -> None:
    try:
        code = read_code(typed)
    except InvalidError:
        return
    assert len(code) == 8
    assert read_code(code) == code


@given(st.lists(CODES, min_size=1, max_size=5, unique=True), st.data())
def test_the_device_that_shows_the_code_is_found(codes: list[str], data: st.DataObject) -> None:
    waiting = [Waiting(f"d{place}", code) for place, code in enumerate(codes)]
    wanted = data.draw(st.sampled_from(waiting))
    assert match(wanted.code or "", [*waiting, Waiting("mute", None), Waiting("odd", "??")]) is wanted


def test_a_code_of_two_devices_claims_neither() -> None:
    with pytest.raises(ConflictError, match="lane/a, lane/b"):
        match("0123ABCD", [Waiting("a", "0123ABCD"), Waiting("b", "0123-abcd")])


@dataclass
class Enrolments(Enrolment):
    """Remembers what would have been added."""

    added: list[Device] = field(default_factory=list)

    def add(self, device: Device, *, with_credentials: bool = True, signed: bool = False) -> Enrolled:
        self.added.append(device)
        return Enrolled(f"{device.site}/{device.id}", None)


def test_a_claimed_device_keeps_its_site_and_gets_the_name_that_staff_chose() -> None:
    enrolments = Enrolments()
    desk = ClaimDesk(lambda: [Waiting("esp-77", "0123ABCD")], enrolments, ManualClock(1_000))
    desk.claim("o123-abcd", "hall", "presence", "hall-radar", "user:li")
    desk.claim("o123-abcd", "hall", "presence", None, "user:li")
    assert [(one.site, one.id, one.space) for one in enrolments.added] == [
        ("lane", "hall-radar", "hall"),
        ("lane", "esp-77", "hall"),
    ]
    with pytest.raises(InvalidError, match="kind"):
        desk.claim("0123ABCD", "hall", "toaster", None, "user:li")


def test_guessing_codes_is_slowed_down_for_who_guesses_alone() -> None:
    clock = ManualClock(1_000)
    desk = ClaimDesk(lambda: [Waiting("esp-77", "0123ABCD")], Enrolments(), clock)
    raised: list[type[FoldspaceError]] = []
    for _ in range(12):
        try:
            desk.claim("ZZZZZZZZ", "hall", "presence", None, "user:mallory")
        except FoldspaceError as error:
            raised.append(type(error))
    assert raised == [NotFoundError] * 10 + [ThrottledError] * 2
    with pytest.raises(ThrottledError, match="600 seconds"):
        desk.claim("0123ABCD", "hall", "presence", None, "user:mallory")
    desk.claim("0123ABCD", "hall", "presence", None, "user:li")
    clock.advance(601)
    desk.claim("0123ABCD", "hall", "presence", None, "user:mallory")
