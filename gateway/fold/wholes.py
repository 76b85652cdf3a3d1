"""A space that is made of parts: what it listens to itself, and what follows from what is believed of its parts."""

import math
from collections.abc import Iterable, Sequence

from gateway.fold.belief import Belief
from gateway.fold.testimony import Testimony
from services.contracts.states import Occupancy

_TESTIFY_OF_A_WHOLE = frozenset({"count", "presence", "motion", "charging", "button"})
"""What a space made of parts hears from its own sensors. Its parts know better than its air does."""

_BEARS = {"occupied": "occupied", "vacant": "vacant", "unknown": "lost"}
"""Which claim leads to which belief."""


def of_a_whole(said: Iterable[Testimony]) -> list[Testimony]:
    """Return those words of a whole's own sensors that are heard beside its parts; without any its parts decide."""
    return [t for t in said if t.kind in _TESTIFY_OF_A_WHOLE]


def deciding(said: Sequence[Testimony], occupancy: Occupancy) -> list[Testimony]:
    """Return the words that lead to this belief; when none does alone, all that bear on it."""
    heard = [t for t in said if t.claim != "none"]
    return [t for t in heard if t.claim == _BEARS[occupancy]] or heard


def of_parts(own: float | None, parts: Sequence[float]) -> float:
    """Return how likely it is that somebody is in a space, from its own sensors and from its parts."""
    anywhere = 1 - math.prod(1 - p for p in parts)
    return anywhere if own is None else max(own, anywhere)


def together(own: Belief | None, parts: Sequence[Belief]) -> Belief:
    """Return the belief of a space from its own sensors, if they have a say, and from its parts."""
    all_ = [*([own] if own is not None else []), *parts]
    p = of_parts(None if own is None else own.probability, [part.probability for part in parts])
    occupied = [belief for belief in all_ if belief.occupancy == "occupied"]
    if occupied:
        counted = [belief.people for belief in parts]
        people = own.people if own is not None and own in occupied else None
        if people is None and None not in counted:
            people = sum(number or 0 for number in counted)
        reason = own.reason if own is not None and own in occupied else "part_occupied"
        return Belief("occupied", reason, max(p, *(b.probability for b in occupied)), people)
    if any(belief.occupancy == "unknown" for belief in all_):
        return Belief("unknown", "part_unknown" if own is None or own.occupancy != "unknown" else own.reason, p)
    return Belief(
        "vacant",
        "parts_vacant",
        p,
        0 if all(belief.people == 0 for belief in all_) else None,
        all(belief.release_grade for belief in all_),
    )
