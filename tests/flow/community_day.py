"""From simulated devices to decisions and back, in virtual time: the loop that `up --demo` runs over a broker."""

from dataclasses import dataclass, field
from datetime import date

from firmware_sim.recorder import VirtualSimulation
from firmware_sim.scenario import load_scenario
from gateway.truth import RoomTruth
from services.bookings.records import Decision
from services.cli.demo import booking_of, request_of
from services.contracts.names import SECOND, Millis
from services.contracts.states import RoomState
from services.scheduler.virtual import VirtualScheduler

DAY = date(2026, 6, 1)
STEP: Millis = 5 * SECOND
SCREENS_EVERY: Millis = 30 * SECOND


@dataclass
class DayLog:
    """What a watcher would have written down. Truth is kept beside every decision."""

    decisions: list[Decision] = field(default_factory=list)
    people_at: dict[str, int] = field(default_factory=dict)
    """Decision id → how many people were really in its space."""
    states: list[RoomState] = field(default_factory=list)

    def kinds(self, space: str, booking: str = "") -> list[str]:
        return [d.kind for d in self.decisions if d.space == space and (d.booking or "").startswith(booking)]

    def at(self, kind: str, space: str) -> list[Millis]:
        return [d.at for d in self.decisions if d.kind == kind and d.space == space]

    def occupancy(self, space: str) -> list[tuple[Millis, str, str]]:
        """Return when the belief about a space changed, to what, and why."""
        changes: list[tuple[Millis, str, str]] = []
        for state in self.states:
            if state.space == space and (not changes or changes[-1][1] != state.occupancy):
                changes.append((state.as_of, state.occupancy, state.reason))
        return changes


def run_day(until: str, scenario_name: str = "demo", day: date = DAY) -> DayLog:
    """Run the scenario from its start to `until` (HH:MM)."""
    scenario = load_scenario(scenario_name)
    start, end = scenario.start_at(day), scenario.instant(day, until)
    world = VirtualSimulation(scenario, day)
    truth = RoomTruth(scenario.community)
    scheduler = VirtualScheduler(
        scenario.community,
        bookings=[booking_of(seed) for seed in scenario.bookings(day) if seed.end > start],
        requests=[request_of(seed) for seed in scenario.requests(day)],
    )
    strangers = {stranger.id for stranger in scenario.tables.strangers}
    log, shown = DayLog(), {}
    for now in range(start + STEP, end + 1, STEP):
        for message in world.advance(now):
            if message.topic.split("/")[4] in strangers:
                continue  # nobody has claimed it: what becomes of its messages is tested with the gateway
            outcome = truth.feed(message.at, message.topic, message.payload)
            assert outcome.verdict != "quarantined", outcome.reason
            if outcome.button is not None:
                decision = scheduler.on_button(outcome.button, scenario.site)
                log.decisions += [decision] if decision is not None and decision not in log.decisions else []
        for state in truth.tick(now):
            scheduler.on_state(state)
            log.states.append(state)
        made = scheduler.step(now)
        log.decisions += made
        log.people_at.update({decision.id: world.people(decision.space) for decision in made})
        for offer in scheduler.offers_made(made):
            world.hear_offer(offer)
        if now % SCREENS_EVERY == 0:
            for screen in scheduler.screens(now):
                picture = screen.model_dump_json(exclude={"as_of"})
                if shown.get(screen.space) != picture:
                    shown[screen.space] = picture
                    world.see_screen(screen)
    return log
