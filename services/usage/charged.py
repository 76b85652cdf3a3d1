"""What the charging ports of a space did on a local day: sessions, energy, hours in use, faults. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from services.contracts.names import HOUR, Millis
from services.timeseries.ports import ReadingPoint
from services.usage.hours import Day
from services.usage.meters import added

LOOK_BACK: Millis = HOUR
"""A port in use speaks more often than that: whose session it is, and what its meter shows, is known from before."""

Port = tuple[str, int]
"""Device and number."""


@dataclass(slots=True)
class Charged:
    """The ports of one space on one day; times in milliseconds over all its ports."""

    ports: set[Port] = field(default_factory=set)
    sessions: int = 0
    """Begun on the day."""
    energy_wh: float = 0.0
    in_use: Millis = 0
    faults: int = 0
    """How often a port went out of order."""
    faulty: Millis = 0
    observed: Millis = 0
    """For how long it is known what the ports did."""


@dataclass(slots=True)
class _Port:
    at: Millis
    state: str
    session: str | None
    energy_wh: float


def charged(readings: Sequence[ReadingPoint], day: Day, silent: Millis) -> Charged:
    """Return what the ports did. `readings` are those of the kind `charging`, in order, from LOOK_BACK before the day.

    A port is as it last said, for `silent` milliseconds at most: what it did after that nobody knows.
    """
    found = Charged()
    ports: dict[Port, _Port] = {}
    for one in readings:
        said = _said(one)
        if said is None:
            continue
        port = (one.device, said[0])
        before = ports.get(port)
        now = _Port(one.at, *said[1:])
        if before is not None:
            _held(found, before, min(one.at, before.at + silent), day)
        if one.at >= day.start:
            found.ports.add(port)
            if before is not None:
                found.energy_wh += added(before.energy_wh, now.energy_wh)
                found.sessions += _begins(before, now)
                found.faults += now.state == "fault" and before.state != "fault"
            else:  # heard for the first time: what it is doing counts, what its meter showed before does not
                found.sessions += now.session is not None or now.state == "charging"
                found.faults += now.state == "fault"
        ports[port] = now
    for port, last in ports.items():
        if last.at + silent > day.start:
            found.ports.add(port)
        _held(found, last, min(day.end, last.at + silent), day)
    return found


def _said(one: ReadingPoint) -> tuple[int, str, str | None, float] | None:
    port, state, session = one.fields.get("port"), one.fields.get("state"), one.fields.get("session")
    energy = one.fields.get("energy_wh")
    if not isinstance(port, int) or not isinstance(state, str) or not isinstance(energy, int | float):
        return None
    return port, state, session if isinstance(session, str) and session else None, float(energy)


def _begins(before: _Port, now: _Port) -> bool:
    if now.session is not None:
        return now.session != before.session
    # Without names a session begins when the port begins to charge; one that went on after a fault is another.
    return now.state == "charging" and before.state in ("idle", "fault")


def _held(found: Charged, port: _Port, until: Millis, day: Day) -> None:
    spent = min(until, day.end) - max(port.at, day.start)
    if spent <= 0:
        return
    found.observed += spent
    if port.state == "charging":
        found.in_use += spent
    elif port.state == "fault":
        found.faulty += spent
