"""What a screen shows of a space, and when that changes by plan."""

from dataclasses import replace

import pytest

from services.bookings.records import Booking, BookingState, Offer
from services.contracts.community import Space
from services.contracts.events import Screen
from services.contracts.names import HOUR, MINUTE
from services.contracts.states import Charging
from services.signage.signs import Sign, SpaceSign
from services.signage.telling import Facts, due, sign_of
from services.signage.titles import title_of
from tests.unit.scheduler.stories import ZONE, a_booking, a_state, at

NOW = at("09:05")
ROOM = Space(id="rongqu", site="wuhan", name="融趣园", capacity=12)


def facts(**values: object) -> Facts:
    given = {
        "space": ROOM, "zone": ZONE, "now": NOW, "bookings": (), "running": None, "coming": None, "offer": None,
        "state": a_state("rongqu", "vacant", NOW), "stale_after": 3 * MINUTE, "screen": None, "windows": None,
    }  # fmt: skip
    return Facts(**{**given, **values})  # type: ignore[arg-type]  # a test's own words


def sign(one: SpaceSign) -> Sign:
    return Sign("wuhan", "江湖里社区", ZONE, "http://x", (one,), door=True)


def test_open_hours_that_touch_are_one_and_it_closes_at_their_end() -> None:
    windows = [(at("08:00"), at("10:00")), (at("10:00"), at("12:00")), (at("14:00"), at("18:00"))]
    shown = sign_of(facts(windows=windows))
    assert (shown.status, shown.free_until) == ("free", at("12:00"))
    shut = sign_of(facts(windows=windows, now=at("12:30"), state=a_state("rongqu", "vacant", at("12:30"))))
    assert (shut.status, shut.opens_at, shut.free_until) == ("closed", at("14:00"), None)
    over = sign_of(facts(windows=windows, now=at("18:00"), state=a_state("rongqu", "vacant", at("18:00"))))
    assert (over.status, over.opens_at) == ("closed", None)


def test_people_in_a_closed_room_are_seen() -> None:
    assert sign_of(facts(windows=[], state=a_state("rongqu", "occupied", NOW))).status == "in_use"


def test_who_has_checked_in_uses_the_room_whatever_sensors_say() -> None:
    checked = a_booking(state=BookingState.IN_USE)
    assert sign_of(facts(running=checked, state=None)).status == "in_use"


def test_a_room_on_offer_is_on_hold() -> None:
    offer = Offer("o1", "1234", "r1", "wuhan", "rongqu", "组", NOW, NOW + HOUR, NOW, NOW + 5 * MINUTE)
    assert sign_of(facts(offer=offer)).status == "held"


def test_later_is_what_follows_the_next_one_today() -> None:
    nxt, later = a_booking("b2", "10:00", "11:00"), a_booking("b3", "15:00", "16:00", title="太极")
    tomorrow = replace(a_booking("b4"), start=at("09:00", 3), end=at("10:00", 3))
    shown = sign_of(facts(bookings=(tomorrow, later, nxt), coming=nxt))
    assert shown.next is not None
    assert [one.title for one in shown.later] == ["太极"]


def test_ports_are_told_while_they_are_heard() -> None:
    state = a_state("rongqu", "vacant", NOW).model_copy(update={"charging": Charging(ports=4, in_use=1)})
    heard = sign_of(facts(state=state)).charging
    assert heard is not None
    assert (heard.ports, heard.in_use) == (4, 1)
    silent = sign_of(facts(state=state, now=NOW + 10 * MINUTE))
    assert (silent.charging, silent.stale) == (None, True)
    assert sign_of(facts(state=None)).stale is False  # never heard is not known, and not silent


def test_a_sign_does_not_change_while_time_passes_and_nothing_happens() -> None:
    coming = a_booking("b2", "10:00", "11:00")
    first = sign_of(facts(coming=coming, bookings=(coming,)))
    for minute in range(1, 55):
        now = NOW + minute * MINUTE
        later = sign_of(facts(coming=coming, bookings=(coming,), now=now, state=a_state("rongqu", "vacant", now)))
        assert later == first
        assert due(sign(later), now) == at("10:00")


def test_it_is_due_at_the_first_thing_that_is_planned_and_at_midnight_at_the_latest() -> None:
    assert due(sign(sign_of(facts())), NOW) == at("00:00", 3)
    screen = Screen(
        site="wuhan",
        space="rongqu",
        name="融趣园",
        as_of=NOW,
        occupancy="vacant",
        message="好",
        message_until=at("09:20"),
    )
    shown = sign_of(facts(screen=screen))
    assert shown.message is not None
    assert due(sign(shown), NOW) == at("09:20")
    assert sign_of(facts(screen=screen, now=at("09:20"))).message is None
    running = a_booking(state=BookingState.IN_USE)
    overrun = at("10:10")
    after = sign_of(facts(running=running, now=overrun, state=a_state("rongqu", "occupied", overrun)))
    assert due(sign(after), overrun) == at("00:00", 3)


@pytest.mark.parametrize(
    ("title", "function", "shown"),
    [
        ("夜校", "class", "夜校"),
        ("R-K7M4PX", "class", "课程"),
        ("R-K7M4PX", "剪纸", "剪纸"),
        (" ", "", "居民预约"),
        ("R-K7M4PX", "R-K7M4PX", "居民预约"),
    ],
)
def test_a_door_never_names_a_resident(title: str, function: str, shown: str) -> None:
    made = Booking("b1", "wuhan", "rongqu", "R-K7M4PX", title, 2, NOW, NOW + HOUR, function=function)
    assert title_of(made) == shown
