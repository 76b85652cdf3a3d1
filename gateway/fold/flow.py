"""How the probability that somebody is there moves between two pieces of news: a two-state filter in closed form.

Hidden is a Markov chain, vacant → occupied at rate λ and occupied → vacant at rate μ. While the sensors go on saying
the same they bear witness at a constant rate e, and the odds o = p / (1 - p) obey

    do/dt = λ + (e + λ - μ)·o - μ·o²

(Wonham, "Some applications of stochastic differential equations to optimal nonlinear filtering", 1965, without
its noise term). This Riccati equation has a solution in closed form, so that an instant at which a threshold is
crossed is computed, not waited for: it does not matter how often anybody looks.
"""

import math
from functools import lru_cache
from typing import NamedTuple

from services.contracts.names import MINUTE, Millis

SURE = 5.0
"""Log-odds are kept within ±5 (0.7 % and 99.3 %) at news: whoever is surer than that needs too long to be corrected."""


class Dwell(NamedTuple):
    """How long the space is usually vacant and occupied at a stretch, in minutes: 1/λ and 1/μ."""

    vacant_min: float
    occupied_min: float


MOST = 40.0
"""Log-odds beyond this are no longer told apart from certainty in floating point."""


def log_odds_of(p: float) -> float:
    """Return the log-odds of a probability, certainty included."""
    return max(-MOST, min(MOST, math.log(p / (1 - p)))) if 0 < p < 1 else math.copysign(MOST, p - 0.5)


def probability_of(log_odds: float) -> float:
    """Return the probability of log-odds."""
    return 1 / (1 + math.exp(-max(-MOST, min(MOST, log_odds))))


def bounded(log_odds: float) -> float:
    """Return the log-odds within what anybody may be sure of at news."""
    return max(-SURE, min(SURE, log_odds))


def flow(log_odds: float, rate: float, dwell: Dwell, elapsed: Millis) -> float:
    """Return the log-odds after `elapsed` ms of evidence at `rate` nats per minute."""
    if elapsed <= 0:
        return log_odds
    high, low, speed = _roots(rate, dwell)
    odds = math.exp(log_odds)
    u = (odds - high) / (odds - low) * math.exp(-speed * elapsed / MINUTE)
    return math.log((high - low * u) / (1 - u))


def crossing(log_odds: float, rate: float, dwell: Dwell, target: float) -> Millis | None:
    """Return after how many ms the log-odds reach `target`, rounded up; None when they never do."""
    high, low, speed = _roots(rate, dwell)
    odds, goal = math.exp(log_odds), math.exp(target)
    if not (odds < goal < high or high < goal < odds):
        return None  # not on the way
    ratio = ((odds - high) * (goal - low)) / ((odds - low) * (goal - high))
    return max(1, math.ceil(math.log(ratio) / speed * MINUTE))


def settles_at(rate: float, dwell: Dwell) -> float:
    """Return the log-odds that evidence at `rate` leads to if nothing else is ever said."""
    return math.log(_roots(rate, dwell)[0])


@lru_cache(maxsize=4096)  # a rate is asked for three times or more: flow to now, where it settles, when it crosses
def _roots(rate: float, dwell: Dwell) -> tuple[float, float, float]:
    """Return where the odds settle, the other root, and how fast they approach, per minute."""
    come, go = 1 / dwell.vacant_min, 1 / dwell.occupied_min
    k = rate + come - go
    speed = math.sqrt(k * k + 4 * come * go)
    if k >= 0:  # each root by the sum that does not cancel; their product is -come/go
        high = (k + speed) / (2 * go)
        return high, -come / (go * high), speed
    low = (k - speed) / (2 * go)
    return -come / (go * low), low, speed
