"""A small community and a scheduler in virtual time, told by the minute."""

from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from services.bookings.records import Booking, Decision, Request
from services.contracts.community import Community, parse_community
from services.contracts.events import ButtonPressed
from services.contracts.instants import local_clock, to_millis
from services.contracts.names import MINUTE, Millis
from services.contracts.states import Evidence, RoomState
from services.scheduler.virtual import VirtualScheduler

ZONE = "Asia/Shanghai"


def at(clock: str, day: int = 2) -> Millis:
    """Return the instant of HH:MM[:SS] on a Monday in March (day 2)."""
    return to_millis(datetime.fromisoformat(f"2026-03-{day:02}T{clock}").replace(tzinfo=ZoneInfo(ZONE)))


def a_community(**policy: Any) -> Community:
    """A hall of two rooms, a room, and a tea house that lends its morning."""
    return parse_community(
        {
            "sites": [{"id": "wuhan", "name": "江湖里社区", "timezone": ZONE}],
            "spaces": [
                {"id": "hall", "site": "wuhan", "name": "会客厅", "capacity": 60, "parts": ["council", "events"]},
                {"id": "council", "site": "wuhan", "name": "议事厅", "capacity": 20, "functions": ["council"]},
                {"id": "events", "site": "wuhan", "name": "活动厅", "capacity": 40, "functions": ["dance"]},
                {"id": "rongqu", "site": "wuhan", "name": "融趣园", "capacity": 12, "functions": ["class"]},
                {"id": "tea", "site": "wuhan", "name": "茶楼", "capacity": 10, "functions": ["class", "talk"]},
            ],
            "supply": [
                {
                    "id": "tea-am", "site": "wuhan", "space": "tea", "owner": "老茶馆", "functions": ["class"],
                    "days": ["mon"], "start": "09:00", "end": "11:00",
                }
            ],
            "devices": [
                {"id": "rongqu-screen", "site": "wuhan", "space": "rongqu", "kind": "screen"},
                {"id": "rongqu-door", "site": "wuhan", "space": "rongqu", "kind": "door"},
                {"id": "rongqu-port", "site": "wuhan", "space": "rongqu", "kind": "charging"},
                {"id": "rongqu-air", "site": "wuhan", "space": "rongqu", "kind": "climate"},
            ],
            "policy": policy,
        },
        "test",
    )  # fmt: skip


def a_booking(id: str = "b1", start: str = "09:00", end: str = "10:00", **values: Any) -> Booking:
    booking = Booking(id, "wuhan", "rongqu", "合唱团", "晨练合唱", 8, at(start), at(end), code="1357")
    return replace(booking, **values)


def a_request(id: str = "r1", **values: Any) -> Request:
    request = Request(id, "wuhan", f"组{id}", "书法课", 8, 30, at("09:00"), at("12:00"), at("08:00"), space="rongqu")
    return replace(request, **values)


def a_state(space: str, occupancy: str, now: Millis, since: Millis | None = None, grade: bool = True) -> RoomState:
    said = {"occupied": "present", "vacant": "absent", "unknown": "silent"}[occupancy]
    return RoomState.model_validate(
        {
            "site": "wuhan",
            "space": space,
            "occupancy": occupancy,
            "confidence": 0.9,
            "release_grade": grade and occupancy == "vacant",
            "since": now if since is None else since,
            "as_of": now,
            "evidence": [Evidence(device=f"{space}-p", kind="presence", says=said, age_s=3)],
        }
    )


class Story:
    """A morning told by the clock: what rooms say, what people press, and what the scheduler decides."""

    def __init__(self, scheduler: VirtualScheduler) -> None:
        self.scheduler = scheduler
        self.now = at("08:30")
        self.said: list[tuple[str, Decision]] = []
        self._presses = 0

    def room(self, occupancy: str, space: str = "rongqu", grade: bool = True, people: int | None = None) -> None:
        state = a_state(space, occupancy, self.now, grade=grade)
        self.scheduler.on_state(state.model_copy(update={"people": people}))

    def press(self, action: str, space: str = "rongqu", code: str | None = None) -> Decision | None:
        self._presses += 1
        return self.scheduler.on_button(
            ButtonPressed.model_validate(
                {"ref": f"p{self._presses}", "device": "button", "space": space, "action": action,
                 "code": code, "at": self.now}
            )
        )  # fmt: skip

    def until(self, clock: str) -> list[str]:
        """Step by the minute from now up to `clock`, and stay there; return what was decided as `HH:MM kind`."""
        told: list[str] = []
        while True:
            for decision in self.scheduler.step(self.now):
                when = local_clock(self.now, ZONE)
                told.append(f"{when} {decision.kind}")
                self.said.append((when, decision))
            if self.now + MINUTE > at(clock):
                return told
            self.now += MINUTE

    def last(self, kind: str) -> Decision:
        """Return the last decision of a kind."""
        return next(decision for _, decision in reversed(self.said) if decision.kind == kind)


def tell(bookings: list[Booking], requests: list[Request] | None = None, **policy: Any) -> Story:
    """Begin a story with these bookings and requests, under this policy."""
    return Story(VirtualScheduler(a_community(**policy), None, bookings, requests or []))
