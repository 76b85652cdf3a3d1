"""What an InfluxDB's answers mean: reasons, counts of dropped points, times to wait, rows."""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from services.contracts.errors import FoldspaceError
from services.timeseries.ports import SinkUnavailableError

POINT_STATUSES = frozenset({400, 413, 422})
"""Answers that speak about the points and not about the server."""

_DROPPED = re.compile(r"\bdropped=(\d+)")
_LONGEST_REASON = 400

_ADVICE = {
    401: "FOLDSPACE_INFLUX_TOKEN is missing or wrong",
    403: "FOLDSPACE_INFLUX_TOKEN may not do this; it needs the right to read and write the bucket",
    404: "the bucket, database or organisation is not there; `foldspace doctor --fix` makes the bucket",
}


class MissingError(SinkUnavailableError):
    """The bucket, database or whatever else was asked for is not there."""


class RejectedError(FoldspaceError):
    """The server read the points and will not have some of them. `dropped`: how many, where it says so."""

    kind = "timeseries"

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(f"{status}: {reason}")
        self.reason = reason
        found = _DROPPED.search(reason)
        self.dropped = int(found[1]) if found else None


def failure(where: str, status: int, body: str, headers: Mapping[str, str]) -> FoldspaceError:
    """Return the error for an answer that is no success: RejectedError, or SinkUnavailableError with what to do."""
    said = reason(body) or "no reason given"
    if status in POINT_STATUSES:
        return RejectedError(status, said)
    what = f"{where}: answered {status}: {said}"
    if status in _ADVICE:
        what += f"; {_ADVICE[status]}"
    if status == 404:
        return MissingError(what)
    return SinkUnavailableError(what, retry_after_s(headers))


def reason(body: str) -> str:
    """Return why, from the JSON of versions 1, 2 and 3 or a proxy's page; on one line, cut where too long."""
    try:
        answer = json.loads(body)
    except ValueError:
        answer = None
    text = body
    if isinstance(answer, dict):
        text = str(answer.get("message") or answer.get("error") or body)
        details = answer.get("data")
        if isinstance(details, list) and details and isinstance(details[0], dict):  # version 3 names the lines
            text += f": {details[0].get('error_message', '')}"
    if text.lstrip().startswith("<"):
        text = re.sub(r"<[^>]*>", " ", text)
    # A line that does not parse is quoted whole before the cause.
    text = re.sub(r"unable to parse '.*': ", "unable to parse the line: ", text, flags=re.DOTALL)
    return " ".join(text.split())[:_LONGEST_REASON]


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """Return how long the server asks to be left alone; its date is measured against its own clock, the Date header."""
    names = {name.lower(): content.strip() for name, content in headers.items()}
    asked = names.get("retry-after", "")
    if asked.isascii() and asked.isdecimal():
        return float(asked)
    until, now = _date(asked), _date(names.get("date", ""))
    return None if until is None or now is None else max(0.0, (until - now).total_seconds())


def rows(where: str, answer: Any) -> list[dict[str, Any]]:
    """Return the rows of an InfluxQL answer, without nulls, tags as columns. Raises SinkUnavailableError."""
    if not isinstance(answer, dict):
        raise SinkUnavailableError(f"{where}: answered a query with {type(answer).__name__}, expected an object")
    found: list[dict[str, Any]] = []
    for result in answer.get("results", ()):
        if "error" in result:
            if "not found" in result["error"]:
                raise MissingError(f"{where}: {result['error']}; {_ADVICE[404]}")
            raise SinkUnavailableError(f"{where}: {result['error']}")
        for table in result.get("series", ()):
            if table.get("partial"):
                raise SinkUnavailableError(f"{where}: cut its answer short; its max-row-limit must be 0")
            columns, tags = table["columns"], table.get("tags", {})
            for values in table.get("values", ()):
                present = {name: content for name, content in zip(columns, values, strict=True) if content is not None}
                found.append(tags | present)
    return found


def literal(text: str) -> str:
    """Return a string of InfluxQL. Version 3 takes no bind parameters on `/query`, so every version gets this."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n")
    return f"'{escaped}'"


def identifier(name: str) -> str:
    """Return a name of InfluxQL in its quotes."""
    escaped = name.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def _date(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text)
        return found if found.tzinfo else found.replace(tzinfo=UTC)  # "-0000" parses as of no zone
    except ValueError:
        return None
