"""One device as people see it: how it is, what of it never arrived, what it should be set to, what it was told."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from services.api import present, why
from services.commands.machine import CommandRecord
from services.contracts.community import Device
from services.contracts.heartbeats import Presence
from services.contracts.names import Millis
from services.contracts.retelling import told
from services.contracts.texts import text
from services.journal.lives import ClockTrack, DeviceLife
from services.journal.records import DeviceAccount
from services.journal.wellbeing import owes_s, presence_of
from services.twins.records import Desired, GapRepair

_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class DeviceView:
    """Everything that the view of a device is made from; rendering it is pure."""

    device: Device
    zone: str
    boots: Sequence[DeviceAccount]
    """In the order in which they were last heard; none: it never was."""
    now: Millis
    trust: float | None = None
    """How far the room it is in believes it, 0 to 1; None: it has no say there."""

    @property
    def owed_s(self) -> float:
        """How often it owes a message."""
        return owes_s(self.device, self.boots[-1].life if self.boots else DeviceLife())

    @property
    def presence(self) -> Presence:
        """How it is."""
        return presence_of(self.device, self.boots[-1].life if self.boots else None, self.now)

    def render(
        self,
        repairs: Mapping[str | None, Sequence[GapRepair]],
        desired: Desired | None,
        commands: Iterable[CommandRecord],
        language: str,
    ) -> present.Json:
        """Return the item of GET /devices. `repairs` are by boot."""
        newest = self.boots[-1] if self.boots else None
        life = newest.life if newest else DeviceLife()
        return {
            **present.device(self.device),
            "device": self.device.id,
            "heartbeat_s": self.owed_s,
            "presence": self.presence,
            "online": life.online,
            "last_seen": present.instant(life.last_seen or None, self.zone),
            "battery": _battery(life),
            "battery_pct": life.battery_pct,
            "signal": _signal(life),
            "rssi_dbm": life.rssi_dbm,
            "clock": _clock(life.clock),
            "doubt": why.doubt(life.doubt, language),
            "trust": self.trust,
            "boot": newest.boot if newest else None,
            "fw": life.fw,
            "last_seq": newest.last_seq if newest else None,
            "gaps": [
                {"boot": one.boot, **piece}
                for one in reversed(self.boots)
                for gap in one.gaps
                for piece in pieces(gap, repairs.get(one.boot, ()), language)
            ],
            "desired": None if desired is None else _desired(desired, language),
            "reported": None if life.config is None else {"version": life.config_v, "config": life.config},
            "commands": [command(one, self.zone, language) for one in commands],
        }


def command(record: CommandRecord, zone: str, language: str) -> present.Json:
    """Return a command with where it stands, and since when."""
    at = record.finished_at or record.sent_at or record.created_at
    return {
        "id": record.id,
        "do": record.do,
        "state": record.state.value,
        "at": present.instant(at, zone),
        "error": record.error and told(record.error, language, "device_said"),
    }


def pieces(gap: tuple[int, int], repairs: Iterable[GapRepair], language: str) -> list[present.Json]:
    """Return a gap cut by what is known of its parts; of what was not asked for yet, nothing is."""
    found: list[present.Json] = []
    first, last = gap
    for one in sorted(repairs, key=lambda repair: repair.first):
        low, high = max(one.first, first), min(one.last, last)
        if low > high:
            continue
        if low > first:
            found.append(_piece(first, low - 1, "waiting", None))
        found.append(_piece(low, high, one.state, one.reason and text(one.reason, language)))
        first = high + 1
    if first <= last:
        found.append(_piece(first, last, "waiting", None))
    return found


def _piece(first: int, last: int, state: str, reason: str | None) -> present.Json:
    return {"first": first, "last": last, "state": state, "reason": reason or None}


def _desired(desired: Desired, language: str) -> present.Json:
    refusal = None if desired.refusal is None else text(desired.refusal, language)
    return {"version": desired.version, "config": desired.config, "refusal": refusal}


def _battery(life: DeviceLife) -> present.Json | None:
    if life.battery_pct is None:
        return None
    per_day = life.battery.per_day()
    days_left = life.battery_pct / -per_day if per_day is not None and per_day < 0 else None
    return {
        "pct": life.battery_pct,
        "pct_per_day": _rounded(per_day),
        "days_left": _rounded(days_left),
        "days": [{"day": (_EPOCH + timedelta(days=day)).isoformat(), "pct": value} for day, value in life.battery.days],
    }


def _signal(life: DeviceLife) -> present.Json | None:
    return None if life.rssi_dbm is None else {"dbm": life.rssi_dbm, "dbm_per_day": _rounded(life.signal.per_day())}


def _clock(track: ClockTrack) -> present.Json | None:
    if track.offset_ms is None:
        return None
    return {"offset_ms": track.offset_ms, "drift_ppm": _rounded(track.drift_ppm)}


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 2)
