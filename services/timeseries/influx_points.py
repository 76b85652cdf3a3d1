"""What a point looks like in InfluxDB: its series, its time to the nanosecond and its fields with fixed types.

Series: `readings` by (device, kind, site, space), `states` by (site, space). Boot and sequence number are fields: a tag
that changes with every start of a device would make a series of each.

Time: points of one series and one nanosecond overwrite each other, and that is what makes a repeat harmless. So the
time carries the identity: `at` in milliseconds, and below that (boot, seq), or the journal id of a reading without
them. A million sequence numbers in a row never meet within one boot, nor do a million nameless readings in a row;
readings of two boots of one device in one millisecond meet once in a million, for each pair.

Fields: InfluxDB fixes a field's type by the first point it sees. Names of the contract have the contract's type; any
other name carries its JSON type as a suffix (`__n` number, as float; `__s` string; `__b` boolean). What fits neither
(names with odd characters, numbers that a float cannot hold) goes into the field `more` as one JSON object.
"""

import json
import re
import zlib
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Final

from services.contracts.names import Millis
from services.timeseries import lineprotocol
from services.timeseries.ports import ReadingPoint, StatePoint, Value

READINGS: Final = "readings"
STATES: Final = "states"
NS: Final = 1_000_000
"""Nanoseconds in a millisecond."""

FIELD_TYPES: Final[dict[str, type[float] | type[int] | type[bool] | type[str]]] = {
    "present": bool,
    "motion": bool,
    "people": int,
    "in": int,
    "out": int,
    "open": bool,
    "locked": bool,
    "port": int,
    "state": str,
    "power_w": float,
    "energy_wh": float,
    "session": str,
    "co2_ppm": float,
    "temp_c": float,
    "rh_pct": float,
    "lux": float,
    "noise_db": float,
    "pm25": float,
    "wifi_clients": int,
    "action": str,
    "code": str,
    "slot": int,
    "battery_pct": float,
    "rssi_dbm": float,
    "uptime_s": float,
    "fw": str,
}
"""The fields of the contract's readings, which a test compares with the models."""

_OUR_FIELDS: Final = frozenset({"time", "site", "space", "device", "kind", "boot", "seq", "journal_id", "device_at"})
_RECEIVED_AT: Final = "received_at"
_MORE: Final = "more"
_SUFFIXES: Final[dict[type, str]] = {float: "__n", int: "__n", str: "__s", bool: "__b"}
_PLAIN_NAME = re.compile(r"[^\W_][\w .:/-]{0,63}")
_EXACT: Final = 2**53
"""Up to here a float holds every integer."""

_Writer = Callable[[Any], str]
_WRITERS: Final[dict[type, _Writer]] = {
    float: lineprotocol.number,
    int: lineprotocol.integer,
    bool: lineprotocol.boolean,
    str: lineprotocol.text,
}


def reading_line(point: ReadingPoint) -> bytes:
    """Return a reading as a line of line protocol. Raises ValueError for what cannot be said."""
    said: list[str] = []
    more: dict[str, Value] | None = None
    for name, content in point.fields.items():
        slot = _slot(name, type(content))  # type: ignore[arg-type]  # classes are hashable; mypy does not see it
        if slot is not None:
            start, write = slot
            try:
                said.append(start + write(content))
                continue
            except (ValueError, OverflowError):
                pass  # kept below, as JSON
        more = more or {}
        more[name] = content
    boot, seq = point.boot, point.seq
    if boot is not None:
        said.append("boot=" + lineprotocol.text(boot))
    if seq is not None:
        said.append(f"seq={seq}i")
    if point.device_at is not None:
        said.append(f"device_at={point.device_at}i")
    if more:
        said.append(f"{_MORE}={lineprotocol.text(json.dumps(more, ensure_ascii=False, separators=(',', ':')))}")
    said.append(f"journal_id={point.journal_id}i,received_at={point.received_at}i")
    below = point.journal_id if boot is None or seq is None else zlib.crc32(boot.encode()) + seq
    series = _reading_series(point.site, point.space, point.device, point.kind)
    return f"{series} {','.join(said)} {point.at * NS + below % NS}".encode()


def state_line(point: StatePoint) -> bytes:
    """Return a belief as a line of line protocol; the later of two in one millisecond replaces the earlier whole."""
    # Fields missing from the later point would survive from the earlier one, so every field is always there.
    people = -1 if point.people is None else point.people
    fields: list[tuple[str, Value]] = [
        ("occupancy", point.occupancy),
        ("people", people),
        ("confidence", float(point.confidence)),
        ("release_grade", point.release_grade),
    ]
    tags = (("site", point.site), ("space", point.space))
    return lineprotocol.encode(STATES, tags, fields, point.at * NS).encode()


def reading_of(row: Mapping[str, Any]) -> ReadingPoint:
    """Return the reading of a row of InfluxDB: columns without nulls, `time` in nanoseconds."""
    fields: dict[str, Value] = {}
    for column, content in row.items():
        if column in _OUR_FIELDS or column == _RECEIVED_AT:
            continue
        kind = FIELD_TYPES.get(column)
        if kind is not None:
            fields[column] = kind(content)
        elif column[-3:] in _SUFFIXES.values():
            fields[column[:-3]] = content
        elif column == _MORE:
            fields.update(json.loads(content))
    return ReadingPoint(
        site=row["site"],
        space=row["space"],
        device=row["device"],
        kind=row["kind"],
        at=_millis(row),
        device_at=row.get("device_at"),
        received_at=row[_RECEIVED_AT],
        boot=row.get("boot"),
        seq=row.get("seq"),
        journal_id=row["journal_id"],
        fields=fields,
    )


def state_of(row: Mapping[str, Any]) -> StatePoint:
    """Return the belief of a row of InfluxDB."""
    people = row["people"]
    return StatePoint(
        site=row["site"],
        space=row["space"],
        at=_millis(row),
        occupancy=row["occupancy"],
        people=None if people < 0 else people,
        confidence=float(row["confidence"]),
        release_grade=row["release_grade"],
    )


def order(point: ReadingPoint) -> tuple[Millis, str, str, str, int, int]:
    """Return what readings are ordered by."""
    return (point.at, point.device, point.kind, point.boot or "", point.seq or 0, point.journal_id)


def _millis(row: Mapping[str, Any]) -> Millis:
    return int(row["time"]) // NS


@lru_cache(maxsize=32_768)
def _reading_series(site: str, space: str, device: str, kind: str) -> str:
    return lineprotocol.series(READINGS, (("device", device), ("kind", kind), ("site", site), ("space", space)))


@lru_cache(maxsize=4096)
def _slot(name: str, kind: type) -> tuple[str, _Writer] | None:
    """Return how a field of this name and Python type begins and is written; None: it goes into `more`."""
    fixed = FIELD_TYPES.get(name)
    if fixed is kind or (fixed is float and kind is int):
        return f"{name}=", _WRITERS[fixed]
    suffix = _SUFFIXES.get(kind)
    if suffix is None or not _PLAIN_NAME.fullmatch(name):
        return None
    start = lineprotocol.key(name + suffix) + "="
    return start, _whole_number if kind is int else _WRITERS[kind]


def _whole_number(content: int) -> str:
    if not -_EXACT <= content <= _EXACT:
        raise ValueError(f"integer {content}: a float does not hold it")
    return str(content)
