"""How a space is told of: its room state, and who says what of it with which weight."""

from gateway.fold.balance import weight_of
from gateway.fold.space import SpaceTruth
from gateway.fold.testimony import Testimony, testify
from gateway.fold.wholes import deciding, of_a_whole
from services.contracts.names import Millis
from services.contracts.states import Evidence, RoomState

EVIDENCE_SHOWN = 6


def room_state(truth: SpaceTruth, now: Millis) -> RoomState:
    """Return the room state as last evaluated, with ages at `now`."""
    probability = truth.probability(now)
    belief = truth.belief._replace(probability=probability)
    things = truth.things()
    return RoomState(
        site=truth.space.site,
        space=truth.space.id,
        occupancy=belief.occupancy,
        people=belief.people,
        confidence=round(belief.confidence, 3),
        probability=round(probability, 3),
        release_grade=belief.release_grade,
        since=truth.memory.since,
        as_of=now,
        reason=f"states.{belief.reason}",
        evidence=tuple(evidence(truth, now)[:EVIDENCE_SHOWN]),
        doors=things.doors,
        charging=things.charging,
        devices=things.devices,
    )


def evidence(truth: SpaceTruth, now: Millis) -> list[Evidence]:
    """Return what every device says and how much it weighs, the weightiest first."""
    weights = _weights(truth)
    said = _words(truth, now)
    trust = {t.device: _trust_of(truth, t.device) for t in said}
    # Whoever is not believed weighs nothing, and is what one looks for.
    said.sort(key=lambda t: (-abs(weights.get((t.device, t.kind), 0.0)), trust[t.device] > 0, -(t.at or 0)))
    return [
        Evidence(
            device=t.device,
            kind=t.kind,
            says=f"{t.people} people" if t.says == "people" else t.says,
            age_s=max(0, now - (now if t.at is None else t.at)) / 1000,
            weight=round(weights.get((t.device, t.kind), 0.0), 3),
            trust=round(trust[t.device], 2),
        )
        for t in said
    ]


def _words(truth: SpaceTruth, now: Millis) -> list[Testimony]:
    """Return what its sensors say; of a space of parts what it listens to of both."""
    own = [
        t
        for name, watch in truth.watches.items()
        for t in testify(name, watch.device.kind, truth.memory.sensors[name], now, watch.limit, truth.hold)
    ]
    if not truth.parts:
        return own
    agreeing = [part for part in truth.parts if part.belief.occupancy == truth.belief.occupancy]
    return of_a_whole(own) + [t for part in agreeing for t in deciding(_words(part, now), part.belief.occupancy)]


def _weights(truth: SpaceTruth) -> dict[tuple[str, str], float]:
    """Return what each word weighs in nats per minute, by device and kind; of a whole those of its parts as well."""
    weights = dict(truth.shares)
    for part in truth.parts:
        weights |= _weights(part)
    return weights


def _trust_of(truth: SpaceTruth, device: str) -> float:
    sensor = truth.memory.sensors.get(device)
    if sensor is not None:
        return weight_of(sensor)
    return next((_trust_of(part, device) for part in truth.parts), 1.0)
