"""What was learned of a space from its own days and nights, for those who look after its sensors."""

from services.api import present, why
from services.api.deps import Wired
from services.api.identity import Caller, expect_in_charge
from services.api.language import Lang
from services.journal.learned import Baseline, LearnedSensor, LearnedSpace


def space_learned(deps: Wired, caller: Caller, lang: Lang, site: str, space: str) -> present.Json:
    """What the gateway has learned of a space by its last checkpoint: usual stays, hold time, sensors, quiet hours.

    Everything is null or empty as long as nothing was ever kept of the space.
    """
    view = deps.catalogue.view()
    view.space(site, space)
    expect_in_charge(deps, caller, site, space)
    kinds = {device.id: device.kind for device in view.devices_of(site, space)}
    known = deps.books.learned(site, space)
    sensors = () if known is None else [one for one in known.sensors if one.device in kinds]
    return {
        "site": site,
        "space": space,
        "as_of": None if known is None else present.instant(known.at, view.zone(site)),
        "usual_vacant_min": None if known is None else round(known.usual_vacant_min, 1),
        "usual_occupied_min": None if known is None else round(known.usual_occupied_min, 1),
        "motion_hold_min": _hold(known) if any(one.moves for one in sensors) else None,
        "sensors": [_sensor(one, kinds[one.device], lang) for one in sensors],
    }


def _hold(known: LearnedSpace | None) -> float | None:
    return None if known is None else round(known.hold_min, 1)


def _sensor(one: LearnedSensor, kind: str, language: str) -> present.Json:
    return {
        "device": one.device,
        "kind": kind,
        "trust": round(one.trust, 2),
        "doubt": why.doubt(one.doubt, language),
        "settle_s": one.settle_s,
        "baseline": [_baseline(quantity) for quantity in one.baselines],
    }


def _baseline(one: Baseline) -> present.Json:
    figures = {"quiet": one.quiet, "stir": one.stir, "spread": one.spread, "floor": one.floor, "peak": one.peak}
    return {
        "quantity": one.quantity,
        "known_h": one.known_h,
        **{name: None if value is None else round(value, 2) for name, value in figures.items()},
    }
