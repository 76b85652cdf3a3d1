"""Gateway, intake, Mosquitto and InfluxDB killed in turn under load: nothing is lost and nothing stored twice."""

from pathlib import Path

import pytest

from tests.bench.killdrill import DATABASE, DEVICES, Database, Drill, IntakeProcess, Victim
from tests.servers import influxdb

pytestmark = [
    pytest.mark.mosquitto,
    pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="the intake is found by Linux's /proc"),
]

RATE = 300
ROUNDS = 2


def test_killed_in_turn_they_lose_nothing_and_store_nothing_twice(tmp_path: Path) -> None:
    with influxdb(tmp_path) as influx:
        influx.query(f"CREATE DATABASE {DATABASE}")
        drill = Drill(tmp_path, influx.url(DATABASE), RATE)
        victims: dict[str, Victim] = {
            "intake": IntakeProcess(drill.gateway),
            "database": Database(influx),
            "gateway": drill.gateway,
            "broker": drill.broker,
        }
        with drill.running():
            for _ in range(ROUNDS):
                for name, victim in victims.items():
                    drill.kill(name, victim)
            found = drill.finish()
    assert dict(found.kills) == dict.fromkeys(victims, ROUNDS)
    assert found.acknowledged == found.sent > ROUNDS * RATE
    assert (found.lost, found.twice) == ([], [])
    account = found.account
    assert (account.stored, account.quarantined, account.pending) == (found.sent + 1, 0, 0)  # one birth
    assert account.received == account.stored + account.duplicate
    assert {(item.device, item.boot, item.last_seq) for item in account.devices} == {
        (f"radar-{n}", "b", (found.sent - 1 - n) // DEVICES) for n in range(DEVICES)
    }
    assert all(item.gaps == [] for item in account.devices)
