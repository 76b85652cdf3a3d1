"""A room truth that says of itself in round numbers what the real one works out: for tests of what is made of it."""

from gateway.fold.spaces import SpaceKey
from gateway.truth import RoomTruth
from services.contracts.states import Evidence

PROBABLE = {"occupied": 0.9, "unknown": 0.3, "vacant": 0.02}
WEIGHTS = {"present": 0.5, "motion": 0.4, "absent": -0.5, "quiet": -0.1}


class TellingTruth(RoomTruth):
    """Probability by what is believed, weights by what is said; everything else is real."""

    def probability(self, key: SpaceKey) -> float:
        state = self.state(key)
        return 0.5 if state is None else PROBABLE[state.occupancy]

    def words(self, key: SpaceKey) -> list[Evidence]:
        state = self.state(key)
        said = () if state is None else state.evidence
        return [word.model_copy(update={"weight": WEIGHTS.get(word.says, 0.0)}) for word in said]
