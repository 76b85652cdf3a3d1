"""A journal with its ledger, and messages to put into it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from services.journal.books import Books
from services.journal.journal import Journal
from services.journal.ledger import Ledger
from services.journal.records import Arrival

Numbers = tuple[int, int, int, int, int]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "journal.sqlite"


@pytest.fixture
def journal(path: Path) -> Iterator[Journal]:
    with Journal.open(path, owner=True) as opened:
        yield opened


@pytest.fixture
def ledger(path: Path, journal: Journal) -> Iterator[Ledger]:
    with Ledger.open(path) as opened:
        yield opened


@pytest.fixture(scope="session")
def arrivals() -> Callable[..., list[Arrival]]:
    """Return what makes arrivals with tellable topics and payloads."""

    def make(count: int, start: int = 0) -> list[Arrival]:
        return [Arrival(1000 + n, f"fs/v1/s/dev/d/up/{n}", bytes([n % 256])) for n in range(start, start + count)]

    return make


@pytest.fixture(scope="session")
def numbers() -> Callable[[Path], Numbers]:
    """Return what reads received, stored, duplicate, quarantined and pending as another process would."""

    def read(path: Path) -> Numbers:
        account = Books(path).account()
        return account.received, account.stored, account.duplicate, account.quarantined, account.pending

    return read
