"""Either process of the gateway killed with SIGKILL mid-stream, again and again: nothing lost, nothing twice."""

from pathlib import Path

import pytest

from tests.bench.killdrill import DEVICES, Drill, IntakeProcess

pytestmark = [
    pytest.mark.mosquitto,
    pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="the intake is found by Linux's /proc"),
]

RATE = 1000
KILLS = 6


def test_killed_again_and_again_it_loses_nothing(tmp_path: Path) -> None:
    drill = Drill(tmp_path, f"sqlite:///{tmp_path / 'timeseries.sqlite'}", RATE)
    with drill.running():
        intake = IntakeProcess(drill.gateway)
        for number in range(KILLS):
            if number % 2:
                drill.kill("gateway", drill.gateway)
            else:
                drill.kill("intake", intake)
        found = drill.finish()
    assert sum(found.kills.values()) == KILLS
    assert found.acknowledged == found.sent
    assert (found.lost, found.twice) == ([], [])
    account = found.account
    assert (account.stored, account.quarantined, account.pending) == (found.sent + 1, 0, 0)  # one birth
    assert account.received == account.stored + account.duplicate
    assert all(item.gaps == [] for item in account.devices)
    assert len(account.devices) == DEVICES
    # A start folds again what came after the last checkpoint, never everything.
    assert max(found.folded_again, default=0) < found.sent / 2
