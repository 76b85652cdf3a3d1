"""A plan as the contract's JSON, with reasons in words."""

from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

from services.contracts.entries import WEEKDAYS
from services.contracts.names import Millis
from services.contracts.texts import text
from services.planner.instance import Instance, Spot
from services.planner.planning import Plan
from services.planner.reasons import Because, Reason

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_GAP_DIGITS = 6


def answer(plan: Plan, language: str, called: Callable[[str], str] = str) -> dict[str, Any]:
    """Return the output of `foldspace plan --json`: times in the offset of their request, reasons in `language`.

    `called` tells what people call a feature; else it goes by its name in the instance.
    """
    instance = plan.instance
    told: dict[str, Any] = {
        "value": plan.value,
        "bound": plan.bound,
        "gap": round(plan.gap, _GAP_DIGITS),
        "seconds": round(plan.seconds, 3),
        "assigned": [
            {"request": instance.requests[index].id, **_place(instance, index, spot)}
            for index, spot in sorted(plan.assigned.items())
        ],
        "unserved": [
            {"request": instance.requests[index].id, "reason": in_words(instance, index, reason, language, called)}
            for index, reason in sorted(plan.unserved.items())
        ],
    }
    if instance.current is not None:
        told["moved"] = [
            {
                "request": instance.requests[move.request].id,
                "from": _place(instance, move.request, move.before),
                "to": None if move.after is None else _place(instance, move.request, move.after),
            }
            for move in plan.moved
        ]
    if plan.trade is not None:
        told["fairness"] = {
            "value_before": plan.trade.value_before,
            "before": asdict(plan.trade.before),
            "after": asdict(plan.trade.after),
        }
    return told


def in_words(instance: Instance, index: int, reason: Reason, language: str, called: Callable[[str], str] = str) -> str:
    """Return a reason as people read it."""
    request = instance.requests[index]
    comma = text("vocabulary.comma", language)
    params = {
        "people": request.people,
        "holds": reason.holds,
        "duration": request.duration_min,
        "from": _clock(request.earliest, request.zone),
        "until": _clock(request.latest_end, request.zone),
        "features": comma.join(called(feature) for feature in sorted(request.features)),
        "taken_by": comma.join(instance.requests[blocker].id for blocker in reason.blockers),
    }
    kind: str = reason.because
    if request.features and reason.because in {Because.CLOSED, Because.TAKEN}:
        kind += "_with"
    sentence = text(f"planner.{kind}", language, params)
    if reason.nearest is None:
        return sentence
    space = instance.spaces[reason.nearest.space].id
    at = _day_and_clock(reason.nearest.start, request.zone, language)
    return text("planner.nearest", language, {"sentence": sentence, "at": at, "space": space})


def _place(instance: Instance, index: int, spot: Spot) -> dict[str, str]:
    return {
        "space": instance.spaces[spot.space].id,
        "start": _local(spot.start, instance.requests[index].zone).isoformat(),
    }


def _local(at: Millis, zone: tzinfo) -> datetime:
    return (_EPOCH + timedelta(milliseconds=at)).astimezone(zone)


def _clock(at: Millis, zone: tzinfo) -> str:
    return f"{_local(at, zone):%H:%M}"


def _day_and_clock(at: Millis, zone: tzinfo, language: str) -> str:
    local = _local(at, zone)
    params = {
        "weekday": text(f"vocabulary.day_{WEEKDAYS[local.weekday()]}", language),
        "day": local.day,
        "month": local.month,
        "clock": f"{local:%H:%M}",
    }
    return text("planner.when", language, params)
