"""Runs room truth and, given bookings, the scheduler over a recording in virtual time; same input, same output."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from gateway.truth import RoomTruth
from services.bookings.records import Booking, Decision
from services.contracts.community import Community
from services.contracts.files import BookingRow, RecordedMessage, TruthRow
from services.contracts.instants import to_millis
from services.contracts.names import MINUTE, Millis
from services.contracts.policy import Policy
from services.contracts.states import RoomState
from services.evaluation.score import Belief, Score, people_at, score, vacant_minutes
from services.scheduler.virtual import VirtualScheduler

SpaceKey = tuple[str, str]

STEP: Millis = MINUTE
"""How often the scheduler looks when nothing changes; live it looks more often, but decides in minutes."""


@dataclass(slots=True)
class Evaluation:
    """What came out: beliefs and decisions, and the verdicts on messages."""

    beliefs: dict[SpaceKey, list[Belief]] = field(default_factory=dict)
    decisions: list[Decision] = field(default_factory=list)
    messages: dict[str, int] = field(default_factory=lambda: {"stored": 0, "duplicate": 0, "quarantined": 0})
    start: Millis = 0
    end: Millis = 0


def evaluate(
    messages: Iterable[RecordedMessage],
    community: Community,
    bookings: Sequence[BookingRow] = (),
    policy: Policy | None = None,
) -> Evaluation:
    """Feed the messages in order, each at its own time, and return what was believed and decided."""
    result = Evaluation()
    truth = RoomTruth(community)
    scheduler = VirtualScheduler(community, policy, [_booking(row) for row in bookings]) if bookings else None
    last_step: Millis | None = None

    def pass_time(now: Millis) -> None:
        nonlocal last_step
        for state in truth.tick(now):
            _note(result, state)
            if scheduler is not None:
                scheduler.on_state(state)
        if scheduler is not None and (last_step is None or now > last_step):
            result.decisions += scheduler.step(now)
            last_step = now

    now: Millis | None = None
    for at, together in groupby(messages, key=lambda message: message.at):
        if now is None:
            result.start = at
            truth.tick(at)
            truth.listening(at)
        elif scheduler is not None:
            for step in range(now - now % STEP + STEP, at, STEP):
                pass_time(step)
        for message in together:
            outcome = truth.feed(at, message.topic, message.payload)
            result.messages[outcome.verdict] += 1
            if scheduler is not None and outcome.button is not None:
                scheduler.on_button(outcome.button, outcome.points[0].site)
        pass_time(at)
        now = at
    result.end = now or 0
    return result


def report(result: Evaluation, truth: Sequence[TruthRow], bookings: Sequence[BookingRow]) -> dict[str, Any]:
    """Return the evaluation as the contract has it. Without truth only what was said is counted, in minutes."""
    rows: dict[SpaceKey, list[TruthRow]] = {}
    for row in truth:
        rows.setdefault((row.site, row.space), []).append(row)
    keys = sorted(rows) if truth else sorted(result.beliefs)
    spaces: dict[str, dict[str, Any]] = {}
    total = Score()
    sums: dict[str, float] = {}
    for key in keys:
        beliefs = result.beliefs.get(key, [])
        if truth:
            figures = score(beliefs, rows[key])
            total += figures
            shown: dict[str, Any] = dict(figures.as_json())
        else:
            shown = _said(beliefs, result.end)
        if bookings:
            shown |= _releases(result, key, rows.get(key))
        spaces["/".join(key)] = shown
        for name, value in shown.items():
            sums[name] = sums.get(name, 0) + value
    whole = {**sums, **total.as_json()} if truth else sums
    return {
        "total": {name: round(value, 3) if isinstance(value, float) else value for name, value in whole.items()},
        "spaces": spaces,
        "messages": result.messages,
    }


def _note(result: Evaluation, state: RoomState) -> None:
    beliefs = result.beliefs.setdefault((state.site, state.space), [])
    if beliefs and (beliefs[-1].occupancy, beliefs[-1].release_grade) == (state.occupancy, state.release_grade):
        return
    beliefs.append(Belief(state.as_of, state.occupancy, state.release_grade))


def _said(beliefs: Sequence[Belief], end: Millis) -> dict[str, float]:
    minutes = {"said_occupied_min": 0.0, "said_vacant_min": 0.0, "unknown_min": 0.0}
    names = {"occupied": "said_occupied_min", "vacant": "said_vacant_min", "unknown": "unknown_min"}
    for index, belief in enumerate(beliefs):
        until = beliefs[index + 1].at if index + 1 < len(beliefs) else end
        minutes[names[belief.occupancy]] += max(0, until - belief.at) / MINUTE
    return {name: round(value, 3) for name, value in minutes.items()}


def _releases(result: Evaluation, key: SpaceKey, truth: Sequence[TruthRow] | None) -> dict[str, float | int]:
    """Return how many bookings were released, how many of them over people's heads, and the idle minutes won."""
    released = [d for d in result.decisions if d.kind == "release" and not d.shadow and (d.site, d.space) == key]
    figures: dict[str, float | int] = {"released": len(released), "false_released": 0, "recovered_min": 0.0}
    for decision in released:
        end = decision.undo_until or decision.at
        if truth is None:
            figures["recovered_min"] += (end - decision.at) / MINUTE
            continue
        figures["false_released"] += bool(people_at(truth, decision.at))
        figures["recovered_min"] += vacant_minutes(truth, decision.at, end)
    return {**figures, "recovered_min": round(float(figures["recovered_min"]), 3)}


def _booking(row: BookingRow) -> Booking:
    return Booking(
        row.id, row.site, row.space, row.group, row.group, row.people, to_millis(row.start), to_millis(row.end)
    )
