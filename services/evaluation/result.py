"""What came out of a run over a recording: beliefs, decisions, verdicts, and what was asked for besides."""

from dataclasses import dataclass, field

from services.bookings.records import Booking, Decision, Request
from services.contracts.names import Millis
from services.evaluation.sampling import Samples, SpaceKey
from services.evaluation.score import Belief


@dataclass(slots=True)
class Evaluation:
    """What came out: beliefs and decisions, and the verdicts on messages."""

    beliefs: dict[SpaceKey, list[Belief]] = field(default_factory=dict)
    decisions: list[Decision] = field(default_factory=list)
    bookings: list[Booking] = field(default_factory=list)
    """As they stand at the end, with those that came from offers."""
    requests: list[Request] = field(default_factory=list)
    doubted: dict[tuple[str, str], Millis] = field(default_factory=dict)
    """When staff were first told that a device is not believed, by site and device."""
    messages: dict[str, int] = field(default_factory=lambda: {"stored": 0, "duplicate": 0, "quarantined": 0})
    kinds: dict[SpaceKey, dict[str, list[Belief]]] = field(default_factory=dict)
    """What each kind of evidence would have said by itself, where it was sampled."""
    probabilities: dict[SpaceKey, Samples] = field(default_factory=dict)
    """How probable people were, where it was sampled."""
    start: Millis = 0
    end: Millis = 0
