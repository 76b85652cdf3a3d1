"""The gateway without any wire: messages go in, verdicts and room states come out, the same live and in evaluation.

Everything happens at instants the messages name: before a message is folded, every deadline before it has its
effect. How a backlog is cut into steps, or where a crash falls, changes nothing.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from gateway import clocks, strangers
from gateway.admit import LATE_AFTER, Timing, timing
from gateway.codecs.said import Said, kind_of
from gateway.decode import Directory, Route, UnknownDeviceError, decode, fields_of
from gateway.fold.answers import Watch
from gateway.fold.late import Late, beyond, is_ripe, noted, together
from gateway.fold.spaces import SpaceKey, SpaceNews, Spaces
from gateway.fold.words import fold_status
from gateway.hindsight import Task, task_of
from services.contracts.commands import Status
from services.contracts.community import Community, Device
from services.contracts.errors import FoldspaceError
from services.contracts.events import Alert, ButtonPressed
from services.contracts.heartbeats import reported_s, silence_limit
from services.contracts.names import Millis
from services.contracts.readings import (
    ButtonReading,
    ChargingReading,
    ClimateReading,
    CountReading,
    DoorReading,
    HealthReading,
    MotionReading,
    PresenceReading,
    Reading,
)
from services.contracts.states import Evidence, RoomState
from services.journal.lives import DeviceLife
from services.journal.records import BootSequence, SequenceKey
from services.journal.unclaimed import UnclaimedDevice
from services.timeseries.ports import ReadingPoint, Value


class Outcome(NamedTuple):
    """What became of one message."""

    verdict: Literal["stored", "duplicate", "quarantined"]
    fault: str = ""
    reason: str = ""
    points: tuple[ReadingPoint, ...] = ()
    button: ButtonPressed | None = None
    late: bool = False
    clock_corrected: bool = False


_DUPLICATE = Outcome("duplicate")

_TELLING = (PresenceReading, MotionReading, CountReading, DoorReading, ChargingReading, ClimateReading)
"""What tells of people, and corrects history when it comes late."""


@dataclass(slots=True)
class Delta:
    """What changed since the last one was taken."""

    sequences: dict[SequenceKey, BootSequence] = field(default_factory=dict)
    devices: dict[tuple[str, str], DeviceLife] = field(default_factory=dict)
    strangers: dict[tuple[str, str], UnclaimedDevice] = field(default_factory=dict)
    spaces: SpaceNews = field(default_factory=SpaceNews)

    def add(self, later: "Delta") -> None:
        """Take in what changed after this: whose memory has to be kept, not what there is to tell."""
        self.sequences.update(later.sequences)
        self.devices.update(later.devices)
        self.strangers.update(later.strangers)
        self.spaces.touched |= later.spaces.touched

    @property
    def empty(self) -> bool:
        """Whether there is nothing to keep."""
        return not (self.sequences or self.devices or self.strangers or self.spaces.touched)


class RoomTruth:
    """Decodes, admits and folds. Not for several threads.

    `every_change`: `tick` reports every change of a state, not only the last of each space.
    """

    def __init__(
        self,
        community: Community,
        keys: Mapping[tuple[str, str], bytes] | None = None,
        *,
        every_change: bool = True,
    ) -> None:
        self._directory = Directory(community, keys)
        self._spaces = Spaces(every_change=every_change)
        self._community = community
        self._sequences: dict[SequenceKey, BootSequence] = {}
        self._lives: dict[tuple[str, str], DeviceLife] = {}
        self._spaces.adopt(community, self._limit_of)
        self._strangers: dict[tuple[str, str], UnclaimedDevice] = {}
        self._delta = Delta()
        self._since_task: dict[SpaceKey, Late | None] = {}
        """What came late since the task was begun that corrects the history of the space."""

    # -- life

    def adopt(self, community: Community, keys: Mapping[tuple[str, str], bytes] | None = None) -> list[tuple[str, str]]:
        """Take over a new version of the community; return who was a stranger and is known now.

        Sensors that stay in their space keep their memory.
        """
        self._directory = Directory(community, keys, self._directory.allowances)
        self._community = community
        self._spaces.adopt(community, self._limit_of)
        claimed = [key for key in self._strangers if self._directory.knows(key)]
        for key in claimed:
            del self._strangers[key]
            self._delta.strangers.pop(key, None)
        return claimed

    def restore(
        self,
        sequences: dict[SequenceKey, BootSequence],
        lives: dict[tuple[str, str], DeviceLife],
        snapshots: dict[str, str],
        unclaimed: Iterable[UnclaimedDevice] = (),
    ) -> None:
        """Continue where the last checkpoint was kept."""
        self._sequences, self._lives = sequences, lives
        self._strangers = {(one.site, one.device): one for one in unclaimed}
        self._spaces.adopt(self._community, self._limit_of)  # devices may have been set to other heartbeats
        self._spaces.restore(snapshots)

    def forget_boots(self, gone: Iterable[SequenceKey]) -> None:
        """Forget the sequence numbers of boots nobody hears any more."""
        for key in gone:
            self._sequences.pop(key, None)

    def listening(self, now: Millis) -> None:
        """Say that from `now` on a silent device is really silent: before, nobody listened."""
        self._spaces.listening(now)

    def take(self) -> Delta:
        """Return what changed since the last call."""
        delta, self._delta = self._delta, Delta()
        delta.spaces = self._spaces.take()
        for site, alert in delta.spaces.alerts:  # who is lost by silence says nothing that could be booked on arrival
            key = (site, str(alert.params["device"]))
            life = delta.devices[key] = self._life(key)
            if alert.key.startswith("device/"):
                life.online = alert.cleared
            else:
                life.doubt = None if alert.cleared else str(alert.params["reason"])
        return delta

    def take_again(self) -> None:
        """Forget what there is to tell, as it has been told; whose memory changed still has to be kept."""
        delta = self.take()
        delta.spaces.points.clear()
        delta.spaces.alerts.clear()
        self._delta = delta
        for key in delta.spaces.touched:
            self._spaces.touch(key)

    def snapshots(self, touched: set[SpaceKey]) -> dict[str, str]:
        """Return the memory of these spaces as JSON, by name, with the instant they belong to."""
        return self._spaces.snapshots(touched)

    @property
    def filters(self) -> tuple[str, ...]:
        """What has to be listened to on the broker."""
        return self._directory.filters

    # -- messages

    def feed(self, at: Millis, topic: str, payload: bytes, *, journal_id: int = 0, live: bool = True) -> Outcome:
        """Take in a message that arrived at `at`. Retained or replayed (not `live`) it says nothing of the present."""
        self._spaces.advance(at, live)
        try:
            route = self._directory.route(topic)
            route.allowance.take(at, route.device.id)
            message = decode(route, topic, payload)
        except FoldspaceError as error:
            if isinstance(error, UnknownDeviceError) and error.stranger is not None:
                self._meet(error.stranger, payload, at)
            return Outcome("quarantined", error.kind, str(error))
        if isinstance(message, Said):
            return self._vendor(route, message, topic, payload, at, journal_id, live)
        life = self._heard(route, at)
        if isinstance(message, Reading):
            return self._readings(route, (message,), at, journal_id, life, live)
        if isinstance(message, Status):
            told = payload.decode("latin-1")
            repeated = life.status == told
            life.status = told
            self._take_setup(route, life, message.__pydantic_extra__)
            if live or not message.online:  # a birth told from the past proves nothing, a last will still holds
                life.online = message.online
                self._status(route, message)
            life.boot, life.fw = message.boot or life.boot, message.fw or life.fw
            if repeated:
                return _DUPLICATE
        return Outcome(
            "stored", points=(_point(route, route.kind, at, None, at, None, None, journal_id, fields_of(message)),)
        )

    def _heard(self, route: Route, at: Millis) -> DeviceLife:
        device = route.device
        key = (device.site, device.id)
        life = self._life(key)
        if at > life.last_seen:
            life.last_seen = at
        self._delta.devices[key] = life
        self._spaces.touch((device.site, device.space))
        return life

    def _life(self, key: tuple[str, str]) -> DeviceLife:
        life = self._lives.get(key)
        if life is None:
            life = self._lives[key] = DeviceLife()
        return life

    def _meet(self, stranger: tuple[str, str, str], payload: bytes, at: Millis) -> None:
        key = stranger[:2]
        met = strangers.meet(self._strangers, stranger, payload, at)
        if met is not None:
            self._strangers[key] = self._delta.strangers[key] = met

    def _status(self, route: Route, status: Status) -> None:
        device = route.device
        space = self._spaces[device.site, device.space]
        if fold_status(space.memory.sensors[device.id], status, self._spaces.now, space.watches[device.id].limit):
            self._spaces.evaluate((device.site, device.space), device.id)

    def _limit_of(self, device: Device) -> Millis:
        """Return how long a device may be silent, by what it was set to or else by the catalogue."""
        life = self._lives.get((device.site, device.id))
        reported = None if life is None else reported_s(life.config, life.config_v)
        return silence_limit(device.kind, reported or device.heartbeat_s)

    def _take_setup(self, route: Route, life: DeviceLife, extra: Mapping[str, object] | None) -> None:
        """Note the configuration a device reports, in its birth or its health."""
        if not extra:
            return
        config, version = extra.get("config"), extra.get("config_v")
        if isinstance(config, dict) and isinstance(version, int):
            life.config, life.config_v = config, version
            device = route.device
            space = self._spaces[device.site, device.space]
            if space.owe(Watch(device, self._limit_of(device))):
                self._spaces.evaluate((device.site, device.space), device.id)

    def _vendor(
        self, route: Route, first: Said, topic: str, payload: bytes, at: Millis, journal_id: int, live: bool
    ) -> Outcome:
        """Take in what a vendor's message says of its device, or of the several behind one bridge."""
        outcomes = [self._said(route, first, at, journal_id, live)]
        for other in route.also:
            try:
                assert other.codec is not None  # who shares a topic has one
                said = other.codec.decode(topic, payload, other.device)
                outcomes.append(self._said(other, said, at, journal_id, live))
            except FoldspaceError as error:
                outcomes.append(Outcome("quarantined", error.kind, str(error)))
        stored = [outcome for outcome in outcomes if outcome.verdict == "stored"]
        if not stored:
            return outcomes[0]
        points = [point for outcome in stored for point in outcome.points]
        return stored[0]._replace(points=tuple(points))

    def _said(self, route: Route, said: Said, at: Millis, journal_id: int, live: bool) -> Outcome:
        life = self._heard(route, at)
        if said.online is not None and (live or not said.online):
            life.online = said.online
            self._status(route, Status(online=said.online))
        if said.readings:
            return self._readings(route, said.readings, at, journal_id, life, live)
        fields: dict[str, Value] = {} if said.online is None else {"online": said.online}
        if said.notes:
            fields["notes"] = " ".join(said.notes)
        kind = "status" if said.online is not None else "vendor"
        return Outcome("stored", points=(_point(route, kind, at, None, at, None, None, journal_id, fields),))

    def _readings(
        self,
        route: Route,
        readings: tuple[Reading, ...],
        arrival: Millis,
        journal_id: int,
        life: DeviceLife,
        live: bool,
    ) -> Outcome:
        """Take in the readings of one message, which share its boot and seq."""
        device = route.device
        first = readings[0]
        sequence: BootSequence | None = None
        if first.boot is not None and first.seq is not None:
            key = SequenceKey(device.site, device.id, first.boot)
            sequence = self._sequences.get(key)
            if sequence is None:
                sequence = self._sequences[key] = BootSequence()
            if arrival > sequence.last_seen:
                sequence.last_seen = arrival
            self._delta.sequences[key] = sequence
            if first.seq in sequence.seen:
                return _DUPLICATE
        try:
            when = timing(first.ts, arrival, life.clock if first.boot in (None, life.clock.boot) else None)
        except FoldspaceError as error:
            return Outcome("quarantined", error.kind, str(error))
        if live:
            life.online = True
            life.boot = first.boot or life.boot
            if first.ts is not None:
                clocks.observe(life.clock, first.boot, first.ts, arrival)
        button: ButtonPressed | None = None
        points: list[ReadingPoint] = []
        if when.late if live else when.at < self._spaces.now - LATE_AFTER:  # a replay does not know how late it is
            self._note_late((device.site, device.space), readings, when.at)
        for reading in readings:
            if isinstance(reading, HealthReading):
                self._health(route, life, reading, when.at)
            if live:
                button = self._fold(route, reading, when, journal_id) or button
            kind = kind_of(reading)
            same = sum(point.kind == kind for point in points) if points else 0
            points.append(
                _point(
                    route,
                    f"{kind}#{same}" if same else kind,  # two ports of one plug are two points of one message
                    when.at,
                    reading.ts,
                    arrival,
                    first.boot,
                    first.seq,
                    journal_id,
                    fields_of(reading),
                )
            )
        if sequence is not None and first.seq is not None:
            sequence.seen.add(first.seq)  # last, so that a fault of ours above leaves it to be replayed
        return Outcome("stored", "", "", tuple(points), button, when.late, when.corrected)

    def _note_late(self, key: SpaceKey, readings: tuple[Reading, ...], at: Millis) -> None:
        if not any(isinstance(reading, _TELLING) for reading in readings):
            return
        memory, now = self._spaces[key].memory, self._spaces.now
        memory.late = noted(memory.late, at, now)
        if key in self._since_task:
            self._since_task[key] = noted(self._since_task[key], at, now)

    def _health(self, route: Route, life: DeviceLife, reading: HealthReading, at: Millis) -> None:
        if reading.battery_pct is not None:
            life.battery_pct = reading.battery_pct
            life.battery.note(at, reading.battery_pct)
        if reading.rssi_dbm is not None:
            life.rssi_dbm = reading.rssi_dbm
            life.signal.note(at, reading.rssi_dbm)
        life.fw = reading.fw or life.fw
        self._take_setup(route, life, reading.__pydantic_extra__)

    def _fold(self, route: Route, reading: Reading, when: Timing, journal_id: int) -> ButtonPressed | None:
        device = route.device
        self._spaces.hear(
            (device.site, device.space), device.id, reading, when.at, late=when.late, clock_off=when.corrected
        )
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

    # -- hindsight

    @property
    def now(self) -> Millis:
        """The instant up to which time has passed."""
        return self._spaces.now

    def begin_task(self, stored_upto: Millis) -> Task | None:
        """Return which history to correct next by late readings; None: none yet. It ends with `end_task`.

        `stored_upto`: all that was folded before is in the time series.
        """
        late = {key: memory.late for key in self._spaces.keys if (memory := self._spaces[key].memory).late is not None}
        ripe = [key for key, one in late.items() if is_ripe(one, stored_upto)]
        if not ripe:
            return None
        key = min(ripe, key=lambda one: late[one].heard)
        self._since_task = {key: None}
        return task_of(key, late[key], self._community, self._spaces.__getitem__, stored_upto)

    def end_task(self, task: Task, end: Millis | None) -> None:
        """Take note that history was corrected by late readings up to `end`; None: it was not, and stays due."""
        key = task.space
        since = self._since_task.pop(key, None)
        if end is not None and key in self._spaces.keys:
            self._spaces[key].memory.late = together(beyond(task.late, end), since)
            self._spaces.touch(key)

    # -- states

    def tick(self, now: Millis) -> list[RoomState]:
        """Let time pass; return the states that changed since the last tick, in order."""
        self._spaces.advance(now, live=True)
        return self._spaces.changed()

    def pass_time(self, now: Millis) -> list[SpaceKey]:
        """Let time pass; return the spaces whose state changed since the last call."""
        self._spaces.advance(now, live=True)
        return self._spaces.fresh()

    @property
    def spaces(self) -> list[SpaceKey]:
        """Every space."""
        return self._spaces.keys

    def states(self) -> dict[SpaceKey, RoomState]:
        """Return the state of every space, with ages as of now."""
        return self._spaces.states()

    def state(self, key: SpaceKey) -> RoomState | None:
        """Return the state of one space, with ages as of now; None when there is no such space."""
        return self._spaces.state(key)

    def probability(self, key: SpaceKey) -> float:
        """Return how likely it is now that somebody is in the space."""
        return self._spaces.probability(key)

    def words(self, key: SpaceKey) -> list[Evidence]:
        """Return what every device of the space says now, and how much it weighs."""
        return self._spaces.evidence(key)

    def standing_alerts(self) -> list[tuple[str, Alert]]:
        """Return the alerts about devices that stand, with their sites."""
        return self._spaces.standing_alerts()

    @property
    def unclaimed(self) -> list[UnclaimedDevice]:
        """The devices that speak and are not in the catalogue."""
        return list(self._strangers.values())

    @property
    def noisy(self) -> list[tuple[str, str]]:
        """The devices that have used up most of what one may send."""
        return [key for key, allowance in self._directory.allowances.items() if allowance.used > 0.5]

    def clocks_off(self, by: Millis) -> list[tuple[str, str, Millis]]:
        """Return (site, device, offset) of devices that are heard and whose clock is off by more than `by`."""
        return [
            (*key, life.clock.offset_ms)
            for key, life in self._lives.items()
            if life.online and life.clock.offset_ms is not None and abs(life.clock.offset_ms) > by
        ]

    @property
    def next_due(self) -> Millis:
        """The next instant at which something may change by itself."""
        return self._spaces.next_due


def _point(
    route: Route,
    kind: str,
    at: Millis,
    device_at: Millis | None,
    received_at: Millis,
    boot: str | None,
    seq: int | None,
    journal_id: int,
    fields: dict[str, Value],
) -> ReadingPoint:
    device = route.device
    return ReadingPoint(
        device.site, device.space, device.id, kind, at, device_at, received_at, boot, seq, journal_id, fields
    )
