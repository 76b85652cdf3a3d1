"""What an operator does on the command line, on the data folder or database, whether the system runs or not."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

import click
from pydantic import ValidationError

from services.catalogue.communityfile import to_toml
from services.catalogue.people import Role
from services.cli.firstlogin import forget_first_password
from services.cli.records import Records, open_records
from services.contracts.community import Device, load_community
from services.contracts.errors import InvalidError, NotFoundError
from services.contracts.instants import to_rfc3339
from services.contracts.readings import first_fault
from services.journal.books import Books
from services.journal.journal import Journal
from services.kit.settings import Settings

_TEXT_SHOWN = 4096
_HEX_SHOWN = 256


def _with(settings: Settings, data: str | None) -> Settings:
    return settings if data is None else replace(settings, data=data, db_url="", timeseries_url="")


def _records(settings: Settings, data: str | None, *, create: bool = False) -> Records:
    return open_records(_with(settings, data), create=create)


def _books(settings: Settings, data: str | None) -> Books:
    """Return the books of a data folder that is there. Raises NotFoundError, so that a typo shows no zeros."""
    path = _with(settings, data).journal
    if not path.parent.is_dir():
        raise NotFoundError(f"data folder {path.parent}: does not exist")
    return Books(path)


def print_account(settings: Settings, data: str | None, *, as_json: bool) -> None:
    """Print the accounting, of a running system or of what a stopped one left."""
    account = _books(settings, data).account().as_json()
    if as_json:
        click.echo(json.dumps(account, ensure_ascii=False))
        return
    for name in ("received", "stored", "duplicate", "quarantined", "pending"):
        click.echo(f"{name:<12}{account[name]:>12}")
    with_gaps = [device for device in account["devices"] if device["gaps"]]
    click.echo(f"{'devices':<12}{len(account['devices']):>12}   with gaps: {len(with_gaps)}")
    for device in with_gaps:
        ranges = ", ".join(f"{first}–{last}" for first, last in device["gaps"][:10])
        click.echo(f"  {device['site']}/{device['device']} boot {device['boot']}: never seen {ranges}")


def import_community(settings: Settings, data: str | None, file: Path) -> None:
    """Lay a community file over the catalogue."""
    community = load_community(file)
    records = _records(settings, data, create=True)
    records.catalogue_store.import_community(community)
    click.echo(
        f"{file}: {len(community.sites)} sites, {len(community.spaces)} spaces, {len(community.devices)} devices, "
        f"{len(community.supply)} supply windows"
    )
    records.close()


def export_community(settings: Settings, data: str | None) -> None:
    """Print the catalogue as a community file."""
    records = _records(settings, data)
    click.echo(to_toml(records.catalogue_store.export()), nl=False)
    records.close()


def list_quarantine(settings: Settings, data: str | None, limit: int) -> None:
    """Print the newest quarantined messages, a line each."""
    for row in _books(settings, data).quarantine(limit=limit):
        click.echo(f"{row.id:>10}  {to_rfc3339(row.at)}  {_printable(row.topic)}  {_printable(row.reason)}")


def show_quarantined(settings: Settings, data: str | None, number: int) -> None:
    """Print one quarantined message with its bytes, readable and as hexadecimal."""
    row = _books(settings, data).quarantined(number)
    text = row.raw[:_TEXT_SHOWN].decode("utf-8", errors="replace")
    click.echo(f"id      {row.id}\nat      {to_rfc3339(row.at)}")
    click.echo(f"topic   {_printable(row.topic)}\nreason  {_printable(row.reason)}\nbytes   {len(row.raw)}")
    click.echo(f"text    {_printable(text)}{_more(row.raw, _TEXT_SHOWN)}")
    click.echo(f"hex     {row.raw[:_HEX_SHOWN].hex(' ')}{_more(row.raw, _HEX_SHOWN)}")


def _printable(text: str) -> str:
    """Return text whose control characters are escaped: what a stranger sent must not steer the terminal."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def _more(raw: bytes, shown: int) -> str:
    return f" … and {len(raw) - shown} bytes more" if len(raw) > shown else ""


def replay_quarantined(settings: Settings, data: str | None, numbers: tuple[int, ...]) -> None:
    """Give quarantined messages another chance; a running gateway takes them up by itself."""
    _books(settings, data)
    with Journal.open(_with(settings, data).journal, owner=False) as journal:
        for number in numbers:
            click.echo(f"{number} is pending again as {journal.replay(number)}")


def list_devices(settings: Settings, data: str | None) -> None:
    """Print the devices of the catalogue with what was last heard of them."""
    records = _records(settings, data)
    heard = {(item.site, item.device): item for item in Books(_with(settings, data).journal).account().devices}
    for device in records.catalogue_store.export().devices:
        life = heard.get((device.site, device.id))
        seen = "never" if life is None or not life.last_seen else _stamp(life.last_seen)
        online = {None: "unheard", True: "online", False: "offline"}[life.online if life else None]
        click.echo(f"{device.site}/{device.id:<24} {device.kind:<9} {device.space:<16} {online:<8} last seen {seen}")
    records.close()


def _stamp(at: int) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).isoformat(timespec="seconds")


def add_device(
    settings: Settings, data: str | None, name: str, space: str, kind: str, heartbeat_s: float | None
) -> None:
    """Add a device to the catalogue; a running gateway knows it within seconds."""
    site, slash, device_id = name.partition("/")
    if not slash:
        raise InvalidError(f"device {name!r}: expected SITE/DEVICE")
    try:
        device = Device(id=device_id, site=site, space=space, kind=kind, heartbeat_s=heartbeat_s)
    except ValidationError as error:
        raise InvalidError(f"device {name}: {first_fault(error)}") from None
    records = _records(settings, data)
    records.catalogue_store.add_device(device)
    records.close()
    click.echo(f"{name} watches {site}/{space}; publish to fs/v1/{site}/dev/{device_id}/up/{kind}")


def list_users(settings: Settings, data: str | None) -> None:
    """Print the users and their roles."""
    records = _records(settings, data)
    for user in records.people.users():
        click.echo(f"{user.name:<24} {user.role}")
    records.close()


def add_user(settings: Settings, data: str | None, name: str, role: str, password: str) -> None:
    """Add a staff user."""
    if role not in get_args(Role):
        raise InvalidError(f"role {role!r}: expected one of {', '.join(get_args(Role))}")
    records = _records(settings, data)
    records.people.add_user(name, password, role)  # type: ignore[arg-type]  # checked above
    records.close()
    click.echo(f"{name} may sign in as {role}")


def set_password(settings: Settings, data: str | None, name: str, password: str) -> None:
    """Change a password; the user's sessions end."""
    records = _records(settings, data)
    records.people.set_password(name, password)
    records.close()
    forget_first_password(_with(settings, data).data_dir, name)
    click.echo(f"{name} has a new password")
