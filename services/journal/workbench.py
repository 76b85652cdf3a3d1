"""The quarantine beyond one page: all of it in turn, out in a file, and back into the journal after a fix."""

import base64
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice

from services.contracts.errors import ConflictError, FoldspaceError
from services.contracts.instants import to_rfc3339
from services.journal.books import Books
from services.journal.journal import Journal
from services.journal.ledger import QUARANTINE_RAW_BYTES
from services.journal.records import QuarantineRow

_PAGE = 500


@dataclass(frozen=True, slots=True)
class NotReplayed:
    """A message that got no other chance, and why."""

    id: int
    why: FoldspaceError

    @property
    def reason(self) -> str:
        """Why, in one sentence of English."""
        return str(self.why)


@dataclass(slots=True)
class Replayed:
    """What became of a replay: (quarantine id, new journal id) of each message, and those that could not."""

    done: list[tuple[int, int]] = field(default_factory=list)
    failed: list[NotReplayed] = field(default_factory=list)


def walk(books: Books, kind: str | None = None, after: int | None = None) -> Iterator[QuarantineRow]:
    """Yield the messages in quarantine, newest first, below the id `after`. Raises StartError, JournalError."""
    while page := books.quarantine(after, _PAGE, kind):
        yield from page
        after = page[-1].id


def replay_each(journal: Journal, rows: Iterable[QuarantineRow]) -> Replayed:
    """Give each message another chance, the oldest first. Raises JournalError; those before it are replayed."""
    result = Replayed()
    for row in sorted(rows, key=lambda one: one.id):
        if len(row.raw) >= QUARANTINE_RAW_BYTES:
            result.failed.append(NotReplayed(row.id, ConflictError(key="quarantine_cut", id=row.id)))
            continue
        try:
            result.done.append((row.id, journal.replay(row)))
        except ConflictError as error:
            result.failed.append(NotReplayed(row.id, error))
    return result


def choose(
    rows: Iterable[QuarantineRow], wanted: Callable[[QuarantineRow], bool], most: int
) -> tuple[list[QuarantineRow], bool]:
    """Return the first `most` rows that are wanted, and whether there are more."""
    found = list(islice((row for row in rows if wanted(row)), most + 1))
    return found[:most], len(found) > most


def export_line(row: QuarantineRow) -> bytes:
    """Return a message as a line of NDJSON; its payload is there to the last byte that was kept."""
    shown = {
        "id": row.id,
        "at": to_rfc3339(row.at),
        "topic": row.topic,
        "kind": row.kind,
        "reason": row.reason,
        "payload_base64": base64.b64encode(row.raw).decode(),
    }
    return json.dumps(shown, ensure_ascii=False).encode() + b"\n"
