"""Commands that let devices and parts in: devices, the broker, certificates."""

import sys
from pathlib import Path

import click

from services.cli.commands.arguments import PATH
from services.cli.exits import DONE, FAILED
from services.kit import settings


@click.group()
def devices() -> None:
    """List, add, claim and shut out devices."""


@devices.command("list")
@click.option("--data", default=None)
def devices_list(data: str | None) -> None:
    """List the devices with what was last heard of them."""
    from services.cli.operations import list_devices

    list_devices(settings.load(), data)


@devices.command("add")
@click.argument("name", metavar="SITE/DEVICE")
@click.option("--space", required=True)
@click.option("--kind", required=True)
@click.option("--codec", default=None, help="How its maker speaks: one of `foldspace codecs list`.")
@click.option("--topic", default=None, help="Its topic, for a device with a codec.")
@click.option("--heartbeat", "heartbeat_s", type=float, default=None, help="How often it owes a message, in seconds.")
@click.option("--no-credentials", is_flag=True, help="It comes in by other means, such as a vendor's bridge.")
@click.option("--signed", is_flag=True, help="Also give it a key to sign with, for a broker that is not ours.")
@click.option("--data", default=None)
def devices_add(
    name: str,
    space: str,
    kind: str,
    codec: str | None,
    topic: str | None,
    heartbeat_s: float | None,
    no_credentials: bool,
    signed: bool,
    data: str | None,
) -> None:
    """Add a device and print its password, this once."""
    from services.cli.access import add_device

    add_device(
        settings.load(), data, name, space, kind, codec=codec, topic=topic, heartbeat_s=heartbeat_s,
        with_credentials=not no_credentials, signed=signed,
    )  # fmt: skip


@devices.command("rotate")
@click.argument("name", metavar="SITE/DEVICE")
@click.option("--signed/--unsigned", default=None, help="Give it a signing key or none. Default: as before.")
@click.option("--data", default=None)
def devices_rotate(name: str, signed: bool | None, data: str | None) -> None:
    """Give a device a new password; the one before is worthless at once."""
    from services.cli.access import rotate_device

    rotate_device(settings.load(), data, name, signed=signed)


@devices.command("revoke")
@click.argument("name", metavar="SITE/DEVICE")
@click.option("--data", default=None)
def devices_revoke(name: str, data: str | None) -> None:
    """Shut a device out; it stays in the catalogue."""
    from services.cli.access import revoke_device

    revoke_device(settings.load(), data, name)


@devices.command("remove")
@click.argument("name", metavar="SITE/DEVICE")
@click.option("--data", default=None)
def devices_remove(name: str, data: str | None) -> None:
    """Shut a device out and take it from the catalogue."""
    from services.cli.access import remove_device

    remove_device(settings.load(), data, name)


@devices.command("onboarding")
@click.argument("site")
@click.option("--data", default=None)
def devices_onboarding(site: str, data: str | None) -> None:
    """Print a new password with which unclaimed devices of SITE may say that they are there."""
    from services.cli.access import onboard_site

    onboard_site(settings.load(), data, site)


@devices.command("unclaimed")
@click.option("--data", default=None)
def devices_unclaimed(data: str | None) -> None:
    """List the devices that were heard of and are not in the catalogue."""
    from services.cli.access import print_unclaimed

    print_unclaimed(settings.load(), data)


@devices.command("claim")
@click.argument("code")
@click.option("--space", required=True)
@click.option("--kind", required=True)
@click.option("--name", default=None, help="Default: the name it goes by.")
@click.option("--data", default=None)
def devices_claim(code: str, space: str, kind: str, name: str | None, data: str | None) -> None:
    """Claim the device that shows CODE and print its password, this once."""
    from services.cli.access import claim_device

    claim_device(settings.load(), data, code, space, kind, name)


@click.group()
def broker() -> None:
    """Manage who may do what at a Mosquitto with dynamic security, as FOLDSPACE_MQTT_ADMIN_URL."""


@broker.command("init")
@click.argument("files", metavar="[URL_FILE]...", type=PATH, nargs=-1)
def broker_init(files: tuple[Path, ...]) -> None:
    """Give foldspace's parts their names and rights.

    Each URL_FILE holds a part's mqtt://foldspace-gateway:PASSWORD@HOST; without any, passwords are made for the parts
    that have none, and printed this once.
    """
    from services.cli.access import init_broker

    init_broker(settings.load(), files)


@broker.command("sync")
def broker_sync() -> None:
    """Repair what differs between catalogue and broker, and report what a person has to see to (exit 1)."""
    from services.cli.access import sync_broker

    sys.exit(DONE if sync_broker(settings.load()) else FAILED)


@click.group()
def certificates() -> None:
    """A private CA for broker and API."""


@certificates.command("init")
@click.option("--dir", "folder", type=PATH, required=True, help="Where the files are kept.")
@click.option("--host", "hosts", multiple=True, required=True, help="Name or address by which clients reach them.")
def certificates_init(folder: Path, hosts: tuple[str, ...]) -> None:
    """Make a CA and server certificates, or renew what runs out within a month."""
    from services.cli.access import make_certificates

    make_certificates(folder, hosts)
