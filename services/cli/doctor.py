"""`foldspace doctor`: tries each part for real and says what to do."""

import socket
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import click

from services.cli.records import open_records
from services.contracts.errors import FoldspaceError
from services.journal.books import Books
from services.kit.addresses import host_port
from services.kit.mqtt import Broker, MqttSession
from services.kit.settings import Settings
from services.timeseries.open import open_history

_WAIT_S = 3.0


def examine(settings: Settings, data: str | None) -> bool:
    """Print a line for each part; tell whether all is well."""
    chosen = settings if data is None else replace(settings, data=data, db_url="", timeseries_url="")
    checks: dict[str, Callable[[Settings], str]] = {
        "data folder": _folder,
        "database": _database,
        "journal": _journal,
        "time series": _timeseries,
        "broker": _broker,
        "http": _http,
    }
    well = True
    for name, check in checks.items():
        try:
            found, mark = check(chosen), "ok  "
        except FoldspaceError as error:
            found, mark, well = str(error), "FAIL", False
        click.echo(f"{mark} {name:<12} {found}")
    return well


class _IllError(FoldspaceError):
    """Something is not as it should be."""


def _folder(settings: Settings) -> str:
    folder = settings.data_dir
    if not folder.is_dir():
        raise _IllError(f"{folder} is not there; `foldspace up --data {folder}` makes it")
    probe = folder / ".doctor"
    try:
        probe.write_bytes(b"x" * 4096)
        probe.unlink()
    except OSError as error:
        raise _IllError(
            f"{folder} cannot be written: {error.strerror}; free some space or mend its permissions"
        ) from None
    return str(folder)


def _database(settings: Settings) -> str:
    records = open_records(settings)
    try:
        community = records.catalogue_store.export()
        if not community.spaces:
            return "answers; the catalogue is empty: `foldspace community import FILE` fills it"
        return f"answers; {len(community.spaces)} spaces, {len(community.devices)} devices"
    finally:
        records.close()


def _journal(settings: Settings) -> str:
    account = Books(Path(settings.journal)).account().as_json()
    figures = ", ".join(f"{account[name]} {name}" for name in ("received", "stored", "quarantined", "pending"))
    balance = sum(account[name] for name in ("stored", "duplicate", "quarantined", "pending"))
    if balance != account["received"]:
        raise _IllError(f"the books do not balance: {figures}; please report this with the journal file")
    return figures


def _timeseries(settings: Settings) -> str:
    history = open_history(settings.timeseries)
    history.states("doctor", "doctor", 0, 1)
    history.close()
    return "answers"


def _broker(settings: Settings) -> str:
    broker = Broker.parse(settings.mqtt_url)
    heard: list[bytes] = []
    topic = f"foldspace/doctor/{time.time_ns():x}"
    session = MqttSession(
        broker, topic.replace("/", "-"), filters=(topic,), on_message=lambda message: heard.append(message.payload)
    )
    session.start()
    try:
        deadline = time.monotonic() + _WAIT_S
        while not heard and time.monotonic() < deadline:
            if session.connected:
                session.publish(topic, b"hello")
            time.sleep(0.1)
        if heard:
            return f"{broker.host}:{broker.port} takes and gives messages"
        trouble = session.last_error or f"{broker.host}:{broker.port}: no answer"
        raise _IllError(f"{trouble}; start a broker there, or let FOLDSPACE_MQTT_URL name the one you use")
    finally:
        session.stop()


def _http(settings: Settings) -> str:
    host, port = host_port(settings.http, "FOLDSPACE_HTTP")
    try:
        with socket.create_connection((host, port), timeout=_WAIT_S):
            return f"something listens on {host}:{port}"
    except OSError:
        return f"nothing listens on {host}:{port} yet"
