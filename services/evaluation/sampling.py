"""Asks room truth while a recording runs: how probable people are, and what each kind of sensor says by itself."""

from array import array
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from gateway.truth import RoomTruth
from services.contracts.community import Community
from services.contracts.names import Millis
from services.contracts.states import Occupancy
from services.evaluation.score import Belief

SpaceKey = tuple[str, str]

MILLION = 1_000_000
"""Probabilities are kept in millionths: finer than any threshold, and what moves less is no changed."""


@dataclass(slots=True)
class Samples:
    """The probability that people are in a space, as a step function: from `at[i]` on it is `millionths[i]`."""

    at: "array[int]" = field(default_factory=lambda: array("q"))
    millionths: "array[int]" = field(default_factory=lambda: array("l"))

    def add(self, now: Millis, probability: float) -> bool:
        """Note the probability at `now`, if it moved; tell whether it did."""
        value = round(probability * MILLION)
        if self.millionths and self.millionths[-1] == value:
            return False
        self.at.append(now)
        self.millionths.append(value)
        return True


class Sampler:
    """Notes changes alone, for each space."""

    def __init__(self, truth: RoomTruth, community: Community) -> None:
        self._truth = truth
        self._own: dict[SpaceKey, set[str]] = {}
        for device in community.devices:
            self._own.setdefault((device.site, device.space), set()).add(device.id)
        self.kinds: dict[SpaceKey, dict[str, list[Belief]]] = {}
        """By space and kind of evidence: what that kind's words alone would have said."""
        self.probabilities: dict[SpaceKey, Samples] = {}

    def take(self, now: Millis, changed: Collection[SpaceKey], others: Iterable[SpaceKey] = ()) -> None:
        """Ask at `now`, the truth's present, about the spaces whose state changed and about others.

        Of the others only who moved: where state and probability stand still, nobody says anything new.
        """
        for key in changed:
            self._note_probability(now, key)
            self._note_words(now, key)
        for key in others:
            if key not in changed and self._note_probability(now, key):
                self._note_words(now, key)

    def _note_probability(self, now: Millis, key: SpaceKey) -> bool:
        return self.probabilities.setdefault(key, Samples()).add(now, self._truth.probability(key))

    def _note_words(self, now: Millis, key: SpaceKey) -> None:
        own = self._own.get(key)
        if own is None:
            return
        said = self.kinds.setdefault(key, {})
        weights = dict.fromkeys(said, 0.0)  # a kind that no longer says anything is silent
        for word in self._truth.words(key):
            if word.device in own:  # a whole also hears its parts; what they say is scored there
                weights[word.kind] = weights.get(word.kind, 0.0) + word.weight
        for kind, weight in weights.items():
            claim: Occupancy = "occupied" if weight > 0 else "vacant" if weight < 0 else "unknown"
            told = said.setdefault(kind, [])
            if not told or told[-1].occupancy != claim:
                told.append(Belief(now, claim, False))
