"""`foldspace doctor`: tries each part for real and says what to do."""

import os
import unicodedata
from collections.abc import Iterable
from pathlib import Path

import click

from services.cli import checks
from services.cli.finding import Finding, ill, ok
from services.cli.language import language_of
from services.cli.records import of_folder
from services.contracts.errors import FoldspaceError
from services.contracts.texts import text
from services.kit.clock import WallClock
from services.kit.settings import Settings
from services.timeseries.influx_address import is_influx

_MARKS = {"ok": "ok  ", "look": "look", "ill": "FAIL"}
_NAME_WIDTH = 13


def examine(settings: Settings, data: str | None, *, fix: bool = False, compose: Path | None = None) -> bool:
    """Print a line for each part; tell whether all is well.

    `fix` mends what can be mended of an InfluxDB first. With `compose` that file is examined, and nothing else.
    """
    chosen, language = of_folder(settings, data), language_of(os.environ)
    if compose is not None:
        return _print("compose", _compose(compose), language)
    well = True
    if fix:
        well = _print("fix", _fix(chosen), language)
    now, there = WallClock().now(), chosen.data_dir.is_dir()
    for name in checks.CHECKS:
        if there or name not in _needing(chosen):
            well &= _print(name, checks.run(name, chosen, now), language)
    return well


def _needing(settings: Settings) -> frozenset[str]:
    """Return the checks that need the data folder, and would make one where only its name was mistyped."""
    needing = checks.NEEDS_FOLDER
    if not settings.db_url:
        needing |= {"database", "scheduler", "codecs", "notices"}
    if not settings.timeseries_url:
        needing |= {"timeseries"}
    return needing


def _fix(settings: Settings) -> list[Finding]:
    if not is_influx(settings.timeseries):
        return []
    from services.timeseries.influx_setup import fix  # its client takes a third of a second to load

    try:
        return [ok("failed", reason=done) for done in fix(settings.timeseries, settings.influx_token)]
    except FoldspaceError as error:
        return [ill("failed", reason=error)]


def _compose(file: Path) -> list[Finding]:
    from services.cli.compose import check_compose

    return [ill("failed", reason=fault) for fault in check_compose(file)] or [ok("compose_ok", file=file)]


def _print(name: str, found: Iterable[Finding], language: str) -> bool:
    well = True
    for one in found:
        params = dict(one.params)
        if "fault" in params:
            params["fault"] = checks.fault_name(params["fault"], language)
        shown = _padded(text(f"doctor.part_{name}", language))
        click.echo(f"{_MARKS[one.mark]} {shown} {text(f'doctor.{one.key}', language, params)}")
        well &= one.mark != "ill"
    return well


def _padded(name: str) -> str:
    """Return a name filled up to a column's width on a terminal, where a Chinese character takes two places."""
    width = sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in name)
    return name + " " * max(0, _NAME_WIDTH - width)
