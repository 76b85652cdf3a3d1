"""One space over time: its sensors' memory, what is believed of it, and how that is said in a room state."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from gateway.fold.belief import Belief, deciding, of_a_whole, together, weigh
from gateway.fold.memory import SensorMemory, SpaceMemory
from gateway.fold.testimony import NEVER, Testimony, is_lost, testify
from services.contracts.community import Device, Space
from services.contracts.events import Alert
from services.contracts.names import Millis
from services.contracts.states import Charging, DeviceTally, DoorState, Evidence, RoomState

EVIDENCE_SHOWN = 6


@dataclass(frozen=True, slots=True)
class Watch:
    """A device of the space, and how long it may be silent in ms."""

    device: Device
    limit: Millis


class Answer(NamedTuple):
    """What one device said when it was last asked. Until `until` it would say the same, if nothing new came."""

    said: tuple[Testimony, ...]
    lost: bool
    shown: tuple[object, ...]
    until: Millis


class SpaceTruth:
    """What is believed of one space. Evaluated at messages and at `due`, never by the way the loop happens to run."""

    def __init__(
        self,
        space: Space,
        watches: Sequence[Watch],
        memory: SpaceMemory,
        parts: Sequence["SpaceTruth"],
    ) -> None:
        self.space = space
        self.parts = parts
        self.memory = memory
        self.watches = {watch.device.id: watch for watch in watches}
        self.due: Millis = 0
        self.belief = Belief("unknown", "just_started")
        self._answers: dict[str, Answer] = {}
        self._troubled = False
        self.take_over(memory)

    def take_over(self, memory: SpaceMemory) -> None:
        """Go on from `memory`, with exactly the sensors the catalogue names."""
        self.memory = memory
        memory.sensors = {name: memory.sensors.get(name) or SensorMemory() for name in self.watches}
        self._answers.clear()

    def owe(self, watch: Watch) -> bool:
        """Take over how long a device may be silent; tell whether that is new."""
        new = self.watches[watch.device.id] != watch
        self.watches[watch.device.id] = watch
        return new

    def evaluate(self, now: Millis, listening_since: Millis, news_of: str | None = None) -> bool:
        """Weigh everything at `now`; tell whether a person would see something new. `news_of`: who just spoke."""
        changed = self._troubled = False
        due = NEVER
        said: list[Testimony] = []
        for name, watch in self.watches.items():
            sensor = self.memory.sensors[name]
            answer = self._answers.get(name)
            if answer is None or name == news_of or now >= answer.until:
                before, answer = answer, _ask(watch, sensor, now)
                self._answers[name] = answer
                changed = changed or before is None or before.shown != answer.shown
            due = min(due, answer.until)
            if answer.lost != sensor.alerted and sensor.heard is not None:
                self._troubled = True
                if listening_since + watch.limit > now:  # it is blamed then, if it is still silent
                    due = min(due, listening_since + watch.limit)
            said.extend(answer.said)
        if self.parts:
            said = of_a_whole(said)
            own = weigh(said, self.memory, now) if said else None
            belief = together(own, [part.belief for part in self.parts])
        else:
            belief = weigh(said, self.memory, now)
        self.due = min(due, belief.until)
        changed = changed or belief[:-1] != self.belief[:-1]
        self.belief = belief
        if belief.occupancy != self.memory.occupancy or self.memory.since == 0:
            self.memory.occupancy, self.memory.since = belief.occupancy, now
        return changed

    def state(self, now: Millis) -> RoomState:
        """Return the room state as last evaluated, with ages at `now`."""
        belief, sensors = self.belief, self.memory.sensors
        lost = {name for name, answer in self._answers.items() if answer.lost}
        ports = [p.state for name, s in sensors.items() if name not in lost for p in s.ports.values()]
        said = self._words(now)
        ranked = sorted((t for t in said if t.at is not None), key=lambda t: -(t.at or 0))
        silent = [t for t in said if t.at is None]
        return RoomState(
            site=self.space.site,
            space=self.space.id,
            occupancy=belief.occupancy,
            people=belief.people,
            confidence=belief.confidence,
            release_grade=belief.release_grade,
            since=self.memory.since,
            as_of=now,
            reason=f"states.{belief.reason}",
            evidence=tuple(
                Evidence(
                    device=t.device,
                    kind=t.kind,
                    says=f"{t.people} people" if t.says == "people" else t.says,
                    age_s=max(0, now - (now if t.at is None else t.at)) / 1000,
                )
                for t in (ranked + silent)[:EVIDENCE_SHOWN]
            ),
            doors={
                name: DoorState(open=sensor.door.open, locked=sensor.door.locked)
                for name, sensor in sensors.items()
                if sensor.door is not None and name not in lost
            },
            charging=Charging(
                ports=sum(len(sensor.ports) for sensor in sensors.values()),
                in_use=ports.count("charging"),
                fault=ports.count("fault"),
            ),
            devices=DeviceTally(online=len(self.watches) - len(lost), offline=len(lost)),
        )

    def _words(self, now: Millis) -> list[Testimony]:
        """Return what its sensors say; of a space of parts what it listens to of both."""
        own = [
            t
            for name, watch in self.watches.items()
            for t in testify(name, watch.device.kind, self.memory.sensors[name], now, watch.limit)
        ]
        if not self.parts:
            return own
        agreeing = [part for part in self.parts if part.belief.occupancy == self.belief.occupancy]
        return of_a_whole(own) + [t for part in agreeing for t in deciding(part._words(now), part.belief.occupancy)]

    def alerts(self, now: Millis, listening_since: Millis) -> list[Alert]:
        """Return news about devices lost and back. Who was silent while nobody listened is not blamed for it."""
        found: list[Alert] = []
        if not self._troubled:
            return found
        for name, watch in self.watches.items():
            sensor = self.memory.sensors[name]
            if sensor.heard is None:
                continue  # not yet installed, as far as anybody knows
            lost = is_lost(sensor, now, watch.limit)
            blamed = lost and (sensor.offline or now >= listening_since + watch.limit)
            if sensor.alerted == (lost if sensor.alerted else blamed):
                continue
            sensor.alerted = lost
            found.append(self._alert(name, sensor, now, lost))
        return found

    def standing_alerts(self) -> list[Alert]:
        """Return again what was told about devices that are still lost."""
        lost = [(name, sensor) for name, sensor in self.memory.sensors.items() if sensor.alerted]
        return [self._alert(name, sensor, sensor.heard or 0, True) for name, sensor in lost]

    def _alert(self, name: str, sensor: SensorMemory, at: Millis, lost: bool) -> Alert:
        return Alert(
            key=f"device/{self.space.site}/{name}",
            level="warning" if self.belief.occupancy == "unknown" else "info",
            at=at,
            cleared=not lost,
            text="states.alert_device_lost" if lost else "states.alert_device_back",
            params={
                "device": name,
                "space": self.space.id,
                "space_name": self.space.name,
                "heard_at": sensor.heard,
            },
        )


def _ask(watch: Watch, sensor: SensorMemory, now: Millis) -> Answer:
    said = tuple(testify(watch.device.id, watch.device.kind, sensor, now, watch.limit))
    lost = is_lost(sensor, now, watch.limit)
    until = min((t.until for t in said), default=NEVER)
    if not lost and sensor.heard is not None:
        until = min(until, sensor.heard + watch.limit)
    shown = (
        lost,
        [(t.kind, t.says, t.people) for t in said],
        sensor.door.locked if sensor.door is not None else None,
        [port.state for port in sensor.ports.values()],
    )
    return Answer(said, lost, shown, until)
