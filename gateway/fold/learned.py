"""What a space and its sensors have taught over weeks, without what they say at present: where a re-fold begins.

Two hours of warm-up tell who is there. They do not tell what the room's quiet hours sound like, how long its people
sit still, or which sensor is stuck; without that, history folded anew would know less than was known at the time.
"""

from dataclasses import replace

from gateway.fold.air import AirWord
from gateway.fold.memory import CountWord, Filter, PresenceWord, SensorMemory, SpaceMemory, Trust
from gateway.fold.quiet import Gauge
from services.contracts.names import Millis

_VOID: Millis = -1
"""A word told before any sensor came alive: it says nothing, and keeps what was learned beside it."""


def learned(memory: SpaceMemory, before: Millis) -> SpaceMemory:
    """Return what `memory` has learned, sharing nothing with it, for a fold that begins at `before`."""
    return SpaceMemory(
        sensors={name: _of_sensor(sensor, before) for name, sensor in memory.sensors.items()},
        filter=Filter(vacant_min=memory.filter.vacant_min, occupied_min=memory.filter.occupied_min),
        hold=memory.hold,
    )


def _of_sensor(sensor: SensorMemory, before: Millis) -> SensorMemory:
    trust = sensor.trust
    kept = SensorMemory(trust=Trust(trust.level, trust.doubt, trust.told, min(trust.docked_at, before)))
    if sensor.presence is not None:
        kept.presence = PresenceWord(0, _VOID, False, 0, sensor.presence.settle)
    count = sensor.count
    if count is not None and count.trusted_from <= before:  # what was nobody to it since then was nobody before
        kept.count = CountWord(
            0,
            _VOID,
            count.base,
            0,
            0,
            count.totals,
            count.boot,
            count.base,
            count.trusted_from,
            count.healed,
        )
    if sensor.air is not None:
        gauges = {name: _of_gauge(gauge) for name, gauge in sensor.air.gauges.items()}
        kept.air = AirWord(0, _VOID, gauges=gauges)
    return kept


def _of_gauge(gauge: Gauge) -> Gauge:
    """Return the gauge with its week and without its hour."""
    empty = Gauge()
    return replace(
        gauge,
        slot=empty.slot, count=empty.count, total=empty.total, judged=empty.judged, hour=[],
        part=empty.part, low=empty.low, high=empty.high, stir=empty.stir, lit=empty.lit, ratio=empty.ratio,
        week=list(gauge.week),
    )  # fmt: skip
