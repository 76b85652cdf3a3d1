"""Two schedulers at one broker and one database: one is paused, the other takes over, the first one stays out."""

import signal
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.bookings.records import Booking
from services.cli.records import Records, open_records
from services.contracts.names import HOUR, MINUTE
from services.kit.clock import WallClock
from services.kit.settings import Settings
from tests.running import wait_until
from tests.servers import Foldspace, mosquitto

pytestmark = pytest.mark.mosquitto

LEASE_S = 2


class Pair:
    """Two schedulers, and their books."""

    def __init__(self, folder: Path, community: Path, mqtt: str) -> None:
        self._database = folder / "data" / "foldspace.sqlite"
        self._env = {
            "FOLDSPACE_DATA": str(folder / "data"),
            "FOLDSPACE_COMMUNITY": str(community),
            "FOLDSPACE_MQTT_URL": mqtt,
            "FOLDSPACE_LEASE_S": str(LEASE_S),
        }
        self._folder = folder
        self._booked = 0
        self.first, self.second = self.start("first"), self.start("second")
        self.records: Records = open_records(Settings(data=str(folder / "data")))

    def start(self, name: str) -> Foldspace:
        program = Foldspace("scheduler", env=self._env, log=self._folder / f"{name}.log")
        program.wait_for("ready scheduler")
        return program

    def pause(self, program: Foldspace) -> None:
        """Stop it where it does not hold the one lock of the database, which would stop everybody."""
        while True:
            program.process.send_signal(signal.SIGSTOP)
            probe = sqlite3.connect(self._database, timeout=0.2, isolation_level=None)
            try:
                probe.execute("BEGIN IMMEDIATE")
                return
            except sqlite3.OperationalError:
                program.process.send_signal(signal.SIGCONT)
            finally:
                probe.close()

    def decides(self) -> None:
        """Book what is over already, and wait until whoever leads has ended it."""
        self._booked += 1
        id, now = f"b{self._booked}", WallClock().now()
        start = now - now % HOUR - (self._booked + 1) * HOUR
        booking = Booking(id, "jianghu", "reading", "读书会", "读书会", 5, start, start + 30 * MINUTE)
        self.records.bookings.book(booking, "user:wang", now)
        wait_until(lambda: self.records.bookings.last_decision(booking=id, kinds=("end",)) is not None)

    def stop(self) -> None:
        for program in (self.first, self.second):
            program.process.send_signal(signal.SIGCONT)
            program.stop()
        self.records.close()


@pytest.fixture
def pair(tmp_path: Path, community_file: Path) -> Iterator[Pair]:
    with mosquitto(tmp_path) as broker:
        pair = Pair(tmp_path, community_file, broker.url)
        yield pair
        pair.stop()


def test_a_paused_scheduler_is_replaced_and_does_not_act_when_it_wakes_up(pair: Pair) -> None:
    pair.first.wait_for('"leads"')
    pair.second.wait_for('"stands_by"')
    pair.decides()
    pair.pause(pair.first)
    pair.second.wait_for('"leads"')
    pair.decides()
    pair.first.process.send_signal(signal.SIGCONT)
    assert "token 1: another one leads by now" in pair.first.wait_for('"steps_down"')
    pair.decides()
    pair.second.stop()
    wait_until(lambda: pair.first.output().count('"event": "leads"') == 2)
    pair.decides()
    ends = [decision.booking for decision in pair.records.bookings.decisions() if decision.kind == "end"]
    assert sorted(ends, key=str) == ["b1", "b2", "b3", "b4"]
