"""What several commands take: files, addresses, passwords; and how a part that runs for months logs."""

import sys
from pathlib import Path

import click

from services.contracts.errors import SettingsError
from services.kit import logs, settings
from services.kit.addresses import host_port

PATH = click.Path(path_type=Path)


class _Address(click.ParamType[tuple[str, int]]):
    """HOST:PORT."""

    name = "HOST:PORT"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, int]:
        if isinstance(value, tuple):
            return value
        try:
            return host_port(str(value), "address")
        except SettingsError as error:
            self.fail(str(error), param, ctx)


ADDRESS = _Address()


def ask_password(given: str | None) -> str:
    """Return the password given, typed twice at a terminal, or the first line of standard input."""
    if given is not None:
        return given
    if sys.stdin.isatty():
        return str(click.prompt("Password", hide_input=True, confirmation_prompt=True))
    return sys.stdin.readline().rstrip("\n")


def serve_logs(chosen: settings.Settings) -> None:
    """Log as a part that runs for months does: what happens, as JSON."""
    logs.configure(chosen.log or "INFO", as_json=chosen.log_format != "text")
