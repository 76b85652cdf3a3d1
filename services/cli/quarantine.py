"""`foldspace quarantine …`: what was not understood, again after a fix, and out of the house."""

import sys
from itertools import islice
from pathlib import Path

import click

from services.cli.records import of_folder, open_books
from services.contracts.errors import FileError, NotFoundError
from services.contracts.instants import to_rfc3339
from services.contracts.texts import text
from services.journal.journal import Journal
from services.journal.ledger import QUARANTINE_ROWS
from services.journal.records import QuarantineRow
from services.journal.workbench import NotReplayed, Replayed, export_line, replay_each, walk
from services.kit.settings import Settings

_TEXT_SHOWN = 4096
_HEX_SHOWN = 256
_AT_ONCE = 500
"""Replayed before the next are read: memory stays small however many there are."""


def list_quarantine(settings: Settings, data: str | None, limit: int, kind: str | None) -> None:
    """Print the newest quarantined messages, a line each."""
    for row in open_books(of_folder(settings, data)).quarantine(limit=limit, kind=kind):
        topic, reason = printable(row.topic), printable(row.reason)
        click.echo(f"{row.id:>10}  {to_rfc3339(row.at)}  {row.kind:<10}  {topic}  {reason}")


def print_summary(settings: Settings, data: str | None) -> None:
    """Print how many of which sort there are, and how near the quarantine is to its bound."""
    tallies, dropped = open_books(of_folder(settings, data)).quarantine_tally()
    for tally in tallies:
        about = text(f"states.fault_{tally.kind}", "en")
        click.echo(f"{tally.count:>8}  {tally.kind:<10}  last {to_rfc3339(tally.last_at)}  {about}")
    total = sum(tally.count for tally in tallies)
    click.echo(f"{total:>8}  in all, of {QUARANTINE_ROWS} that are kept; {dropped} were dropped for room")


def show_quarantined(settings: Settings, data: str | None, number: int) -> None:
    """Print one quarantined message with its bytes, readable and as hexadecimal."""
    row = open_books(of_folder(settings, data)).quarantined(number)
    shown = row.raw[:_TEXT_SHOWN].decode("utf-8", errors="replace")
    click.echo(f"id      {row.id}\nat      {to_rfc3339(row.at)}\nkind    {row.kind}")
    click.echo(f"topic   {printable(row.topic)}\nreason  {printable(row.reason)}\nbytes   {len(row.raw)}")
    click.echo(f"text    {printable(shown)}{_more(row.raw, _TEXT_SHOWN)}")
    click.echo(f"hex     {row.raw[:_HEX_SHOWN].hex(' ')}{_more(row.raw, _HEX_SHOWN)}")


def replay_quarantined(settings: Settings, data: str | None, numbers: tuple[int, ...], kind: str | None) -> bool:
    """Give messages another chance: those numbered, or all of a kind, or all; tell whether every one got it.

    A running gateway takes them up by itself.
    """
    chosen = of_folder(settings, data)
    books = open_books(chosen)
    total = Replayed()
    with Journal.open(chosen.journal, owner=False) as journal:
        if numbers:
            rows: list[QuarantineRow] = []
            for number in dict.fromkeys(numbers):
                try:
                    rows.append(books.quarantined(number))
                except NotFoundError as error:
                    total.failed.append(NotReplayed(number, error))
            _tell(replay_each(journal, rows), total)
        else:
            left = walk(books, kind)
            while step := list(islice(left, _AT_ONCE)):
                _tell(replay_each(journal, step), total)
    for one in total.failed:
        click.echo(one.reason, err=True)
    click.echo(f"{len(total.done)} pending again, {len(total.failed)} not")
    return not total.failed


def export_quarantine(settings: Settings, data: str | None, kind: str | None, file: Path | None) -> None:
    """Write every quarantined message as a line of NDJSON, the newest first, to a file or standard output."""
    rows = walk(open_books(of_folder(settings, data)), kind)
    if file is None:
        sys.stdout.buffer.writelines(map(export_line, rows))
        return
    count = 0
    try:
        with file.open("wb") as out:
            for row in rows:
                out.write(export_line(row))
                count += 1
    except OSError as error:
        raise FileError(f"{file}: cannot be written: {error.strerror}") from None
    click.echo(f"{file}: {count} messages")


def printable(given: str) -> str:
    """Return text whose control characters are escaped: what a stranger sent must not steer the terminal."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in given)


def _tell(step: Replayed, total: Replayed) -> None:
    for number, fresh in step.done:
        click.echo(f"{number} is pending again as {fresh}")
    total.done += step.done
    total.failed += step.failed


def _more(raw: bytes, shown: int) -> str:
    return f" … and {len(raw) - shown} bytes more" if len(raw) > shown else ""
