"""An hour without network, from the sensor to the history: what the buffer tells later is history, and not news."""

import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from firmware_sim.recorder import VirtualSimulation
from firmware_sim.scenario import Scenario, parse_scenario
from gateway.correcting import Corrected, attempt
from gateway.hindsight import Task
from gateway.line import Report
from gateway.meters import Meters
from gateway.storing import Stored
from gateway.troubles import Troubles
from gateway.work import Work
from services.api.history import buckets
from services.contracts.names import SECOND, Millis
from services.journal.journal import Journal, JournalReader
from services.journal.ledger import Ledger
from services.journal.records import Arrival
from services.kit.clock import ManualClock
from services.timeseries.ports import ReadingPoint, StatePoint
from services.timeseries.sqlite import SqliteTimeseries

DAY = date(2026, 6, 1)

SCENARIO = {
    "sites": [{"id": "s", "name": "小社区", "timezone": "Asia/Shanghai"}],
    "spaces": [
        {"id": "hall", "site": "s", "name": "大厅", "capacity": 40, "parts": ["room", "corner"]},
        {"id": "room", "site": "s", "name": "甲室", "capacity": 20},
        {"id": "corner", "site": "s", "name": "角落", "capacity": 5},
    ],
    "devices": [
        {"id": "radar", "site": "s", "space": "room", "kind": "presence"},
        {"id": "leaf", "site": "s", "space": "room", "kind": "door"},
        {"id": "seat", "site": "s", "space": "corner", "kind": "presence"},
    ],
    "activities": [
        {"id": "choir", "space": "room", "group": "合唱队", "title": "排练", "people": 6, "start": "09:00",
         "end": "11:00", "booked": False},
    ],
    "scenario": {"seed": 7, "site": "s", "start": "08:30"},
    "faults": [
        {"device": name, "at": "09:30", "what": "link_down", "for_min": 60} for name in ("radar", "leaf")
    ],
}  # fmt: skip


class Wire:
    """Broker, intake and their line in one: what devices publish is journalled, what the gateway publishes is kept."""

    connected = listening = True
    down = ""

    def __init__(self, journal: Journal) -> None:
        self.published: list[tuple[str, bytes]] = []
        self.done = True
        self._journal = journal
        self._last_id = journal.last_id()

    def receive(self, arrivals: Sequence[Arrival]) -> None:
        if arrivals:
            self._last_id = self._journal.append(arrivals)

    def report(self) -> Report:
        return Report(last_id=self._last_id, connected=True, connections=1)

    def order(self, filters: tuple[str, ...], drained: int) -> None:
        """Everything is listened to, and nothing pruned."""

    def fileno(self) -> int | None:
        return None

    def step(self, _timeout_s: float) -> bool:
        return False

    def publish(self, topic: str, payload: bytes | str, *, retain: bool = False) -> "Wire":
        self.published.append((topic, payload if isinstance(payload, bytes) else payload.encode()))
        return self


class Series:
    """The Storer's and the Corrector's work without their threads."""

    busy = False

    def __init__(self, file: SqliteTimeseries) -> None:
        self.file = file
        self.corrections = 0
        self._stored: Stored | None = None

    def hand_over(self, readings: Sequence[ReadingPoint], states: Sequence[StatePoint]) -> None:
        self._stored, self.busy = Stored(self.file.write(readings, states)), True

    def result(self, timeout_s: float = 0.0) -> Stored | None:
        stored, self._stored, self.busy = self._stored, None, False
        return stored


class Corrections:
    busy = False

    def __init__(self, file: SqliteTimeseries) -> None:
        self.count = 0
        self._file = file
        self._done: Corrected | None = None

    def begin(self, task: Task) -> None:
        self.count += 1
        self._done, self.busy = attempt(task, self._file), True

    def result(self) -> Corrected | None:
        done, self._done, self.busy = self._done, None, False
        return done


class Town:
    """The simulated community and its gateway, in virtual time; the gateway may crash."""

    def __init__(self, folder: Path) -> None:
        self.scenario: Scenario = parse_scenario(SCENARIO, "loss.toml")
        self.simulation = VirtualSimulation(self.scenario, DAY)
        self.clock = ManualClock(self.simulation.now)
        self.file = SqliteTimeseries(folder / "series.sqlite")
        self.corrections = Corrections(self.file)
        self._journal_path = folder / "journal.sqlite"
        self._journal = Journal.open(self._journal_path, owner=True)
        self.wire = Wire(self._journal)
        self._open()

    def _open(self) -> None:
        self._ledger = Ledger.open(self._journal_path)
        self._reader = JournalReader(self._journal_path)
        self.work = Work(
            journal=self._reader,
            ledger=self._ledger,
            intake=self.wire,
            link=self.wire,  # type: ignore[arg-type]  # the drain only publishes
            store=Series(self.file),
            corrector=self.corrections,
            clock=self.clock,
            load_community=lambda: (1, self.scenario.community),
            load_keys=dict,
            meters=Meters(CollectorRegistry()),
            troubles=Troubles(),
            monotonic=lambda: self.clock.at / SECOND,
        )

    def close(self) -> None:
        self._ledger.close()
        self._reader.close()
        self._journal.close()
        self.file.close()

    def crash(self) -> None:
        """Start the gateway again from what is on the disk."""
        self._ledger.close()
        self._reader.close()
        self._open()

    def run_until(self, wall: str) -> None:
        end = self.at(wall)
        while self.clock.at < end:
            self.clock.advance(5)
            messages = self.simulation.advance(self.clock.at)
            self.wire.receive([Arrival(one.at, one.topic, one.payload) for one in messages])
            self.work.turn()

    def at(self, wall: str) -> Millis:
        return self.scenario.instant(DAY, wall)

    def history(self, space: str, start: str, end: str) -> dict[str, float]:
        """Return for how many minutes each belief was held, as the API says it."""
        since, until = self.at(start), self.at(end)
        points = self.file.states("s", space, since, until)
        [bucket] = buckets(points, since, until, until - since, "Asia/Shanghai")
        return {name: bucket[f"{name}_s"] / 60 for name in ("occupied", "vacant", "unknown")}

    def published(self, leaf: str) -> list[dict[str, Any]]:
        return [json.loads(body) for topic, body in self.wire.published if topic.endswith(leaf)]


@pytest.fixture
def town(tmp_path: Path) -> Any:
    made = Town(tmp_path)
    yield made
    made.close()


@pytest.mark.parametrize("crashes_at", [None, "10:31", "10:35"])
def test_an_hour_without_network_is_known_afterwards(town: Town, crashes_at: str | None) -> None:
    town.run_until("10:30")
    assert town.history("room", "09:35", "10:25")["unknown"] == 50
    town.run_until("10:31")
    if crashes_at == "10:31":
        town.crash()
    town.run_until("10:32")
    assert town.corrections.count == 0
    before = town.work.states()
    town.wire.published.clear()
    town.run_until("10:35")
    assert town.corrections.count == 1
    for space in ("room", "hall"):
        assert town.history(space, "09:30", "10:30") == {"occupied": 60, "vacant": 0, "unknown": 0}
    assert town.history("corner", "09:30", "10:30") == {"occupied": 0, "vacant": 60, "unknown": 0}
    after = town.work.states()
    for key, state in after.items():
        assert (state.occupancy, state.since) == (before[key].occupancy, before[key].since)
    said = {one["occupancy"] for one in town.published("space/room/state")}
    assert said == {"occupied"}
    assert [one for one in town.published("events/alert") if one["key"].startswith("device/")] == []
    if crashes_at == "10:35":
        town.crash()
        town.run_until("10:45")
    town.run_until("11:20")
    assert town.history("room", "09:30", "10:30") == {"occupied": 60, "vacant": 0, "unknown": 0}
    assert town.history("room", "10:35", "10:55") == {"occupied": 20, "vacant": 0, "unknown": 0}
    assert town.history("room", "11:10", "11:20") == {"occupied": 0, "vacant": 10, "unknown": 0}
