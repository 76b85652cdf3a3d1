"""The gateway without any wire: messages go in, verdicts and room states come out, the same live and in evaluation.

Everything happens at instants the messages name: before a message is folded, every deadline before it has its
effect. How a backlog is cut into steps, or where a crash falls, changes nothing.
"""

from dataclasses import dataclass
from typing import Literal, NamedTuple

from gateway.admit import Timing, timing
from gateway.decode import Directory, Route, decode, fields_of
from gateway.fold.space import SpaceTruth
from gateway.fold.spaces import SpaceKey, SpaceNews, Spaces
from gateway.fold.words import fold, fold_late, fold_status, hear
from services.contracts.commands import Status
from services.contracts.community import Community
from services.contracts.errors import FoldspaceError
from services.contracts.events import ButtonPressed
from services.contracts.names import Millis
from services.contracts.readings import ButtonReading, HealthReading, Reading
from services.contracts.states import RoomState
from services.journal.records import BootSequence, DeviceLife, SequenceKey
from services.timeseries.ports import ReadingPoint


class Outcome(NamedTuple):
    """What became of one message."""

    verdict: Literal["stored", "duplicate", "quarantined"]
    fault: str = ""
    reason: str = ""
    point: ReadingPoint | None = None
    button: ButtonPressed | None = None
    late: bool = False
    clock_corrected: bool = False


@dataclass(slots=True)
class Delta:
    """What changed since the last one was taken, to be settled together with the cursor."""

    sequences: dict[SequenceKey, BootSequence]
    devices: dict[tuple[str, str], DeviceLife]
    spaces: SpaceNews


class RoomTruth:
    """Decodes, admits and folds. Not for several threads.

    `every_change`: `tick` reports every change of a state, not only the last of each space.
    """

    def __init__(self, community: Community, *, every_change: bool = True) -> None:
        self._directory = Directory(community)
        self._spaces = Spaces(every_change=every_change)
        self._spaces.adopt(community)
        self._sequences: dict[SequenceKey, BootSequence] = {}
        self._lives: dict[tuple[str, str], DeviceLife] = {}
        self._delta = Delta({}, {}, SpaceNews())

    # -- life

    def adopt(self, community: Community) -> None:
        """Take over a new version of the community; sensors that stay in their space keep their memory."""
        self._directory = Directory(community)
        self._spaces.adopt(community)

    def restore(
        self,
        sequences: dict[SequenceKey, BootSequence],
        lives: dict[tuple[str, str], DeviceLife],
        snapshots: dict[str, str],
    ) -> None:
        """Continue where the journal's last settlement ended."""
        self._sequences, self._lives = sequences, lives
        self._spaces.restore(snapshots)

    def listening(self, now: Millis) -> None:
        """Say that from `now` on a silent device is really silent: before, nobody listened."""
        self._spaces.listening(now)

    def take(self) -> Delta:
        """Return what changed since the last call."""
        delta, self._delta = self._delta, Delta({}, {}, SpaceNews())
        delta.spaces = self._spaces.take()
        for site, alert in delta.spaces.alerts:  # who is lost by silence says nothing that could be booked on arrival
            key = (site, str(alert.params["device"]))
            life = delta.devices[key] = self._life(key)
            life.online = alert.cleared
        return delta

    def snapshots(self, touched: set[SpaceKey]) -> dict[str, str]:
        """Return the memory of these spaces as JSON, by name, with the instant they belong to."""
        return self._spaces.snapshots(touched)

    # -- messages

    def feed(self, at: Millis, topic: str, payload: bytes, *, journal_id: int = 0, live: bool = True) -> Outcome:
        """Take in a message that arrived at `at`. Retained or replayed (not `live`) it says nothing of the present."""
        self._spaces.advance(at, live)
        try:
            route = self._directory.route(topic)
            message = decode(route, payload)
            when = timing(getattr(message, "ts", None) if route.model is None else None, at)
        except FoldspaceError as error:
            return Outcome("quarantined", error.kind, str(error))
        device = route.device
        key = (device.site, device.id)
        life = self._life(key)
        life.last_seen = max(life.last_seen, at)
        self._delta.devices[key] = life
        space = self._spaces[device.site, device.space]
        self._spaces.touch((device.site, device.space))
        if isinstance(message, Reading):
            return self._reading(space, route, message, when, at, journal_id, life, live)
        if isinstance(message, Status):
            repeated = life.status == payload
            life.status = payload
            if live or not message.online:  # a birth told from the past proves nothing, a last will still holds
                life.online = message.online
                self._status(space, device.id, message)
            life.boot, life.fw = message.boot or life.boot, message.fw or life.fw
            if repeated:
                return Outcome("duplicate")
        return Outcome("stored", point=_point(route, at, None, at, None, None, journal_id, fields_of(message)))

    def _life(self, key: tuple[str, str]) -> DeviceLife:
        life = self._lives.get(key)
        if life is None:
            life = self._lives[key] = DeviceLife()
        return life

    def _status(self, space: SpaceTruth, device: str, status: Status) -> None:
        if fold_status(space.memory.sensors[device], status, self._spaces.now, space.watches[device].limit):
            self._spaces.evaluate((space.space.site, space.space.id), device)

    def _reading(
        self,
        space: SpaceTruth,
        route: Route,
        reading: Reading,
        when: Timing,
        arrival: Millis,
        journal_id: int,
        life: DeviceLife,
        live: bool,
    ) -> Outcome:
        device = route.device
        sequence: BootSequence | None = None
        if reading.boot is not None and reading.seq is not None:
            key = SequenceKey(device.site, device.id, reading.boot)
            sequence = self._sequences.get(key)
            if sequence is None:
                sequence = self._sequences[key] = BootSequence()
            sequence.last_seen = max(sequence.last_seen, arrival)
            self._delta.sequences[key] = sequence
            if reading.seq in sequence.seen:
                return Outcome("duplicate")
        if isinstance(reading, HealthReading):
            life.battery_pct = reading.battery_pct if reading.battery_pct is not None else life.battery_pct
            life.rssi_dbm = reading.rssi_dbm if reading.rssi_dbm is not None else life.rssi_dbm
            life.fw = reading.fw or life.fw
        button: ButtonPressed | None = None
        if live:
            life.online = True
            life.boot = reading.boot or life.boot
            button = self._fold(space, route, reading, when, journal_id)
        point = _point(route, when.at, reading.ts, arrival, reading.boot, reading.seq, journal_id, fields_of(reading))
        if sequence is not None and reading.seq is not None:
            sequence.seen.add(reading.seq)  # last, so that a fault of ours above leaves it to be replayed
        return Outcome("stored", "", "", point, button, when.late, when.corrected)

    def _fold(
        self, space: SpaceTruth, route: Route, reading: Reading, when: Timing, journal_id: int
    ) -> ButtonPressed | None:
        device = route.device
        sensor = space.memory.sensors[device.id]
        news = hear(sensor, self._spaces.now, reading.boot, space.watches[device.id].limit)
        if when.late:
            news |= fold_late(sensor, reading, when.at, self._spaces.now)
        else:
            news |= fold(sensor, reading, when.at, self._spaces.now)
        if news:
            self._spaces.evaluate((device.site, device.space), device.id)
        if when.late or not isinstance(reading, ButtonReading):
            return None
        named = reading.boot is not None and reading.seq is not None
        return ButtonPressed(
            ref=f"{device.site}/{device.id}/" + (f"{reading.boot}/{reading.seq}" if named else f"journal/{journal_id}"),
            device=device.id,
            space=device.space,
            action=reading.action,
            code=reading.code,
            at=when.at,
        )

    # -- states

    def tick(self, now: Millis) -> list[RoomState]:
        """Let time pass; return the states that changed since the last tick, in order."""
        self._spaces.advance(now, live=True)
        return self._spaces.changed()

    def states(self) -> dict[SpaceKey, RoomState]:
        """Return the state of every space, with ages as of now."""
        return self._spaces.states()

    def state(self, key: SpaceKey) -> RoomState | None:
        """Return the state of one space, with ages as of now; None when there is no such space."""
        return self._spaces.state(key)

    @property
    def next_due(self) -> Millis:
        """The next instant at which something may change by itself."""
        return self._spaces.next_due


def _point(
    route: Route,
    at: Millis,
    device_at: Millis | None,
    received_at: Millis,
    boot: str | None,
    seq: int | None,
    journal_id: int,
    fields: dict[str, float | int | bool | str],
) -> ReadingPoint:
    device = route.device
    return ReadingPoint(
        device.site, device.space, device.id, route.kind, at, device_at, received_at, boot, seq, journal_id, fields
    )
