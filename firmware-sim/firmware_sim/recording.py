"""Writes a simulated run into files, as it goes: the recording, who was really there, and nothing kept in memory."""

import contextlib
import gzip
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from firmware_sim.recorder import VirtualSimulation
from firmware_sim.scenario import Scenario
from services.contracts.errors import FileError
from services.contracts.files import RecordedMessage, TruthRow
from services.contracts.instants import to_rfc3339
from services.contracts.names import MINUTE, Millis

_COMPRESSION = 6


@dataclass(frozen=True, slots=True)
class Recorded:
    """What was written, from the scenario's hour on the first day to the midnight after the last."""

    messages: int
    start: Millis
    end: Millis


def write_recording(scenario: Scenario, first: date, days: int, recording: Path, truth: Path | None = None) -> Recorded:
    """Simulate `days` days from `first` on and write them. The same scenario and days give the same bytes.

    Files appear under their names only when they are whole. Raises FileError.
    """
    end = scenario.instant(first + timedelta(days=days), "00:00")
    simulation = VirtualSimulation(scenario, first)
    start, count = simulation.now, 0
    with contextlib.ExitStack() as stack:
        lines = stack.enter_context(_whole_or_not_at_all(recording))
        rows = stack.enter_context(_whole_or_not_at_all(truth)) if truth is not None else io.StringIO()
        rows.write("at,site,space,people\n")
        written = _Written(scenario.zone)
        now = start
        while now < end:
            now = min(now + MINUTE, end)
            messages = simulation.advance(now)
            count += len(messages)
            lines.writelines(written.line(message) for message in messages)
            if truth is not None:
                rows.writelines(written.row(row) for row in simulation.truth)
            simulation.truth.clear()
        if truth is not None:
            for space in simulation.spaces:  # the last row of a space ends its truth
                rows.write(written.row(TruthRow(end, scenario.site, space, simulation.people(space))))
    return Recorded(count, start, end)


class _Written:
    """Forms lines; an instant is formed once, for all that happens in the same step."""

    def __init__(self, zone: str) -> None:
        self._zone = zone
        self._at: Millis = -1
        self._text = ""

    def line(self, message: RecordedMessage) -> str:
        return (
            f'{{"at":"{self._instant(message.at)}","topic":"{message.topic}","payload":{message.payload.decode()}}}\n'
        )

    def row(self, row: TruthRow) -> str:
        return f"{self._instant(row.at)},{row.site},{row.space},{row.people}\n"

    def _instant(self, at: Millis) -> str:
        if at != self._at:
            self._at, self._text = at, to_rfc3339(at, self._zone)
        return self._text


@contextlib.contextmanager
def _whole_or_not_at_all(path: Path) -> Iterator[io.TextIOBase]:
    part = path.with_name(path.name + ".part")
    try:
        with contextlib.ExitStack() as stack:
            raw = stack.enter_context(part.open("wb"))
            if path.suffix == ".gz":
                # Without name and time in its header, so that the same run gives the same bytes.
                packed = gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0, compresslevel=_COMPRESSION)
                yield stack.enter_context(io.TextIOWrapper(packed, encoding="utf-8", newline="\n"))
            else:
                yield stack.enter_context(io.TextIOWrapper(raw, encoding="utf-8", newline="\n"))
        part.replace(path)
    except OSError as error:
        raise FileError(f"{path}: cannot be written: {error.strerror or error}") from None
    finally:
        with contextlib.suppress(OSError):
            part.unlink()
