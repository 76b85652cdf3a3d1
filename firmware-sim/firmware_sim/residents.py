"""How residents react: a group that is offered a room claims it and comes; a neighbour presses keep.

Closes the loop: what the scheduler says changes what people do.
"""

from dataclasses import dataclass

from firmware_sim.agenda import Agenda, Pressing, arrive_together
from firmware_sim.chance import stream
from firmware_sim.scenario import Scenario
from firmware_sim.tables import Waiting
from firmware_sim.world import World
from services.contracts.events import OfferMade, Screen
from services.contracts.instants import to_datetime
from services.contracts.names import MINUTE, Millis
from services.kit.logs import logger

WARNING = "screens.warn"
"""The notice of a screen that asks whether the group still comes."""

log = logger("residents")


@dataclass(frozen=True, slots=True)
class _Coming:
    space: str
    at: Millis
    until: Millis


class Residents:
    """Everybody on the waitlist and behind the bookings, as far as they listen."""

    def __init__(self, scenario: Scenario, world: World) -> None:
        self._scenario = scenario
        self._world = world
        self._waiting = {entry.group: entry for entry in scenario.tables.waitlist}
        self._promised: dict[str, _Coming] = {}
        self._kept: set[tuple[str, Millis]] = set()

    def hear_offer(self, offer: OfferMade, now: Millis) -> None:
        """React to an offer; hearing the same one twice changes nothing."""
        entry = self._waiting.get(offer.group)
        if entry is None or entry.reaction == "ignores" or self._is_promised(entry, now):
            return
        claims = now + _minutes(entry.claims_after_min)
        if claims >= offer.expires:
            log.info("offer_seen_too_late", group=entry.group, space=offer.space)
            return
        self._world.add(Agenda(presses=[Pressing(offer.space, claims, "claim", offer.code)]))
        arrives = max(claims + _minutes(entry.arrives_after_min), offer.start - 2 * MINUTE)
        self._come(entry, _Coming(offer.space, arrives, offer.end))

    def see_screen(self, screen: Screen, now: Millis) -> None:
        """React to what a screen shows: a warning, or the room that one's group was promised."""
        if screen.notice == WARNING:
            self._answer_warning(screen, now)
        slot = screen.now
        if slot is None or not slot.start <= now < slot.end:
            return
        for entry in self._waiting.values():
            # A simulation started again in the middle of a day was not there when the group took its offer.
            if slot.title == entry.title and entry.reaction == "claims" and not self._is_promised(entry, now):
                arrives = max(now, slot.start + _minutes(entry.arrives_after_min))
                self._come(entry, _Coming(screen.space, arrives, slot.end))

    def _is_promised(self, entry: Waiting, now: Millis) -> bool:
        coming = self._promised.get(entry.id)
        return coming is not None and now < coming.until

    def _come(self, entry: Waiting, coming: _Coming) -> None:
        self._promised[entry.id] = coming
        luck = stream(self._scenario.seed, "waiting", entry.id, coming.until)
        function = entry.functions[0] if entry.functions else ""
        self._world.add(arrive_together(coming.space, function, entry.people, coming.at, coming.until, luck))

    def _answer_warning(self, screen: Screen, now: Millis) -> None:
        day = to_datetime(now, self._scenario.zone).date()
        for activity in self._scenario.tables.activities:
            if activity.space != screen.space or not activity.keeps or not activity.is_of(day):
                continue
            start = self._scenario.instant(day, activity.start)
            if start <= now < self._scenario.instant(day, activity.end) and (activity.id, start) not in self._kept:
                self._kept.add((activity.id, start))
                at = now + _minutes(activity.keeps_after_min)
                press = Pressing(activity.space, at, "keep", self._scenario.code(activity))
                self._world.add(Agenda(presses=[press]))


def _minutes(value: float) -> Millis:
    return round(value * MINUTE)
