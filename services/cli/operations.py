"""What an operator does on the command line, on the data folder or database, whether the system runs or not."""

import json
from datetime import UTC, datetime
from pathlib import Path

import click

from services.catalogue.communityfile import to_toml
from services.catalogue.difference import difference
from services.catalogue.merge import merge
from services.cli.admission import enrolment_of
from services.cli.communities import load_understood
from services.cli.quarantine import printable
from services.cli.records import Records, of_folder, open_books, open_records
from services.contracts.errors import FoldspaceError
from services.contracts.texts import text
from services.journal.books import Books
from services.kit.clock import WallClock
from services.kit.database import open_engine
from services.kit.settings import Settings
from services.twins.records import GapRepair, RepairKey
from services.twins.store import TwinStore


def _records(settings: Settings, data: str | None, *, create: bool = False) -> Records:
    return open_records(of_folder(settings, data), create=create)


def print_account(settings: Settings, data: str | None, *, as_json: bool) -> None:
    """Print the accounting, of a running system or of what a stopped one left."""
    account = open_books(of_folder(settings, data)).account().as_json()
    if as_json:
        click.echo(json.dumps(account, ensure_ascii=False))
        return
    for name in ("received", "stored", "duplicate", "quarantined", "pending"):
        click.echo(f"{name:<12}{account[name]:>12}")
    with_gaps = [device for device in account["devices"] if device["gaps"]]
    click.echo(f"{'devices':<12}{len(account['devices']):>12}   with gaps: {len(with_gaps)}")
    repairs = _repairs(of_folder(settings, data)) if with_gaps else {}
    for device in with_gaps:
        ranges = ", ".join(f"{first}–{last}" for first, last in device["gaps"][:10])
        click.echo(f"  {device['site']}/{device['device']} boot {device['boot']}: never seen {ranges}")
        for one in repairs.get((device["site"], device["device"], device["boot"]), ()):
            if one.state == "unrepairable":
                why = printable(text(one.reason or "", "en"))  # it may be what the device said
                click.echo(f"    {one.first}–{one.last} cannot be recovered: {why}")


def _repairs(settings: Settings) -> dict[RepairKey, list[GapRepair]]:
    """Return what is known of the gaps; nothing, and a line on stderr, when the database does not say it."""
    if not settings.db_url and not (settings.data_dir / "foldspace.sqlite").exists():
        return {}  # the books of a gateway whose database is elsewhere: asking would make an empty one here
    engine = open_engine(settings.database)
    try:
        return TwinStore(engine, WallClock()).repairs()
    except FoldspaceError as error:
        click.echo(f"which gaps cannot be repaired is unknown: {error}", err=True)
        return {}
    finally:
        engine.dispose()


def import_community(
    settings: Settings, data: str | None, file: Path, *, replace: bool = False, dry_run: bool = False
) -> None:
    """Lay a community file over the catalogue, or put it in its place; a dry run prints what would change."""
    community = load_understood(file)
    records = _records(settings, data, create=not dry_run)
    before = records.catalogue_store.export()
    if dry_run:
        changes = list(difference(before, community if replace else merge(before, community)))
        for one in changes:
            fields = f": {', '.join(one.fields)}" if one.fields else ""
            click.echo(f"{one.what:<8} {one.table} {one.key}{fields}".rstrip())
        if not changes:
            click.echo(f"{file}: says what the catalogue says")
        records.close()
        return
    records.catalogue_store.import_community(community, replace=replace)
    # Who is gone from the catalogue has no rights already; its password must not come back with its name.
    enrolment = enrolment_of(records, of_folder(settings, data))
    kept = {(device.site, device.id) for device in records.catalogue_store.export().devices}
    gone = [device for device in before.devices if (device.site, device.id) not in kept]
    troubles = {enrolment.forget(device.site, device.id) for device in gone} - {None}
    for trouble in sorted(str(one) for one in troubles):
        click.echo(trouble, err=True)
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


def list_devices(settings: Settings, data: str | None) -> None:
    """Print the devices of the catalogue with what was last heard of them."""
    records = _records(settings, data)
    heard = {(item.site, item.device): item for item in Books(of_folder(settings, data).journal).account().devices}
    for device in records.catalogue_store.export().devices:
        life = heard.get((device.site, device.id))
        seen = "never" if life is None or not life.last_seen else _stamp(life.last_seen)
        online = {None: "unheard", True: "online", False: "offline"}[life.online if life else None]
        click.echo(f"{device.site}/{device.id:<24} {device.kind:<9} {device.space:<16} {online:<8} last seen {seen}")
    records.close()


def _stamp(at: int) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).isoformat(timespec="seconds")
