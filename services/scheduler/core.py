"""One step of the scheduler over any store: look, decide, do. The same live and in virtual time."""

from collections.abc import Callable, Mapping

from services.bookings import machine
from services.bookings.leases import FencedError
from services.bookings.operations import Operations
from services.bookings.ports import Ledger
from services.bookings.reasons import Why
from services.bookings.records import BookingState, Decision, Near
from services.contracts.errors import ConflictError
from services.contracts.events import ButtonPressed, Screen
from services.contracts.names import DAY, MINUTE, Millis
from services.contracts.policy import Policy
from services.kit.logs import logger
from services.scheduler.forecast import REMEMBERED, Chance, Forecast
from services.scheduler.places import Places
from services.scheduler.policy import decide
from services.scheduler.presses import act
from services.scheduler.rooms import RoomWatch
from services.scheduler.screens import Facts, facts, screen
from services.scheduler.view import View, key
from services.signage.messages import Message

log = logger("scheduler")

EXCUSED_FOR: Millis = DAY
"""A broken sensor is found within a day of use: so long it may have spoken against a group."""


class Core:
    """Keeps nothing that matters: what should be true follows from the store, the rooms and the community."""

    def __init__(self, ledger: Ledger, rooms: RoomWatch, places: Callable[[], Places]) -> None:
        self.rooms = rooms
        self._ledger = ledger
        self._forecast: Forecast | None = None
        self._learned_on = -1
        """The day up to which the forecast has learned: what became of bookings is asked once a day."""
        self._places = places
        self._screens: dict[str, tuple[Facts, Screen]] = {}
        self._operations = Operations(ledger, lambda site, space: places().claims(site, space), lambda: self.policy)

    @property
    def policy(self) -> Policy:
        """The policy in force."""
        return self._places().community.policy

    def look(self, now: Millis) -> View:
        """Return what is so at `now`."""
        near, places = self._ledger.near(now), self._places()
        standings = {one.group: there for one in near.requests if (there := places.standing(one.site, one.group))}
        return View.of(near, self.rooms.at(now), places.at(now), self._chances(near, places, now), standings)

    def step(self, now: Millis) -> tuple[list[Decision], View]:
        """Do what should be done at `now`; return the decisions made and how things stand after them.

        A change somebody else was faster with is left to the next step. Those after it are tried all the same: what
        rests on it is refused by its versions, and one that is refused at every look must not keep the others waiting.
        Raises FencedError when another scheduler leads.
        """
        view = self.look(now)
        made: list[Decision] = []
        overtaken = False
        for change in decide(view, now, self.policy):
            try:
                self._ledger.commit(change)
            except FencedError:
                raise
            except ConflictError as error:
                log.info(
                    "decision_overtaken", kind=change.decision.kind, space=change.decision.space, reason=str(error)
                )
                overtaken = True
                continue
            made.append(change.decision)
            view = view.after(change)
        return made, self.look(now) if overtaken else view

    def _chances(self, near: Near, places: Places, now: Millis) -> dict[str, Chance]:
        """Return how likely it is that nobody comes, of the bookings whose group is asked ahead about now."""
        soon = now + int(self.policy.ask_ahead_min * MINUTE)
        coming = [b for b in near.bookings if now < b.start <= soon and b.asked_at is None]
        if not coming:
            return {}
        if self._forecast is None or now // DAY != self._learned_on:
            self._learned_on = now // DAY
            self._forecast = Forecast(self._ledger.outcomes(now - REMEMBERED, now), places.zone)
        return {b.id: self._forecast.chance(b.site, b.group, b.start) for b in coming}

    def press(self, site: str, press: ButtonPressed, now: Millis) -> Decision:
        """Do what a press of a button means. Raises NotFoundError, ConflictError."""
        return act(press, site, self.look(now), self._operations, self.policy, now)

    def doubt(self, site: str, device: str, now: Millis) -> list[Decision]:
        """Strike no-shows from the record that rest on a sensor which is not believed any more."""
        excused: list[Decision] = []
        for booking in self._ledger.between(site, now - EXCUSED_FOR, now)[0]:
            if booking.state is not BookingState.RELEASED or booking.excused_at is not None:
                continue
            release = self._ledger.last_decision(booking=booking.id, kinds=("release",))
            if release is None or device not in _witnesses(release):
                continue
            reason = Why("trust.excuse/1", inputs={"device": device, "release": release.id})
            change = machine.excuse(booking, device, now, reason)
            self._ledger.commit(change)
            excused.append(change.decision)
        return excused

    def screens(
        self, view: View, now: Millis, messages: Mapping[tuple[str, str], Message] | None = None
    ) -> list[Screen]:
        """Return the screen of every space; one that shows the same as before is the same, with its time."""
        places, policy, before = self._places(), self.policy, self._screens
        self._screens = {}
        for space in places.community.spaces:
            name = key(space.site, space.id)
            told = facts(view, space.site, space.id, now, policy, messages)
            shown = before.get(name)
            if shown is None or shown[0] != told or shown[1].name != space.name:
                shown = told, screen(told, space.site, space.id, space.name, now)
            self._screens[name] = shown
        return [shown for _, shown in self._screens.values()]


def _witnesses(release: Decision) -> set[str]:
    """Return the devices that had a say in a release."""
    rooms = release.inputs.get("view", {}).get("rooms", {})
    return {one["device"] for room in rooms.values() for one in room["state"]["evidence"]}
