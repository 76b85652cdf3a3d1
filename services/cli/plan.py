"""`foldspace plan`: from an instance file to the best plan in time, as JSON or as a table."""

import gzip
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

import click

from services.cli.columns import columns
from services.cli.language import language_of
from services.cli.signals import stop_on_signals
from services.contracts.errors import FileError, InvalidError
from services.contracts.texts import text
from services.kit.clock import WallClock
from services.planner.answer import answer
from services.planner.planning import plan
from services.planner.reading import read_instance

_MOST_STARTING_MS = 2000
"""No interpreter takes longer to get here; a process older than that began for something else."""
_GZIP = b"\x1f\x8b"


def print_plan(file: Path, seconds: float, *, fair_percent: float | None = None, as_json: bool) -> None:
    """Read the instance, plan until `seconds` are over or a signal comes, and print.

    Raises FileError for a file that cannot be read, InvalidError for an instance that cannot be meant.
    """
    clock = WallClock()
    began = clock.now() - _starting_ms()
    stopped = stop_on_signals()
    raw = _read(file)
    try:
        instance = read_instance(raw)
        left_s = seconds - (clock.now() - began) / 1000
        found = plan(instance, left_s, stopped.is_set, clock, fair_percent=fair_percent)
    except InvalidError as error:
        raise InvalidError(f"{file}: {error}") from None
    language = language_of(os.environ)
    told = answer(found, language)
    told["seconds"] = round((clock.now() - began) / 1000, 3)
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False, indent=1))
    else:
        click.echo(_table(told, len(instance.requests), language))


def _starting_ms() -> int:
    """Return how long this process has been starting: it counts as time of the plan. 0 where nobody can tell."""
    try:
        started = int(Path("/proc/self/stat").read_text().rpartition(")")[2].split()[19]) / os.sysconf("SC_CLK_TCK")
        up = float(Path("/proc/uptime").read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return 0
    return min(_MOST_STARTING_MS, max(0, round((up - started) * 1000)))


def _read(file: Path) -> object:
    """Return the parsed JSON of a file, gzipped or not."""

    def no_number(name: str) -> NoReturn:
        raise FileError(f"{file}: holds {name}, expected JSON numbers alone")

    try:
        content = file.read_bytes()
        if content.startswith(_GZIP):
            content = gzip.decompress(content)
        parsed: object = json.loads(content.decode(), parse_constant=no_number)
    except (OSError, EOFError) as error:
        raise FileError(f"{file}: cannot be read: {getattr(error, 'strerror', None) or error}") from None
    except UnicodeDecodeError:
        raise FileError(f"{file}: is not UTF-8, expected an instance in JSON") from None
    except json.JSONDecodeError as error:
        raise FileError(f"{file}:{error.lineno}: is not JSON ({error.msg}), expected an instance") from None
    except (RecursionError, ValueError) as error:
        raise FileError(f"{file}: is no instance that can be read: {error}") from None
    return parsed


def _table(told: dict[str, Any], requests: int, language: str) -> str:
    """Return the plan for people: what is served in order of space and time, what moved, what is not served."""

    def heads(*keys: str) -> tuple[str, ...]:
        return tuple(text(f"planner.{key}", language) for key in keys)

    rows = sorted((each["space"], each["start"], each["request"]) for each in told["assigned"])
    lines = [*columns([heads("space", "start", "request"), *rows], left=3)]
    if told.get("moved"):
        dropped = text("planner.dropped", language)
        moved = [
            (each["request"], _shown(each["from"]), _shown(each["to"]) if each["to"] else dropped)
            for each in told["moved"]
        ]
        lines += ["", *columns([heads("request", "moved_from", "moved_to"), *moved], left=3)]
    if told["unserved"]:
        unserved = [(each["request"], each["reason"]) for each in told["unserved"]]
        lines += ["", *columns([heads("request", "reason"), *unserved], left=2)]
    if "fairness" in told:
        lines += ["", *_trade(told, language)]
    summary = {**told, "served": len(rows), "requests": requests, "gap": f"{told['gap']:.4%}"}
    return "\n".join([*lines, "", text("planner.summary", language, summary)])


def _trade(told: dict[str, Any], language: str) -> Iterator[str]:
    """Yield what fairness cost and brought, as a small table."""
    heads = ["", *(text(f"planner.{key}", language) for key in ("value", "evenness", "left_out"))]
    rows = [heads]
    for key, worth in (("before", told["fairness"]["value_before"]), ("after", told["value"])):
        even = told["fairness"][key]
        name = text(f"planner.{key}", language)
        rows.append([name, str(worth), f"{even['measure']:.4f}", f"{even['left_out']}/{even['groups']}"])
    yield from columns(rows)


def _shown(place: dict[str, str]) -> str:
    return f"{place['space']} {place['start']}"
