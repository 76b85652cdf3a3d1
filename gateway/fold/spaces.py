"""All spaces of a community over time: every deadline at its instant, parts before the wholes they belong to."""

import heapq
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from graphlib import TopologicalSorter

from gateway.fold import memory, tidings
from gateway.fold.answers import Watch
from gateway.fold.learned import learned
from gateway.fold.space import SpaceTruth
from gateway.fold.telling import evidence, room_state
from gateway.fold.testimony import NEVER
from gateway.fold.words import fold, fold_late, hear
from services.contracts.community import Community, Device
from services.contracts.events import Alert
from services.contracts.names import MINUTE, Millis
from services.contracts.readings import Reading
from services.contracts.states import Evidence, RoomState
from services.kit.logs import logger
from services.timeseries.ports import StatePoint

CLOCK_STEP: Millis = MINUTE
"""Arrival times that go back further than this mean the machine's clock was set back."""

_NOW = "@now"
"""Name of the snapshot that holds the instant of the others; no space is called so."""

log = logger("gateway")

SpaceKey = tuple[str, str]
"""Site and space."""


@dataclass(slots=True)
class SpaceNews:
    """What happened since it was last taken. `touched`: whose memory changed; `alerts` come with their site."""

    touched: set[SpaceKey] = field(default_factory=set)
    points: list[StatePoint] = field(default_factory=list)
    alerts: list[tuple[str, Alert]] = field(default_factory=list)


class Spaces:
    """Keeps the truth of every space. `every_change`: changes overtaken by later ones are reported as well."""

    def __init__(self, *, every_change: bool) -> None:
        self.now: Millis = 0
        self._every_change = every_change
        self._spaces: dict[SpaceKey, SpaceTruth] = {}
        self._keys: list[SpaceKey] = []
        """Parts before their wholes; `_places` says where in it a space stands."""
        self._places: dict[SpaceKey, int] = {}
        self._dues: list[tuple[Millis, int]] = []
        """A heap of deadlines with the place of their space; one that is no longer its space's `due` is void."""
        self._wholes: dict[SpaceKey, list[SpaceKey]] = {}
        self._told: dict[SpaceKey, tuple[object, ...]] = {}
        self._changed: list[RoomState] = []
        self._fresh: dict[SpaceKey, None] = {}
        self._listening_since: Millis = 0
        self._news = SpaceNews()

    def __getitem__(self, key: SpaceKey) -> SpaceTruth:
        return self._spaces[key]

    def adopt(self, community: Community, limit_of: Callable[[Device], Millis]) -> None:
        """Take over the spaces of a community; sensors that stay in their space keep their memory."""
        old = {key: truth.memory for key, truth in self._spaces.items()}
        by_key = {(space.site, space.id): space for space in community.spaces}
        devices: dict[SpaceKey, list[Device]] = {key: [] for key in by_key}
        for device in community.devices:
            devices[device.site, device.space].append(device)
        order = TopologicalSorter({key: [(key[0], part) for part in space.parts] for key, space in by_key.items()})
        self._take_back_doubts(devices)
        self._spaces = {}
        for key in order.static_order():  # parts come before their wholes, here and wherever spaces are gone through
            parts = [self._spaces[key[0], part] for part in by_key[key].parts]
            self._spaces[key] = SpaceTruth(
                by_key[key],
                [Watch(device, limit_of(device)) for device in devices[key]],
                old.get(key) or memory.SpaceMemory(),
                parts,
            )
        self._keys = list(self._spaces)
        self._places = {key: place for place, key in enumerate(self._keys)}
        self._dues = []
        self._wholes = {key: [] for key in by_key}
        for key, space in by_key.items():
            for part in space.parts:
                self._wholes[space.site, part].append(key)
        self._told = {key: told for key, told in self._told.items() if key in self._spaces}
        if self.now:
            self._evaluate_all()

    def _take_back_doubts(self, devices: dict[SpaceKey, list[Device]]) -> None:
        """Say of devices that leave their space, or are gone, that nobody doubts them any more."""
        for key, truth in self._spaces.items():
            staying = {device.id for device in devices.get(key, ())}
            for name, sensor in truth.memory.sensors.items():
                if sensor.trust.told and name not in staying:
                    self._news.alerts.append((key[0], tidings.doubt(truth.space, name, "", self.now)))

    def restore(self, snapshots: dict[str, str]) -> None:
        """Continue where these snapshots ended."""
        self.now = int(snapshots.get(_NOW, "0"))
        self._listening_since = self.now  # or who was silent while nobody listened would be blamed, and nobody told
        for key, truth in self._spaces.items():
            body = snapshots.get("/".join(key))
            if body is None:
                continue
            try:
                truth.take_over(memory.from_json(body))
            except ValueError as error:  # the room starts as unknown, which is safe
                log.warning("snapshot_unreadable", space="/".join(key), reason=str(error)[:300])
        if self.now:
            self._evaluate_all()
            self._news = SpaceNews()  # nothing of this is new
            self._changed.clear()

    def snapshots(self, touched: set[SpaceKey]) -> dict[str, str]:
        """Return the memory of these spaces as JSON, by name, with the instant they belong to."""
        bodies = {"/".join(key): memory.to_json(self._spaces[key].memory) for key in touched if key in self._spaces}
        return {**bodies, _NOW: str(self.now)}

    def listening(self, now: Millis) -> None:
        """Say that from `now` on a silent device is really silent: before, nobody listened."""
        self._listening_since = now
        if self.now:
            self._evaluate_all()

    def take(self) -> SpaceNews:
        """Return what happened since the last call."""
        news, self._news = self._news, SpaceNews()
        return news

    def touch(self, key: SpaceKey) -> None:
        """Note that the memory of a space changed."""
        self._news.touched.add(key)

    def changed(self) -> list[RoomState]:
        """Return the states that changed since the last call, in order; all of them, or the last of each space."""
        if self._every_change:
            changed, self._changed = self._changed, []
            return changed
        return [room_state(self._spaces[key], self.now) for key in self.fresh()]

    def fresh(self) -> list[SpaceKey]:
        """Return the spaces whose state changed since the last call, when not every change is reported."""
        fresh, self._fresh = self._fresh, {}
        return [key for key in fresh if key in self._spaces]

    @property
    def keys(self) -> list[SpaceKey]:
        """Every space, parts before their wholes."""
        return self._keys

    def states(self) -> dict[SpaceKey, RoomState]:
        """Return the state of every space, with ages as of now."""
        return {key: room_state(truth, self.now) for key, truth in self._spaces.items()}

    def state(self, key: SpaceKey) -> RoomState | None:
        """Return the state of one space, with ages as of now; None when there is no such space."""
        truth = self._spaces.get(key)
        return None if truth is None else room_state(truth, self.now)

    def probability(self, key: SpaceKey) -> float:
        """Return how likely it is now that somebody is in the space."""
        return self._spaces[key].probability(self.now)

    def evidence(self, key: SpaceKey) -> list[Evidence]:
        """Return what every device of the space says now, and how much it weighs."""
        return evidence(self._spaces[key], self.now)

    def advance(self, to: Millis, live: bool) -> None:
        """Let time pass until `to`. Only a live message can tell that the clock was set back."""
        if self.now == 0:
            self.now = to
            self._evaluate_all()
        elif live and to < self.now - CLOCK_STEP:
            # Ages would be wrong, and a silent sensor would look alive for as long as the step: start afresh.
            log.warning("clock_stepped_back", was=self.now, now=to)
            for truth in self._spaces.values():
                fresh = learned(truth.memory, to)
                fresh.late = truth.memory.late
                truth.take_over(fresh)
            self.now = to
            self._evaluate_all()
        while (due := self.next_due) <= to:
            self.now = max(self.now, due)
            ripe: list[SpaceKey] = []
            while self.next_due <= self.now:
                place = heapq.heappop(self._dues)[1]
                truth = self._spaces[self._keys[place]]
                if truth.put_off(self.now):
                    heapq.heappush(self._dues, (truth.due, place))
                else:
                    ripe.append(self._keys[place])
            self._evaluate_in_order(ripe)
        self.now = max(self.now, to)

    @property
    def next_due(self) -> Millis:
        """The next instant at which something may change by itself."""
        dues = self._dues
        while dues and self._spaces[self._keys[dues[0][1]]].due != dues[0][0]:
            heapq.heappop(dues)
        return dues[0][0] if dues else NEVER

    def _evaluate_all(self) -> None:
        self._evaluate_in_order(self._keys)

    def _evaluate_in_order(self, keys: Iterable[SpaceKey]) -> None:
        """Weigh spaces, and after all of its parts each whole: one half settled would be a change nobody made."""
        waiting = [self._places[key] for key in keys]
        heapq.heapify(waiting)
        last = -1
        while waiting:
            place = heapq.heappop(waiting)
            if place == last:
                continue
            last = place
            key = self._keys[place]
            if self._weigh(key, None):
                for whole in self._wholes[key]:
                    heapq.heappush(waiting, self._places[whole])

    def hear(
        self, key: SpaceKey, device: str, reading: Reading, at: Millis, *, late: bool = False, clock_off: bool = False
    ) -> bool:
        """Fold what a device of a space tells now of the instant `at`; tell whether it was news, and weighed.

        `late`: it lay in a buffer and tells nothing of the present. `clock_off`: `at` is not the device's own time.
        """
        space = self._spaces[key]
        sensor = space.memory.sensors[device]
        news = hear(sensor, self.now, reading.boot, space.watches[device].limit)
        if late:
            news |= fold_late(sensor, reading, at, self.now)
        else:
            news |= fold(sensor, reading, at, self.now) | (sensor.clock_off != clock_off)
            sensor.clock_off = clock_off
        if news:
            self.evaluate(key, device)
        return news

    def evaluate(self, key: SpaceKey, news_of: str | None = None) -> None:
        """Weigh a space, and its wholes when a person would see something new. `news_of`: the device that spoke."""
        if self._weigh(key, news_of) and self._wholes[key]:
            self._evaluate_in_order(self._wholes[key])

    def _weigh(self, key: SpaceKey, news_of: str | None) -> bool:
        """Weigh one space; tell whether a person would see something new."""
        truth = self._spaces[key]
        self._news.touched.add(key)
        changed = truth.evaluate(self.now, self._listening_since, news_of)
        self._news.alerts += [(key[0], alert) for alert in truth.alerts(self.now, self._listening_since)]
        belief = truth.belief
        told = (belief.occupancy, belief.people, truth.step, belief.release_grade)
        if self._told.get(key) != told:
            self._told[key] = told
            self._news.points.append(
                StatePoint(*key, self.now, belief.occupancy, belief.people, belief.confidence, belief.release_grade)
            )
        if changed:
            if self._every_change:
                self._changed.append(room_state(truth, self.now))
            else:
                self._fresh[key] = None
        if truth.due < NEVER:
            heapq.heappush(self._dues, (truth.due, self._places[key]))
        return changed

    def standing_alerts(self) -> list[tuple[str, Alert]]:
        """Return the alerts about devices that stand, with their sites."""
        return [(key[0], alert) for key, truth in self._spaces.items() for alert in truth.standing_alerts()]
