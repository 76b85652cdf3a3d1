"""Commands on the catalogue and the messages: community file, quarantine, the contract, codecs."""

import sys
from pathlib import Path

import click

from services.cli.commands.arguments import PATH
from services.cli.exits import DONE, FAILED
from services.kit import settings


@click.command()
@click.argument("form", type=click.Choice(["asyncapi", "jsonschema"]), default="asyncapi")
def schema(form: str) -> None:
    """Print the MQTT contract as an AsyncAPI 3 document or as JSON Schema."""
    import json

    from services.contracts import schema as contract

    document = contract.asyncapi() if form == "asyncapi" else contract.json_schemas()
    click.echo(json.dumps(document, indent=2, ensure_ascii=False))


@click.group()
def community() -> None:
    """Import or export the community file."""


@community.command("import")
@click.argument("file", type=PATH)
@click.option("--data", default=None)
@click.option("--replace", is_flag=True, help="Remove the entries that FILE does not name.")
@click.option("--dry-run", is_flag=True, help="Only print what would change.")
def community_import(file: Path, data: str | None, replace: bool, dry_run: bool) -> None:
    """Load FILE into the catalogue; entries that it does not name stay."""
    from services.cli.operations import import_community

    import_community(settings.load(), data, file, replace=replace, dry_run=dry_run)


@community.command("export")
@click.option("--data", default=None)
def community_export(data: str | None) -> None:
    """Print the catalogue as a community file."""
    from services.cli.operations import export_community

    export_community(settings.load(), data)


@click.group()
def quarantine() -> None:
    """Look at messages that did not decode, and replay them after a fix."""


@quarantine.command("list")
@click.option("--data", default=None)
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True)
@click.option("--kind", default=None, help="Only this sort of fault, as `foldspace quarantine summary` names it.")
def quarantine_list(data: str | None, limit: int, kind: str | None) -> None:
    """List the newest quarantined messages with their reasons."""
    from services.cli.quarantine import list_quarantine

    list_quarantine(settings.load(), data, limit, kind)


@quarantine.command("summary")
@click.option("--data", default=None)
def quarantine_summary(data: str | None) -> None:
    """Count the quarantined messages by sort of fault."""
    from services.cli.quarantine import print_summary

    print_summary(settings.load(), data)


@quarantine.command("show")
@click.argument("number", type=int)
@click.option("--data", default=None)
def quarantine_show(number: int, data: str | None) -> None:
    """Show one quarantined message with its raw bytes."""
    from services.cli.quarantine import show_quarantined

    show_quarantined(settings.load(), data, number)


@quarantine.command("replay")
@click.argument("numbers", type=int, nargs=-1)
@click.option("--kind", default=None, help="All of this sort of fault.")
@click.option("--all", "everything", is_flag=True, help="All there are.")
@click.option("--data", default=None)
def quarantine_replay(numbers: tuple[int, ...], kind: str | None, everything: bool, data: str | None) -> None:
    """Put quarantined messages back at the end of the journal: NUMBERS, --kind KIND or --all."""
    from services.cli.quarantine import replay_quarantined

    if sum((bool(numbers), kind is not None, everything)) != 1:
        raise click.UsageError("expected NUMBERS, --kind KIND or --all")
    sys.exit(DONE if replay_quarantined(settings.load(), data, numbers, kind) else FAILED)


@quarantine.command("export")
@click.option("--kind", default=None, help="Only this sort of fault.")
@click.option("-o", "--output", type=PATH, default=None, help="File to write. Default: standard output.")
@click.option("--data", default=None)
def quarantine_export(kind: str | None, output: Path | None, data: str | None) -> None:
    """Write the quarantined messages as NDJSON, payloads in base64."""
    from services.cli.quarantine import export_quarantine

    export_quarantine(settings.load(), data, kind, output)


@click.group()
def codecs() -> None:
    """Show what other makers' messages become."""


@codecs.command("list")
def codecs_list() -> None:
    """List the codecs."""
    from services.cli.codecs import list_codecs

    list_codecs()


@codecs.command("try")
@click.argument("name", required=False)
@click.argument("payload", required=False)
@click.option("--topic", required=True, help="The topic the message came on.")
@click.option("--kind", default="motion", show_default=True, help="What the catalogue would say the device mainly is.")
def codecs_try(name: str | None, payload: str | None, topic: str, kind: str) -> None:
    """Show what PAYLOAD (or, for `-` or none, standard input) becomes; without NAME by every codec that knows it."""
    import os

    from gateway.codecs.registry import CODECS
    from services.cli.codecs import try_codec

    if payload is None and name is not None and name not in CODECS:
        name, payload = None, name  # one argument: a message, unless it is the name of a codec
    raw = sys.stdin.buffer.read() if payload in (None, "-") else os.fsencode(payload)
    try_codec(name, topic, raw, kind)
