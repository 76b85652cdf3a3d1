"""Memory of `foldspace up --demo` after ten minutes and of a gateway with 10,000 devices, over the aims."""

import tempfile
import time
from pathlib import Path

from tests.bench.rig import fill, prepare
from tests.servers import Foldspace, free_port, mosquitto

MINUTES = 10
AIM_MB = 300
DEVICES = 10_000
GATEWAY_AIM_MB = 200


def tree(root: int) -> set[int]:
    """Return a process and everything it started."""
    parents: dict[int, int] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it ended while we looked
        parents[int(stat.parent.name)] = int(fields[1])
    found = {root}
    while more := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= more
    return found


def megabytes(root: int) -> float:
    """Return the proportional set size (shared pages counted once) of a process and its children, in MB."""
    total_kb = 0
    for pid in tree(root):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                total_kb += int(line.split()[1])
    return total_kb / 1024


def run() -> None:
    """Print both."""
    _gateway()
    _demo()


def _gateway() -> None:
    """Print the memory of a gateway that has heard each of its devices twice, and the ratio to the aim."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with mosquitto(folder) as broker:
            env = prepare(folder, DEVICES, mqtt=broker.url)
            gateway = Foldspace("gateway", env=env, log=folder / "gateway.log")
            try:
                gateway.wait_for("ready", 120)
                for round_ in range(2):
                    fill(broker.port, f"boot-{round_}", DEVICES, DEVICES)
                time.sleep(10)
                used = megabytes(gateway.process.pid)
            finally:
                gateway.stop(timeout_s=60)
    print(f"gateway with {DEVICES} devices: {used:6.1f} MB, ratio to the aim of {GATEWAY_AIM_MB} MB: ", end="")
    print(f"{used / GATEWAY_AIM_MB:.2f}", flush=True)


def _demo() -> None:
    """Print the memory every two minutes, and at the end the ratio to the aim."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        program = Foldspace(
            "up", "--demo", "--data", str(folder / "data"), "--http", f"127.0.0.1:{free_port()}",
            "--mqtt", f"127.0.0.1:{free_port()}", log=folder / "up.log",
        )  # fmt: skip
        program.wait_for("ready http")
        try:
            for minute in range(MINUTES + 1):
                if minute % 2 == 0:
                    used = megabytes(program.process.pid)
                    print(
                        f"after {minute:2d} min: {used:6.1f} MB in {len(tree(program.process.pid))} processes",
                        flush=True,
                    )
                if minute < MINUTES:
                    time.sleep(60)
        finally:
            program.stop()
    print(f"ratio to the aim of {AIM_MB} MB: {used / AIM_MB:.2f}")
