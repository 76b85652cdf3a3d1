"""What a policy gave to whom: time won and used again, groups served, and how evenly."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from services.bookings.records import RequestState
from services.bookings.usage import usage_of
from services.contracts.files import TruthRow
from services.evaluation.result import Evaluation
from services.evaluation.sampling import SpaceKey
from services.evaluation.score import people_at

_RELEASES = ("released", "false_released", "recovered_min")


def sharing(
    result: Evaluation, total: Mapping[str, Any], truth: Mapping[SpaceKey, Sequence[TruthRow]]
) -> dict[str, Any]:
    """Return the figures of one policy; `total` is that of its report, `truth` the rows of each space, if there are.

    `came_after` are releases after which people came within the booking's time; without truth it is None, as are the
    shares without requests. Minutes used again are those of bookings that came from an offer, as `GET /usage` counts.
    """
    asked = Counter(request.group for request in result.requests)
    served = Counter(request.group for request in result.requests if request.state is RequestState.SERVED)
    shares = [served[group] / asked[group] for group in sorted(asked)]
    used = usage_of(result.bookings, result.start, result.end)
    return {
        **{name: total.get(name) for name in _RELEASES},
        "came_after": _came_after(result, truth) if truth else None,
        "reused_min": round(sum(usage.reused_min for usage in used), 1),
        "requests": asked.total(),
        "served": served.total(),
        "least_served_pct": round(100 * min(shares), 1) if shares else None,
        "gini": round(gini(shares), 3) if shares else None,
    }


def gini(shares: Sequence[float]) -> float:
    """Return the Gini coefficient: the mean difference between two, over twice the mean. 0: all have the same."""
    total = sum(shares)
    differences = sum(abs(one - other) for one in shares for other in shares)
    return differences / (2 * len(shares) * total) if total else 0.0


def _came_after(result: Evaluation, truth: Mapping[SpaceKey, Sequence[TruthRow]]) -> int:
    """Return after how many releases somebody came who was not there yet, while the booking would have lasted."""
    count = 0
    for decision in result.decisions:
        rows = truth.get((decision.site, decision.space), ())
        if decision.kind != "release" or decision.shadow or people_at(rows, decision.at):
            continue
        until = decision.undo_until or decision.at
        count += any(row.people and decision.at < row.at < until for row in rows)
    return count
