"""Cost of a reading with ten million messages in the journal and 10,000 devices, over ten thousand and ten.

Cost is processor time of both processes of the gateway while readings arrive: on a machine with other work the time
passed would tell of that, and waiting for the disk is not in it. Every device has been heard before, and says the
same again: what a reading costs that changes a room is the price of publishing the room, which of ten rooms happens
once for a batch of a thousand readings and of ten thousand rooms for nearly each.
"""

import os
import sqlite3
import statistics
import tempfile
import time
from pathlib import Path

from services.journal.journal import Journal
from services.journal.schema import books_path
from tests.bench.memory import tree
from tests.bench.rig import Drained, fill, prepare
from tests.servers import Foldspace, mosquitto

MESSAGES = 50_000
ROUNDS = 3
AIM = 1.2
_TICK_S = 1 / os.sysconf("SC_CLK_TCK")


def cpu_s(root: int) -> float:
    """Return the processor time that a process and its children have used, in seconds."""
    total = 0.0
    for pid in tree(root):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        total += (int(fields[11]) + int(fields[12])) * _TICK_S
    return total


def _history(journal: Path, count: int) -> None:
    """Put `count` drained messages into the journal, as they would lie there with a long retention."""
    db = sqlite3.connect(journal)
    books = sqlite3.connect(books_path(journal))
    db.execute("PRAGMA synchronous=OFF")
    last = db.execute("SELECT coalesce(max(id), 0) FROM messages").fetchone()[0]
    for first in range(0, count, 100_000):
        db.executemany(
            "INSERT INTO messages(at, topic, payload, live) VALUES (?, ?, ?, 1)",
            (
                (n, f"fs/v1/bench/dev/sensor-{n % 10_000}/up/presence", b'{"boot":"b","seq":1234,"present":true}')
                for n in range(first, min(first + 100_000, count))
            ),
        )
        db.commit()
    db.execute("UPDATE intake SET n = n + ? WHERE name = 'received'", (count,))
    books.execute("UPDATE books SET n = n + ? WHERE name = 'stored'", (count,))
    books.execute("UPDATE books SET n = ? WHERE name IN ('cursor', 'checkpoint')", (last + count,))
    db.commit()
    books.commit()
    db.close()
    books.close()


def _costs(broker_port: int, drained: Drained, devices: int, folder: Path) -> list[float]:
    """Return the processor time of a reading, in µs, round by round, of a gateway that has nothing else to do."""
    fill(broker_port, "boot", devices, devices, steady=True)
    gateway = Foldspace("gateway", env=drained.env, log=folder / "gateway.log")
    gateway.wait_for("ready", 120)
    pid = gateway.process.pid
    costs = []
    try:
        _until_quiet(pid)
        for round_ in range(ROUNDS):
            stored = drained.books.account().stored
            cpu = cpu_s(pid)
            fill(broker_port, "boot", MESSAGES, devices, first_seq=1 + round_ * MESSAGES // devices, steady=True)
            while drained.books.account().stored < stored + MESSAGES:
                time.sleep(0.2)
            costs.append((cpu_s(pid) - cpu) / MESSAGES * 1e6)
            print(f"{folder.name}: {costs[-1]:6.1f} µs of processor time a reading", flush=True)
    finally:
        gateway.stop(timeout_s=60)
    return costs


def _until_quiet(pid: int) -> None:
    """Wait until the first word about every room is out."""
    before = cpu_s(pid)
    while True:
        time.sleep(2)
        now = cpu_s(pid)
        if now - before < 0.2:
            return
        before = now


def run() -> None:
    """Print the cost per reading of both, and the ratio of the medians."""
    medians = {}
    with tempfile.TemporaryDirectory() as root:
        for name, devices, history in (("small", 10, 10_000), ("large", 10_000, 10_000_000)):
            folder = Path(root) / name
            folder.mkdir()
            journal = folder / "data" / "journal.sqlite"
            with mosquitto(folder) as broker:
                env = {**prepare(folder, devices, mqtt=broker.url), "FOLDSPACE_JOURNAL_KEEP_MB": "8000"}
                drained = Drained(env, journal, folder / "gateway.log")
                drained.open_session()
                Journal.open(journal, owner=True).close()
                _history(journal, history)
                print(f"{name}: {devices} devices, {history} drained messages in the journal", flush=True)
                medians[name] = statistics.median(_costs(broker.port, drained, devices, folder))
    print(f"ratio of the medians {medians['large'] / medians['small']:.2f} (aim ≤ {AIM})")
