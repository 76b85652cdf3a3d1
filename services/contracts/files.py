"""Recording, truth, bookings and policy files: read line by line, with the place of every fault."""

import csv
import gzip
import io
import json
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from services.contracts.errors import FileError
from services.contracts.instants import to_millis
from services.contracts.names import Millis, Name
from services.contracts.policy import Policy
from services.contracts.readings import first_fault


@dataclass(frozen=True, slots=True)
class RecordedMessage:
    """One line of a recording."""

    at: Millis
    topic: str
    payload: bytes


@dataclass(frozen=True, slots=True)
class TruthRow:
    """From `at` on, `people` are in the space; None: nobody looked."""

    at: Millis
    site: str
    space: str
    people: int | None


class BookingRow(BaseModel):
    """One booking of a bookings file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Annotated[str, Field(min_length=1, max_length=64)]
    site: Name
    space: Name
    group: str
    people: Annotated[int, Field(ge=1)]
    start: AwareDatetime
    end: AwareDatetime


class RequestRow(BaseModel):
    """One wish of a requests file: `duration_min` within `earliest` … `latest_end`, in `space` or in any that fits."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Annotated[str, Field(min_length=1, max_length=64)]
    site: Name
    group: str
    people: Annotated[int, Field(ge=1)]
    duration_min: Annotated[int, Field(ge=5, le=1440)]
    earliest: AwareDatetime
    latest_end: AwareDatetime
    created_at: Annotated[AwareDatetime | None, Field(description="default: earliest")] = None
    space: Name | None = None
    features: tuple[str, ...] = ()
    functions: tuple[str, ...] = ()
    priority: int = 0


@contextmanager
def _open_text(path: Path) -> Iterator[io.TextIOBase]:
    try:
        with (
            io.TextIOWrapper(gzip.open(path, "rb"), encoding="utf-8")
            if path.suffix == ".gz"
            else path.open(encoding="utf-8", newline="")
        ) as text:
            yield text
    except UnicodeDecodeError as error:
        raise FileError(f"{path}: expected text in UTF-8, byte {error.start} is none") from None
    except OSError as error:
        raise FileError(f"{path}: cannot be read: {error.strerror or error}") from None


def _instant(text: str, place: str) -> Millis:
    try:
        value = datetime.fromisoformat(text)
        if value.tzinfo is None:
            raise ValueError
    except ValueError:
        raise FileError(f"{place}: {text!r} is not an RFC 3339 instant with an offset") from None
    return to_millis(value)


def read_recording(path: Path) -> Iterator[RecordedMessage]:
    """Yield the messages of a recording in order. Raises FileError naming the line, or for a file without any."""
    last: Millis | None = None
    with _open_text(path) as lines:
        number = 0
        try:
            for number, line in enumerate(lines, 1):  # the fault below names the line
                place = f"{path}:{number}"
                if not line.strip():
                    continue
                try:
                    raw: Any = json.loads(line)
                    at_text, topic, payload = raw["at"], raw["topic"], raw["payload"]
                except (ValueError, KeyError, TypeError):
                    raise FileError(f'{place}: expected {{"at": …, "topic": …, "payload": …}}') from None
                at = _instant(str(at_text), place)
                if last is not None and at < last:
                    raise FileError(f"{place}: at goes back in time; a recording is in order of at")
                last = at
                body = (
                    payload
                    if isinstance(payload, str)
                    else json.dumps(payload, ensure_ascii=False, separators=(",", ":"))
                )
                yield RecordedMessage(at, str(topic), body.encode())
        except (OSError, EOFError, UnicodeDecodeError) as error:
            raise FileError(f"{path}:{number + 1}: cannot be read: {error}") from None
    if last is None:
        raise FileError(f"{path}: holds no message")


def read_truth(path: Path) -> list[TruthRow]:
    """Return the rows of a truth file. Raises FileError naming the line."""
    rows: list[TruthRow] = []
    last: dict[tuple[str, str], Millis] = {}
    with _open_text(path) as text:
        reader = csv.DictReader(text)
        if reader.fieldnames != ["at", "site", "space", "people"]:
            raise FileError(f"{path}:1: expected the columns at,site,space,people")
        for row in reader:
            place = f"{path}:{reader.line_num}"
            people = (row["people"] or "").strip()
            if people and not people.isdecimal():
                raise FileError(f"{place}: people: expected a whole number or nothing, got {people!r}")
            at, key = _instant(row["at"], place), (row["site"], row["space"])
            if at < last.get(key, at):
                raise FileError(f"{place}: at goes back in time; the rows of a space are in order of at")
            last[key] = at
            rows.append(TruthRow(at, *key, int(people) if people else None))
    return rows


def read_bookings(path: Path) -> list[BookingRow]:
    """Return the bookings of a bookings file. Raises FileError naming the entry, or the two that overlap."""
    with _open_text(path) as text:
        try:
            rows = TypeAdapter(list[BookingRow]).validate_json(text.read())
        except ValidationError as error:
            raise FileError(f"{path}: {first_fault(error)}") from None
    for index, row in enumerate(rows):
        if row.end <= row.start:
            raise FileError(f"{path}: {index}.end: is not after start")
    last: dict[tuple[str, str], BookingRow] = {}
    for row in sorted(rows, key=lambda row: row.start):
        before = last.get((row.site, row.space))
        if before is not None and row.start < before.end:
            raise FileError(f"{path}: booking {row.id} overlaps booking {before.id} in {row.site}/{row.space}")
        last[row.site, row.space] = row
    return rows


def read_requests(path: Path) -> list[RequestRow]:
    """Return the wishes of a requests file. Raises FileError naming the entry."""
    with _open_text(path) as text:
        try:
            rows = TypeAdapter(list[RequestRow]).validate_json(text.read())
        except ValidationError as error:
            raise FileError(f"{path}: {first_fault(error)}") from None
    seen: set[str] = set()
    for index, row in enumerate(rows):
        if row.id in seen:
            raise FileError(f"{path}: {index}.id: {row.id!r} is there twice")
        seen.add(row.id)
        if row.latest_end - row.earliest < timedelta(minutes=row.duration_min):
            raise FileError(f"{path}: {index}.latest_end: leaves less than duration_min after earliest")
    return rows


def read_policy(path: Path) -> Policy:
    """Return the policy of a TOML file, as its whole or under `[policy]`. Raises FileError."""
    with _open_text(path) as text:
        try:
            raw = tomllib.loads(text.read())
            return Policy.model_validate(raw.get("policy", raw))
        except tomllib.TOMLDecodeError as error:
            raise FileError(f"{path}: not TOML: {error}") from None
        except ValidationError as error:
            raise FileError(f"{path}: {first_fault(error)}") from None
