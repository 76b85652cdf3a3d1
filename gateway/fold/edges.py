"""The steps of confidence that people are told, and when the next one is passed."""

from bisect import bisect

from gateway.fold.belief import OCCUPIED_AT, OCCUPIED_UNTIL, VACANT_AT, VACANT_UNTIL, Belief
from gateway.fold.flow import crossing, log_odds_of, settles_at
from gateway.fold.memory import Filter
from gateway.fold.testimony import NEVER
from services.contracts.names import Millis

EDGES = tuple(map(log_odds_of, (0.01, VACANT_AT, VACANT_UNTIL, OCCUPIED_UNTIL, OCCUPIED_AT, 0.75, 0.9, 0.97)))
"""Log-odds at which somebody who watches the confidence would see it move."""

_ROUNDING = 1e-6
"""Of log-odds: an edge this near may have been passed or not."""


def step_of(belief: Belief) -> int:
    """Return the step that a belief stands on; -1 for unknown, which has none."""
    return -1 if belief.occupancy == "unknown" else bisect(EDGES, log_odds_of(belief.probability))


def next_edge(held: Filter, log_odds: float, now: Millis) -> Millis:
    """Return when the confidence next moves a step from `log_odds`, if nothing is said.

    Reckoned from the anchor, not from now: rounded to the millisecond the instant must not depend on who looked in
    between. It is a millisecond late, so that no rounding finds the odds still on this side of the edge.
    """
    rising = settles_at(held.rate, held.dwell) > held.log_odds
    ahead = [edge for edge in EDGES if edge > log_odds - _ROUNDING] if rising else [
        edge for edge in reversed(EDGES) if edge < log_odds + _ROUNDING
    ]  # fmt: skip
    for edge in ahead:
        after = crossing(held.log_odds, held.rate, held.dwell, edge)
        if after is not None and held.at + after + 1 > now:
            return held.at + after + 1
    return NEVER
