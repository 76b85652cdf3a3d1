"""A steward of some spaces acts there and nowhere else, whatever the route."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest
from httpx import Response

from services.api.identity import in_charge
from services.api.routes import PREFIX, ROUTES
from services.bookings import proposals
from services.bookings.reasons import Why
from services.bookings.records import Booking, BookingState, Move, Proposal, Request
from services.bookings.series.plan import Segment, Series
from services.catalogue.people import Principal
from services.contracts.community import Device, Holiday, Supply
from services.contracts.instants import to_rfc3339
from services.contracts.names import HOUR, MINUTE
from services.signage.messages import Message
from tests.unit.api.conftest import NINE, SITE

Json = dict[str, Any]
TEN = to_rfc3339(NINE + HOUR, "Asia/Shanghai")
ELEVEN = to_rfc3339(NINE + 2 * HOUR, "Asia/Shanghai")


@dataclass(frozen=True)
class Try:
    """A request that acts on room-b (or on everything), after `prepare` has made what it is about."""

    path: str
    body: Json | str | None = None
    prepare: Callable[[Any], None] = lambda house: None  # the same shape as the others


def _booked(house) -> None:
    house.book("b-b", "room-b")


def _asked(house) -> None:
    asked = Booking(
        "b-b", SITE, "room-b", "合唱团", "排练", 8, NINE, NINE + HOUR, BookingState.ASKED, answer_by=NINE + HOUR
    )
    house.deps.bookings.book(asked, "user:li", NINE - HOUR)


def _series(house) -> None:
    segment = Segment("2026-03-04", "room-b", "09:00", "10:00", "FREQ=DAILY", "2026-03-04")
    series = Series("s-b", SITE, "书友会", "读书", 6, (segment,), "2026-03-06")
    assert house.deps.series_operations.begin(series, "user:li", NINE, whole=True).done


def _wish(house) -> None:
    house.deps.bookings.add_request(
        Request("r-b", SITE, "书友会", "读书", 6, 30, NINE, NINE + 3 * HOUR, NINE, space="room-b")
    )


def _offered(house) -> None:
    _wish(house)
    house.deps.operations.offer("r-b", "user:li", NINE, space="room-b", start=NINE + HOUR)


def _moved_away(house) -> None:
    """A booking that was moved from room-b to room-a: undoing it is about both."""
    house.book("b-a", "room-b")
    house.deps.operations.move("b-a", "room-a", NINE, "user:li", NINE)


def _proposed(house) -> None:
    booked = house.book("b-a", "room-a")
    move = Move("b-a", booked.group, "room-a", booked.start, "room-b", booked.start)
    record = Proposal("p-b", SITE, "room-a", "test/1", NINE, NINE + HOUR, (move,))
    house.deps.bookings.commit(proposals.propose(record, NINE, Why("test/1")))


def _lent(house) -> None:
    window = Supply(id="w-b", site=SITE, space="room-b", owner="o", functions=("reading",), start="08:00", end="20:00")
    house.deps.catalogue_store.add_supply(window)


def _lent_next_door(house) -> None:
    window = Supply(id="w-a", site=SITE, space="room-a", owner="o", functions=("reading",), start="08:00", end="20:00")
    house.deps.catalogue_store.add_supply(window)


def _closed(house) -> None:
    house.deps.catalogue_store.add_holiday(
        Holiday(id="h-b", site=SITE, space="room-b", name="清明", first_day=date(2026, 4, 5))
    )


def _device(house) -> None:
    house.deps.catalogue_store.add_device(Device(id="seen-b", site=SITE, space="room-b", kind="presence"))


def _door(house) -> None:
    house.deps.catalogue_store.add_device(Device(id="door-b", site=SITE, space="room-b", kind="door"))


def _said(house) -> None:
    house.deps.messages.put(Message(SITE, "room-b", "好", NINE + HOUR, "user:li", NINE))


def _feed(house) -> None:
    house.deps.feeds.make("space", SITE, "room-b", "zh", "li", NINE)


def _feed_of_all(house) -> None:
    house.deps.feeds.make("site", SITE, "", "zh", "li", NINE)


def _resident(house) -> None:
    known, _ = house.deps.residents.add("王芳", "+8613800138000", "zh", NINE)
    house.deps.bookings.book(
        Booking("b-b", SITE, "room-b", known.handle, "", 1, NINE, NINE + HOUR), "user:li", NINE - HOUR
    )


def _last_decision(house) -> str:
    return house.deps.bookings.decisions()[0].id


_BOOKING = {"site": SITE, "space": "room-b", "group": "g", "people": 2, "start": TEN, "end": ELEVEN}
_WISH = {"site": SITE, "group": "g", "people": 2, "duration_min": 30, "earliest": TEN, "latest_end": ELEVEN}
_SERIES = {"site": SITE, "space": "room-b", "group": "g", "people": 2, "start": "09:00", "end": "10:00",
           "rrule": "FREQ=DAILY;COUNT=2", "dtstart": "2026-03-05"}  # fmt: skip
_LOST = {"site": SITE, "space": "room-b", "start": TEN, "end": ELEVEN, "cause": "closed", "why": "漏水"}
_WINDOW = {"id": "w", "site": SITE, "space": "room-b", "owner": "o", "functions": ["reading"], "start": "08:00",
           "end": "20:00"}  # fmt: skip
_EVENTS = """BEGIN:VCALENDAR\r
VERSION:2.0\r
PRODID:-//x//EN\r
BEGIN:VEVENT\r
UID:one\r
DTSTART:20260304T020000Z\r
DTEND:20260304T030000Z\r
SUMMARY:x\r
END:VEVENT\r
END:VCALENDAR\r
"""
_DAY = {"id": "h", "site": SITE, "space": "room-b", "name": "清明", "first_day": "2026-04-05"}

TRIES = {
    ("POST", "/bookings"): [Try("/bookings", _BOOKING), Try("/bookings", {**_BOOKING, "space": "hall"})],
    ("POST", "/bookings/{id}/check-in"): [Try("/bookings/b-b/check-in", None, _booked)],
    ("POST", "/bookings/{id}/keep"): [Try("/bookings/b-b/keep", None, _booked)],
    ("POST", "/bookings/{id}/end"): [Try("/bookings/b-b/end", None, _booked)],
    ("POST", "/bookings/{id}/cancel"): [Try("/bookings/b-b/cancel", None, _booked)],
    ("POST", "/bookings/{id}/move"): [
        Try("/bookings/b-b/move", {"space": "room-a"}, _booked),
        Try("/bookings/b-a/move", {"space": "room-b"}, lambda house: house.book("b-a", "room-a")),
    ],
    ("POST", "/bookings/{id}/approve"): [Try("/bookings/b-b/approve", None, _asked)],
    ("POST", "/bookings/{id}/refuse"): [Try("/bookings/b-b/refuse", None, _asked)],
    ("POST", "/series"): [Try("/series", _SERIES)],
    ("POST", "/series/{id}/change"): [
        Try("/series/s-b/change", {"start": "10:00", "end": "11:00"}, _series),
        Try("/series/s-b/change", {"space": "room-a"}, _series),
    ],
    ("POST", "/series/{id}/extend"): [Try("/series/s-b/extend", {"until": "2026-03-09"}, _series)],
    ("POST", "/series/{id}/cancel"): [Try("/series/s-b/cancel", {}, _series)],
    ("POST", "/requests"): [
        Try("/requests", {**_WISH, "space": "room-b"}),
        Try("/requests", {**_WISH, "alternatives": [{"space": "room-b"}]}),
    ],
    ("POST", "/requests/{id}/withdraw"): [Try("/requests/r-b/withdraw", None, _offered)],
    ("POST", "/offers"): [Try("/offers", {"request": "r-b", "space": "room-b"}, _wish)],
    ("POST", "/offers/{id}/decline"): [Try("/offers/{offer}/decline", None, _offered)],
    ("POST", "/offers/{id}/take"): [Try("/offers/{offer}/take", None, _offered)],
    ("POST", "/supply"): [Try("/supply", _WINDOW)],
    ("DELETE", "/supply/{site}/{id}"): [Try(f"/supply/{SITE}/w-b", None, _lent)],
    ("POST", "/holidays"): [
        Try("/holidays", _DAY),
        Try("/holidays", {name: value for name, value in _DAY.items() if name != "space"}),
    ],
    ("DELETE", "/holidays/{site}/{id}"): [Try(f"/holidays/{SITE}/h-b", None, _closed)],
    ("POST", "/devices/{site}/{device}/commands"): [
        Try(f"/devices/{SITE}/seen-b/commands", {"do": "identify"}, _device)
    ],
    ("PUT", "/devices/{site}/{device}/config"): [Try(f"/devices/{SITE}/seen-b/config", {"config": {}}, _device)],
    ("POST", "/decisions/{id}/undo"): [
        Try("/decisions/{decision}/undo", None, _booked),
        Try("/decisions/{decision}/undo", None, _moved_away),
    ],
    ("POST", "/disturbances"): [Try("/disturbances", _LOST)],
    ("POST", "/plans"): [Try("/plans", {"site": SITE, "seconds": 1})],
    ("POST", "/proposals/{id}/agree"): [Try("/proposals/p-b/agree", None, _proposed)],
    ("POST", "/proposals/{id}/decline"): [Try("/proposals/p-b/decline", None, _proposed)],
    ("POST", "/spaces/{site}/{space}/unlock"): [Try(f"/spaces/{SITE}/room-b/unlock", None, _door)],
    ("PUT", "/spaces/{site}/{space}/message"): [
        Try(f"/spaces/{SITE}/room-b/message", {"text": "好", "minutes": 5}),
        Try(f"/spaces/{SITE}/hall/message", {"text": "好", "minutes": 5}),
    ],
    ("DELETE", "/spaces/{site}/{space}/message"): [Try(f"/spaces/{SITE}/room-b/message", None, _said)],
    ("PATCH", "/supply/{site}/{id}"): [
        Try(f"/supply/{SITE}/w-b", {"start": "09:00"}, _lent),
        Try(f"/supply/{SITE}/w-a", {"space": "room-b"}, _lent_next_door),
        Try(f"/supply/{SITE}/w-b", {"space": "room-a"}, _lent),
    ],
    ("POST", "/calendars"): [
        Try("/calendars", {"site": SITE, "kind": "space", "ref": "room-b"}),
        Try("/calendars", {"site": SITE, "kind": "group", "ref": "g"}),
        Try("/calendars", {"site": SITE, "kind": "site"}),
    ],
    ("POST", "/calendars/import"): [
        Try(f"/calendars/import?site={SITE}&space=room-b&group=g", _EVENTS),
        Try(f"/calendars/import?site={SITE}&space=room-b&group=g&dry_run=true", _EVENTS),
    ],
    ("DELETE", "/calendars/{id}"): [
        Try("/calendars/{feed}", None, _feed),
        Try("/calendars/{feed}", None, _feed_of_all),
    ],
    ("POST", "/residents/{handle}/code"): [Try("/residents/{resident}/code", None, _resident)],
    ("POST", "/quarantine/replay"): [Try("/quarantine/replay", {"kind": "device"})],
}
ELSEWHERE = {
    ("POST", "/devices/claim"): "test_a_claimed_device_goes_only_where_its_steward_is_in_charge",
}
"""Acting routes that are tried elsewhere, each with where."""


def test_every_route_on_which_stewards_act_is_tried() -> None:
    """Whoever adds a route on which stewards act says here how it is refused to a steward of another space."""
    own = {"session", "sessions"}
    acting = {
        (route.method, route.path)
        for route in ROUTES
        if route.method != "GET" and route.roles and "steward" in route.roles and route.path.split("/")[1] not in own
    }
    assert acting == set(TRIES) | set(ELSEWHERE)


@pytest.mark.parametrize(
    ("method", "tried"),
    [(method, tried) for (method, _), several in TRIES.items() for tried in several],
    ids=lambda value: value if isinstance(value, str) else f"{value.path} {value.body}"[:60],
)
def test_a_steward_of_room_a_acts_nowhere_on_room_b(house, method: str, tried: Try) -> None:
    tried.prepare(house)
    path = tried.path
    if "{decision}" in path:
        path = path.format(decision=_last_decision(house))
    if "{offer}" in path:
        path = path.format(offer=house.deps.bookings.offers()[0].id)
    if "{feed}" in path:
        path = path.format(feed=house.deps.feeds.feeds(None, None, 1)[0].id)
    if "{resident}" in path:
        path = path.format(resident=house.deps.bookings.bookings()[0].group)
    before = _records(house)
    headers = _bearer(house, "a", f"{SITE}/room-a")
    answer = _ask(house, method, path, tried, headers)
    assert answer.status_code == 403, answer.text
    assert _records(house) == before, "nothing has changed"
    # The same request of somebody in charge of the whole site is not refused for that.
    if tried.path != "/quarantine/replay":
        whole = _ask(house, method, path, tried, _bearer(house, "all", SITE))
        assert whole.status_code != 403, whole.text


def _ask(house, method: str, path: str, tried: Try, headers: dict[str, str]) -> Response:
    if not isinstance(tried.body, str):
        return house.client.request(method, PREFIX + path, headers=headers, json=tried.body)
    headers = {**headers, "Content-Type": "text/calendar"}
    return house.client.request(method, PREFIX + path, headers=headers, content=tried.body)


def test_a_steward_of_room_a_acts_there(house) -> None:
    headers = _bearer(house, "a", f"{SITE}/room-a")
    made = house.client.post(f"{PREFIX}/bookings", headers=headers, json={**_BOOKING, "space": "room-a", "id": "mine"})
    assert made.status_code == 201, made.text
    moved = {"start": to_rfc3339(NINE + 3 * HOUR, "Asia/Shanghai")}
    assert house.client.post(f"{PREFIX}/bookings/mine/move", headers=headers, json=moved).status_code == 200
    undone = house.client.post(f"{PREFIX}/decisions/{_last_decision(house)}/undo", headers=headers)
    assert undone.status_code == 200, undone.text
    assert house.client.get(f"{PREFIX}/bookings", headers=headers).json()["items"], "looking is for all"
    assert house.client.get(f"{PREFIX}/spaces/{SITE}/room-b/learned", headers=headers).status_code == 403


def test_who_is_in_charge_of_what(house) -> None:
    def may(spaces: list[str], space: str | None) -> bool:
        return in_charge(house.deps, Principal("li", "steward", spaces=tuple(spaces)), SITE, space)

    assert may([], None)
    assert may([SITE], None)
    assert may([f"{SITE}/hall"], "hall")
    assert may([f"{SITE}/hall"], "room-a"), "whoever has the whole has its parts"
    assert may([f"{SITE}/room-a", f"{SITE}/room-b"], "hall"), "whoever has all parts has the whole"
    assert not may([f"{SITE}/room-a"], "hall")
    assert not may([f"{SITE}/room-a", f"{SITE}/tea"], None)
    assert not may(["elsewhere", "elsewhere/room-a"], "room-a")
    assert not may([f"{SITE}/tea"], "not-there")


def test_a_claimed_device_goes_only_where_its_steward_is_in_charge(house) -> None:
    waiting = SimpleNamespace(site=SITE, device="radar", code="K7M2P9QX")
    house.deps.desk._unclaimed = lambda: [waiting]
    body = {"code": "K7M2P9QX", "space": "room-b", "kind": "presence"}
    headers = _bearer(house, "a", f"{SITE}/room-a")
    assert house.client.post(f"{PREFIX}/devices/claim", headers=headers, json=body).status_code == 403
    done = house.client.post(f"{PREFIX}/devices/claim", headers=headers, json={**body, "space": "room-a"})
    assert done.status_code == 201, done.text


def _bearer(house, name: str, *spaces: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {house.deps.people.issue_token(name, 'steward', spaces=spaces)}"}


def _records(house) -> list[object]:
    view = house.deps.catalogue.view()
    store = house.deps.bookings
    whole = [store.bookings(), store.requests(), store.offers(), store.decisions(), store.proposals()]
    series = [replace(one, version=0) for one in house.deps.series_queries.page(None, None, 10)]
    outside = [house.deps.messages.standing(NINE), house.deps.feeds.feeds(None, None, 10)]
    orders = house.deps.recent_commands.of([(SITE, "door-b")], 10)
    return [*whole, series, *outside, orders, view.community, house.deps.twins.desired(), NINE // MINUTE]
