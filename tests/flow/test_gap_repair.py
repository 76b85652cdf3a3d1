"""From readings lost on the way to readings sent again, in virtual time: devices, books, care, commands and back."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from firmware_sim.recorder import VirtualSimulation
from firmware_sim.scenario import Scenario, parse_scenario
from gateway.care import Care
from gateway.truth import RoomTruth
from services.commands.machine import CommandRecord
from services.commands.outbox import CommandOutbox
from services.commands.queries import RecentCommands
from services.contracts.commands import Ack
from services.contracts.files import RecordedMessage
from services.contracts.names import SECOND, Millis
from services.contracts.topics import AckTopic, parse
from services.journal.lives import DeviceLife, to_json
from services.journal.records import Account, BootSequence, DeviceAccount, SequenceKey
from services.kit.clock import ManualClock
from services.kit.database import metadata, open_engine
from services.kit.mqtt import Broker
from services.twins.records import GONE, GapRepair
from services.twins.store import TwinStore

DAY = date(2026, 6, 1)
LOOK: Millis = 5 * SECOND


def scenario(*faults: dict[str, Any]) -> Scenario:
    return parse_scenario(
        {
            "sites": [{"id": "s", "name": "小社区", "timezone": "Asia/Shanghai"}],
            "spaces": [{"id": "room", "site": "s", "name": "甲室", "capacity": 20}],
            "devices": [
                {"id": "radar", "site": "s", "space": "room", "kind": "presence", "heartbeat_s": 10},
                {"id": "air", "site": "s", "space": "room", "kind": "climate", "heartbeat_s": 20},
            ],
            "walk_ins": [{"space": "room", "start": "08:00", "end": "20:00", "per_hour": 20, "mean_min": 5}],
            "scenario": {"seed": 7, "site": "s", "start": "09:00"},
            "faults": list(faults),
        },
        "gaps.toml",
    )


class Community:
    """The whole loop without a broker: what devices publish is folded, what care queues is pumped to them."""

    def __init__(self, path: Path, played: Scenario) -> None:
        self.simulation = VirtualSimulation(played, DAY)
        self.truth = RoomTruth(played.community)
        self.clock = ManualClock(self.simulation.now)
        self.engine = open_engine(f"sqlite:///{path}")
        metadata.create_all(self.engine)
        self.outbox = CommandOutbox(self.engine, self._deliver, self.clock)
        self.twins = TwinStore(self.engine, self.clock)
        self.care = Care(
            self,  # type: ignore[arg-type]  # it keeps the books itself
            self.outbox,
            self.twins,
            self.clock,
            lambda: (1, played.community),
            Broker("nowhere", 1883),
            CollectorRegistry(),
        )
        self._played = played
        self._answers: list[RecordedMessage] = []
        """Answered while the pump was still sending: heard after it."""
        self._sequences: dict[SequenceKey, BootSequence] = {}
        self._lives: dict[tuple[str, str], DeviceLife] = {}

    def run_until(self, wall: str) -> None:
        """Let the morning pass until HH:MM."""
        end = self._played.instant(DAY, wall)
        while self.clock.at < end:
            self.clock.at += LOOK
            self._hear(self.simulation.advance(self.clock.at))
            self.care.look(self.clock.at)
            self.outbox.pump(self.clock.at)
            self._hear(self._answers)
            self._answers.clear()

    def account(self) -> Account:
        """Return the books, as the ledger would have them."""
        delta = self.truth.take()
        self._sequences.update(delta.sequences)
        self._lives.update(delta.devices)
        return Account(
            devices=[
                DeviceAccount(
                    key.site, key.device, key.boot, one.seen.last, one.seen.gaps(), one.last_seen,
                    to_json(self._lives[key.site, key.device]),
                )
                for key, one in sorted(self._sequences.items(), key=lambda item: item[1].last_seen)
            ]
        )  # fmt: skip

    def gaps(self, device: str) -> int:
        """Return how many readings of a device are missing, over all its boots."""
        gaps = [gap for one in self.account().devices if one.device == device for gap in one.gaps]
        return sum(last - first + 1 for first, last in gaps)

    def repairs(self, device: str) -> list[GapRepair]:
        """Return what is asked for or lost of a device."""
        return [one for key, them in self.twins.repairs().items() if key[1] == device for one in them]

    def commands(self, device: str) -> list[CommandRecord]:
        """Return the last commands of a device, newest first."""
        return RecentCommands(self.engine).of([("s", device)], 20)["s", device]

    def firmware(self, device: str) -> Any:
        """Return the firmware of a device."""
        return self.simulation.neighbourhood.devices[device].firmware

    def _hear(self, messages: list[RecordedMessage]) -> None:
        for message in messages:
            match parse(message.topic):
                case AckTopic(site, device):
                    self.outbox.on_ack(site, device, Ack.model_validate_json(message.payload))
            outcome = self.truth.feed(message.at, message.topic, message.payload)
            assert outcome.verdict != "quarantined", outcome.reason

    def _deliver(self, topic: str, payload: bytes) -> None:
        self._answers += self.simulation.command(topic, payload)


@pytest.fixture
def community(tmp_path: Path) -> Iterator[Any]:
    made: list[Community] = []

    def make(*faults: dict[str, Any]) -> Community:
        made.append(Community(tmp_path / "db.sqlite", scenario(*faults)))
        return made[-1]

    yield make
    for one in made:
        one.engine.dispose()


def loses(device: str, at: str, minutes: float, share: float) -> dict[str, Any]:
    return {"device": device, "at": at, "what": "loses", "value": share, "for_min": minutes}


def test_what_was_lost_on_the_way_comes_after_all(community: Any) -> None:
    c = community(loses("radar", "09:05", 20, 0.4))
    c.run_until("09:12")
    assert c.repairs("radar")
    c.run_until("10:10")
    assert c.firmware("radar").vanished > 20
    assert (c.gaps("radar"), c.repairs("radar")) == (0, [])
    assert c.commands("air") == []


def test_a_reboot_does_not_lose_what_the_ring_still_holds(community: Any) -> None:
    c = community(loses("radar", "09:05", 4, 0.5))
    c.run_until("09:07")
    c.outbox.queue("s", "radar", "reboot")
    c.run_until("09:09")
    assert c.gaps("radar") > 0
    c.run_until("09:30")
    assert len({one.boot for one in c.account().devices if one.device == "radar"}) == 2
    assert (c.gaps("radar"), c.repairs("radar")) == (0, [])


def test_what_the_ring_has_overwritten_is_listed_as_lost(community: Any) -> None:
    c = community(
        loses("radar", "09:05", 10, 0.6), {"device": "radar", "at": "09:05", "what": "link_down", "for_min": 8}
    )
    c.firmware("radar")._ring.size = 30
    c.run_until("09:50")
    lost = c.repairs("radar")
    assert {(one.state, one.reason) for one in lost} == {("unrepairable", GONE)}
    assert sum(one.count for one in lost) == c.gaps("radar") > 0


def test_a_desired_configuration_reaches_the_device_and_survives_its_reboot(community: Any) -> None:
    c = community()
    c.twins.desire("s", "air", {"heartbeat_s": 45}, "li")
    c.run_until("09:02")
    assert c.firmware("air").twin.report() == {"config": {"heartbeat_s": 45}, "config_v": 1}
    c.outbox.queue("s", "air", "reboot")
    c.run_until("09:20")
    assert len({one.boot for one in c.account().devices if one.device == "air"}) == 2
    assert [(one.do, one.state) for one in c.commands("air")] == [("reboot", "acked"), ("configure", "acked")]


def test_a_configuration_the_device_refuses_is_said_with_its_words(community: Any) -> None:
    c = community()
    c.twins.desire("s", "air", {"colour": "red"}, "li")
    c.run_until("09:30")
    assert "does not know colour" in (c.twins.desired()["s", "air"].refusal or "")
    assert len(c.commands("air")) == 1
