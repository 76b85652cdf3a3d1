"""Stored readings/s of the whole gateway draining a backlog from Mosquitto, over a bare paho drain of the same one.

Once with the time series in SQLite and once in InfluxDB (the version Debian has, behind nginx for the v2 write path).
"""

import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.bench.rig import Drained, fill, prepare
from tests.servers import Mosquitto, influxdb, mosquitto

MESSAGES = 100_000
ROUNDS = 3
DEVICES = 20
AIM = 0.75


def _bare(port: int, count: int) -> float:
    result = subprocess.run(
        [sys.executable, "-m", "tests.bench.bare", str(port), str(count)], capture_output=True, text=True, check=True
    )
    return float(result.stdout)


def _rounds(broker: Mosquitto, drained: Drained, name: str) -> None:
    drained.open_session()
    ratios = []
    for round_ in range(ROUNDS):
        fill(broker.port, f"{name}-{round_}", MESSAGES, DEVICES)
        bare_s = _bare(broker.port, MESSAGES)
        gateway_s = drained.seconds(MESSAGES)
        ratios.append(bare_s / gateway_s)
        print(
            f"{name:<9} round {round_ + 1}: bare {MESSAGES / bare_s:8.0f}/s   gateway {MESSAGES / gateway_s:8.0f}/s   "
            f"ratio {ratios[-1]:.2f}",
            flush=True,
        )
    print(f"{name:<9} median ratio {statistics.median(ratios):.2f} (aim ≥ {AIM})", flush=True)


def run() -> None:
    """Print both rates of every round and the median ratio, for both time series."""
    with tempfile.TemporaryDirectory() as root:
        for name in ("SQLite", "InfluxDB"):
            folder = Path(root) / name
            folder.mkdir()
            with mosquitto(folder) as broker:
                env = prepare(folder, DEVICES, mqtt=broker.url)
                drained = Drained(env, folder / "data" / "journal.sqlite", folder / "gateway.log")
                _bare(broker.port, 0)
                if name == "SQLite":
                    _rounds(broker, drained, name)
                    continue
                with influxdb(folder) as server:
                    server.query("CREATE DATABASE bench")
                    env["FOLDSPACE_TIMESERIES_URL"] = server.url("bench")
                    _rounds(broker, drained, name)
