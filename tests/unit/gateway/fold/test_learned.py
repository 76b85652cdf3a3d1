"""What is learned of a space is kept for its past, and says nothing by itself."""

from gateway.fold import memory, testimony
from gateway.fold.air import AirWord
from gateway.fold.learned import learned
from gateway.fold.memory import CountWord, Filter, PresenceWord, SensorMemory, SpaceMemory, Trust
from gateway.fold.quiet import Gauge
from services.contracts.names import HOUR, Millis

T0: Millis = 1_700_000_000_000


def lived() -> SpaceMemory:
    gauge = Gauge(slot=9, hour=[40.0], quiet=31.0, part=4)
    return SpaceMemory(
        occupancy="occupied",
        since=T0,
        sensors={
            "radar": SensorMemory(
                heard=T0, boot="b", alive_from=T0 - HOUR, signed_at=T0,
                presence=PresenceWord(T0, T0, True, T0, settle=77_000),
                trust=Trust(0.3, "stuck_on", "stuck_on", T0, 5.0, T0),
            ),
            "gate": SensorMemory(heard=T0, count=CountWord(T0, T0, 9, 3, T0, True, "b", 6, T0 - HOUR)),
            "air": SensorMemory(heard=T0, air=AirWord(T0, T0, 300.0, gauges={"noise_db": gauge})),
        },
        filter=Filter(T0, 3.0, 1.0, 90.0, 30.0),
        hold=600_000,
    )  # fmt: skip


def test_what_is_learned_is_kept() -> None:
    kept = learned(lived(), T0)
    assert (kept.hold, kept.filter.dwell) == (600_000, lived().filter.dwell)
    radar, gate, air = (kept.sensors[name] for name in ("radar", "gate", "air"))
    assert (radar.trust.level, radar.trust.doubt) == (0.3, "stuck_on")
    assert radar.presence is not None
    assert gate.count is not None
    assert air.air is not None
    assert (radar.presence.settle, gate.count.base) == (77_000, 6)
    assert air.air.gauges["noise_db"].quiet == 31.0


def test_nothing_of_the_present_is_said() -> None:
    kept = learned(lived(), T0)
    assert (kept.occupancy, kept.since, kept.filter.at, kept.spell) == ("unknown", 0, 0, None)
    for name, kind in (("radar", "presence"), ("gate", "count"), ("air", "climate")):
        [word] = testimony.testify(name, kind, kept.sensors[name], T0, HOUR, kept.hold)
        assert (word.claim, word.says) == ("lost", "never_heard")


def test_a_counter_whose_empty_room_was_found_later_begins_anew() -> None:
    assert learned(lived(), T0 - 2 * HOUR).sensors["gate"].count is None


def test_nothing_is_shared_with_the_present() -> None:
    now = lived()
    before = memory.to_json(now)
    kept = learned(now, T0)
    for sensor in kept.sensors.values():
        sensor.trust.level = 0.0
        for gauge in sensor.air.gauges.values() if sensor.air is not None else ():
            gauge.week[0] = 9
            gauge.hour.append(1.0)
    kept.sensors.clear()
    assert memory.to_json(now) == before
