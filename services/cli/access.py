"""`foldspace devices …`, `broker …` and `certificates …`: who may talk to the broker, as an operator manages it."""

import secrets
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import click
from pydantic import ValidationError

from services.access.claims import UnclaimedDevice
from services.access.desk import ClaimDesk
from services.access.enrolment import Enrolled
from services.access.mosquitto import MosquittoAccess
from services.access.rights import part_rights
from services.access.roles import Plan
from services.cli.admission import enrolment_of, mosquitto_of, vendor_filters
from services.cli.records import Records, open_records
from services.contracts.community import Device
from services.contracts.errors import FileError, FoldspaceError, InvalidError, SettingsError
from services.contracts.instants import to_rfc3339
from services.contracts.readings import first_fault
from services.journal.books import Books
from services.kit import certificates
from services.kit.clock import WallClock
from services.kit.mqtt import Broker
from services.kit.settings import Settings

_BY = "command line"
_MANAGED = "FOLDSPACE_MQTT_ADMIN_URL: expected mqtt(s)://foldspace-admin:PASSWORD@HOST to manage the broker with"


def _with(settings: Settings, data: str | None) -> Settings:
    """Return the settings for a data folder of `up`, whose embedded broker reads the credentials itself."""
    if data is None:
        return settings
    return replace(settings, data=data, db_url="", timeseries_url="", mqtt_admin_url="")


def _parts_of(name: str) -> tuple[str, str]:
    site, slash, device = name.partition("/")
    if not slash or not site or not device:
        raise InvalidError(f"device {name!r}: expected SITE/DEVICE")
    return site, device


def add_device(
    settings: Settings,
    data: str | None,
    name: str,
    space: str,
    kind: str,
    *,
    codec: str | None,
    topic: str | None,
    heartbeat_s: float | None,
    with_credentials: bool,
    signed: bool,
) -> None:
    """Add a device to the catalogue and print its credentials; a running gateway knows it within seconds."""
    site, id = _parts_of(name)
    try:
        device = Device(id=id, site=site, space=space, kind=kind, codec=codec, topic=topic, heartbeat_s=heartbeat_s)
    except ValidationError as error:
        raise InvalidError(f"device {name}: {first_fault(error)}") from None
    if codec is not None and not vendor_filters(device):
        raise InvalidError(f"device {name}: codec {codec!r}: expected one of `foldspace codecs list`, with --topic")
    chosen = _with(settings, data)
    records = open_records(chosen, create=False)
    try:
        done = enrolment_of(records, chosen).add(device, with_credentials=with_credentials, signed=signed)
    finally:
        records.close()
    where = ", ".join(vendor_filters(device)) or f"fs/v1/{site}/dev/{id}/up/{kind}"
    click.echo(f"{name} watches {site}/{space}; it is heard on {where}")
    _print(done, chosen)


def rotate_device(settings: Settings, data: str | None, name: str, *, signed: bool | None) -> None:
    """Print new credentials of a device; those before are worthless at once."""
    chosen = _with(settings, data)
    records = open_records(chosen, create=False)
    try:
        done = enrolment_of(records, chosen).rotate(*_parts_of(name), signed=signed)
    finally:
        records.close()
    _print(done, chosen)


def revoke_device(settings: Settings, data: str | None, name: str) -> None:
    """Shut a device out."""
    chosen = _with(settings, data)
    records = open_records(chosen, create=False)
    try:
        done = enrolment_of(records, chosen).revoke(*_parts_of(name))
    finally:
        records.close()
    click.echo(f"{name} is shut out; `foldspace devices rotate {name}` lets it in again")
    _print(done, chosen)


def remove_device(settings: Settings, data: str | None, name: str) -> None:
    """Shut a device out and take it from the catalogue."""
    chosen = _with(settings, data)
    records = open_records(chosen, create=False)
    try:
        done = enrolment_of(records, chosen).remove(*_parts_of(name))
    finally:
        records.close()
    click.echo(f"{name} is not in the catalogue any more; what it sends waits in quarantine")
    _print(done, chosen)


def onboard_site(settings: Settings, data: str | None, site: str) -> None:
    """Print new credentials with which unclaimed devices of a site may say that they are there."""
    chosen = _with(settings, data)
    records = open_records(chosen, create=False)
    try:
        done = enrolment_of(records, chosen).onboarding(site)
    finally:
        records.close()
    click.echo(f"newcomers of {site} may publish fs/v1/{site}/dev/NAME/status, and nothing else")
    _print(done, chosen)


def _print(done: Enrolled, settings: Settings) -> None:
    if done.issued is not None:
        click.echo(f"username     {done.issued.username}")
        click.echo(f"password     {done.issued.password}")
        if done.issued.signing_key is not None:
            click.echo(f"signing key  {done.issued.signing_key.hex()}")
        click.echo("Write this down: it is not kept and cannot be shown again.")
        if not settings.mqtt_admin_url:
            click.echo(
                "The embedded broker of `foldspace up` takes it now; another broker has to be told by you, for "
                "FOLDSPACE_MQTT_ADMIN_URL is not set."
            )
    if done.trouble is not None:
        click.echo(f"Left to do: {done.trouble}", err=True)


def print_unclaimed(settings: Settings, data: str | None) -> None:
    """Print the devices that wait to be claimed."""
    waiting: Sequence[UnclaimedDevice] = Books(_with(settings, data).journal).unclaimed()
    for one in waiting:
        # What a stranger sent must not steer the terminal.
        kinds = "".join(c if c.isprintable() else "?" for c in ", ".join(sorted(one.kinds)))
        code = "a code" if one.code is not None else "no code"
        last = to_rfc3339(one.last_seen)
        click.echo(f"{one.site}/{one.device:<24} {one.messages:>6} messages, last {last}, shows {code}: {kinds}")
    if not waiting:
        click.echo("no device waits")


def claim_device(settings: Settings, data: str | None, code: str, space: str, kind: str, name: str | None) -> None:
    """Make the device that shows CODE one of the catalogue and print its credentials."""
    chosen = _with(settings, data)
    records = open_records(chosen, create=False)
    try:
        desk = ClaimDesk(Books(chosen.journal).unclaimed, enrolment_of(records, chosen), WallClock())
        device, done = desk.claim(code, space, kind, name, _BY)
    finally:
        records.close()
    click.echo(f"{device.site}/{device.id} watches {device.site}/{device.space} as {device.kind}")
    _print(done, chosen)


# -- the broker


def init_broker(settings: Settings, files: Sequence[Path]) -> None:
    """Give gateway, scheduler and api their names at the broker, and every role its rights."""
    passwords = dict(_credentials_in(file) for file in files)
    records = open_records(settings)
    try:
        access = _managed(records, settings)
        fresh: dict[str, str] = {}
        if not files:
            missing = access.sync().missing
            fresh = {name: secrets.token_hex(16) for name in part_rights((), vendor_filters) if name in missing}
        plan = access.equip({**passwords, **fresh})
    finally:
        records.close()
    where = Broker.parse(settings.mqtt_url)
    for name, password in fresh.items():
        scheme = "mqtts" if where.tls else "mqtt"
        click.echo(f"{name:<20} FOLDSPACE_MQTT_URL={scheme}://{name}:{password}@{where.host}:{where.port}")
    if fresh:
        click.echo("Write these down: they are not kept and cannot be shown again.")
    _print_plan(plan)


def sync_broker(settings: Settings) -> bool:
    """Repair what differs between catalogue and broker; tell whether nothing is left for a person to do."""
    records = open_records(settings, create=False)
    try:
        plan = _managed(records, settings).sync()
    finally:
        records.close()
    _print_plan(plan)
    return not (plan.missing or plan.strangers or plan.faults)


def _managed(records: Records, settings: Settings) -> MosquittoAccess:
    access = mosquitto_of(records, settings)
    if access is None:
        raise SettingsError(_MANAGED)
    return access


def _credentials_in(file: Path) -> tuple[str, str]:
    """Return user name and password of a part from a file that holds its MQTT URL."""
    try:
        broker = Broker.parse(file.read_text(encoding="utf-8").strip())
    except (OSError, UnicodeDecodeError) as error:
        raise FileError(f"{file}: cannot be read: {getattr(error, 'strerror', None) or 'is not UTF-8'}") from None
    except FoldspaceError as error:
        raise FileError(f"{file}: {error}") from None
    if not broker.username or not broker.password:
        raise FileError(f"{file}: expected mqtt://USER:PASSWORD@HOST, with both")
    return broker.username, broker.password


def _print_plan(plan: Plan) -> None:
    for what in plan.repaired:
        click.echo(f"repaired  {what}")
    for name in plan.missing:
        part = name in part_rights((), vendor_filters)
        remedy = "`foldspace broker init`" if part else "`foldspace devices rotate`, for its password is not kept"
        click.echo(f"missing   {name}: {remedy} makes it")
    for name in plan.strangers:
        click.echo(f"stranger  {name}: not ours, left alone")
    for fault in plan.faults:
        click.echo(f"refused   {fault}")
    if not (plan.repaired or plan.missing or plan.strangers or plan.faults):
        click.echo("broker and catalogue agree")


# -- certificates


def make_certificates(folder: Path, hosts: Sequence[str]) -> None:
    """Make or renew a private CA and the server certificates of broker and API."""
    for made in certificates.ensure(folder, hosts, WallClock().now()):
        click.echo(f"{made.done:<8} {made.file}  good until {made.until:%Y-%m-%d}")
    click.echo(f"clients trust {folder / 'ca.crt'}: FOLDSPACE_MQTT_CA={folder / 'ca.crt'}; keep ca.key off the servers")
