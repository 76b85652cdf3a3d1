"""The `foldspace` command: every sub-command on one page, and the one place where errors become exit codes.

Commands import what they need when they run: `foldspace account` must not wait for a web framework.
"""

import sys
from datetime import datetime
from pathlib import Path

import click

from services.contracts.errors import FoldspaceError, SettingsError
from services.kit import logs, settings
from services.kit.addresses import host_port

DONE, FAILED, INTERRUPTED = 0, 1, 130

log = logs.logger("cli")

_PATH = click.Path(path_type=Path)


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


_ADDRESS = _Address()


def _password(given: str | None) -> str:
    """Return the password given, typed twice at a terminal, or the first line of standard input."""
    if given is not None:
        return given
    if sys.stdin.isatty():
        return str(click.prompt("Password", hide_input=True, confirmation_prompt=True))
    return sys.stdin.readline().rstrip("\n")


def _serve_logs(chosen: settings.Settings) -> None:
    """Log as a part that runs for months does: what happens, as JSON."""
    logs.configure(chosen.log or "INFO", as_json=chosen.log_format != "text")


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="foldspace")
def foldspace() -> None:
    """Share community space: sensors to live room states to reallocated idle rooms."""


@foldspace.command()
@click.option("--data", default=None, help="Folder for everything it keeps. Default: FOLDSPACE_DATA or ./data.")
@click.option("--http", type=_ADDRESS, default=None, help="HOST:PORT of board and API. Default: 127.0.0.1:8080.")
@click.option(
    "--mqtt", type=_ADDRESS, default="127.0.0.1:1883", show_default=True, help="HOST:PORT of the embedded broker."
)
@click.option("--community", type=_PATH, default=None, help="Community file to load into an empty catalogue.")
@click.option("--demo", is_flag=True, help="Add the simulated community.")
@click.option("--speed", type=click.FloatRange(0.01, 1000), default=None, help="Run the clock N times as fast.")
def up(
    data: str | None,
    http: tuple[str, int] | None,
    mqtt: tuple[str, int],
    community: Path | None,
    demo: bool,
    speed: float | None,
) -> None:
    """Run the whole system on this machine, on embedded parts."""
    from services.cli.up import Up, run_up

    run_up(Up.of(settings.load(), data=data, http=http, mqtt=mqtt, community=community, demo=demo, speed=speed))


@foldspace.command()
def gateway() -> None:
    """Run the gateway alone, against the broker of FOLDSPACE_MQTT_URL."""
    from services.cli.parts import run_gateway

    chosen = settings.load()
    _serve_logs(chosen)
    run_gateway(chosen)


@foldspace.command()
def scheduler() -> None:
    """Run the space sharing scheduler alone."""
    from services.cli.parts import run_scheduler

    chosen = settings.load()
    _serve_logs(chosen)
    run_scheduler(chosen)


@foldspace.command()
def api() -> None:
    """Run API and staff board alone, at FOLDSPACE_HTTP."""
    from services.cli.parts import run_api

    chosen = settings.load()
    _serve_logs(chosen)
    run_api(chosen)


@foldspace.command()
@click.argument("scenario")
@click.option("--mqtt", default=None, help="mqtt://[user:password@]host[:port]. Default: FOLDSPACE_MQTT_URL.")
@click.option("--speed", type=click.FloatRange(0.01, 1000), default=None, help="N times as fast. Default: 1.")
@click.option("--record", type=_PATH, default=None, help="Write FILE.ndjson[.gz] instead, as fast as it goes.")
@click.option("--truth", type=_PATH, default=None, help="With --record: CSV of who was really there.")
@click.option("--community", type=_PATH, default=None, help="With --record: the scenario's community file.")
@click.option("--days", type=click.IntRange(1, 366), default=None, help="With --record. Default: the scenario's.")
@click.option(
    "--from",
    "first",
    type=click.DateTime(["%Y-%m-%d"]),
    default=None,
    help="With --record: the first day. Default: the scenario's, or today.",
)
def simulate(
    scenario: str,
    mqtt: str | None,
    speed: float | None,
    record: Path | None,
    truth: Path | None,
    community: Path | None,
    days: int | None,
    first: datetime | None,
) -> None:
    """Run or record the virtual devices of SCENARIO (a file, or the name of a built-in one)."""
    if record is not None:
        if mqtt is not None or speed is not None:
            raise click.UsageError("--record writes files without a broker: expected neither --mqtt nor --speed")
        from services.cli.record import record_simulation

        record_simulation(scenario, record, truth, community, days, first.date() if first else None)
        return
    if truth or community or days or first:
        raise click.UsageError("--truth, --community, --days and --from: expected --record with them")
    from services.cli.parts import run_simulation

    chosen = settings.load()
    _serve_logs(chosen)
    run_simulation(scenario, mqtt or chosen.mqtt_url, 1.0 if speed is None else speed)


@foldspace.command()
@click.argument("recording", type=_PATH)
@click.option("--mqtt", default=None, help="mqtt://[user:password@]host[:port]. Default: FOLDSPACE_MQTT_URL.")
@click.option("--speed", default="1", show_default=True, help="N times as fast as recorded, or max.")
@click.option(
    "--stamp",
    type=click.Choice(["live", "recorded"]),
    default="live",
    show_default=True,
    help="live: leave out the recorded device time, so that it seems to happen now; recorded: payloads as they are.",
)
def replay(recording: Path, mqtt: str | None, speed: str, stamp: str) -> None:
    """Publish a recording."""
    from services.cli.replay import parse_speed, replay_recording

    replay_recording(recording, mqtt or settings.load().mqtt_url, parse_speed(speed), live=stamp == "live")


@foldspace.command()
@click.argument("recording", type=_PATH)
@click.option("--community", type=_PATH, required=True, help="Community file of the recording.")
@click.option("--truth", type=_PATH, default=None, help="CSV of who was really there.")
@click.option("--bookings", type=_PATH, default=None, help="JSON of bookings to run the policy over.")
@click.option("--requests", type=_PATH, default=None, help="JSON of waiting groups, which take what they are offered.")
@click.option(
    "--policy", type=_PATH, default=None, help="TOML policy instead of the community's, and compared with it."
)
@click.option(
    "--ablate",
    multiple=True,
    metavar="KIND|SITE/DEVICE",
    help="Run again without this kind of reading, or this device, and compare. Any number of times.",
)
@click.option("--curve", type=_PATH, default=None, metavar="FILE.svg", help="Draw false vacancy against held rooms.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of tables.")
def evaluate(
    recording: Path,
    community: Path,
    truth: Path | None,
    bookings: Path | None,
    requests: Path | None,
    policy: Path | None,
    ablate: tuple[str, ...],
    curve: Path | None,
    as_json: bool,
) -> None:
    """Run room truth and policy over a recording in virtual time, without any server."""
    from services.cli.evaluate import print_evaluation

    print_evaluation(
        recording, community, truth, bookings, policy, requests_file=requests, ablate=ablate, curve_file=curve,
        as_json=as_json,
    )  # fmt: skip


@foldspace.command()
@click.argument("instance", type=_PATH)
@click.option(
    "--seconds",
    type=click.FloatRange(0.1, 86_400),
    default=10.0,
    show_default=True,
    help="Stop after N seconds at the latest, with the best plan so far. Ctrl-C stops it earlier.",
)
@click.option(
    "--fair",
    "fair_percent",
    type=click.FloatRange(0, 100),
    default=None,
    metavar="PERCENT",
    help="Give up at most so much of the value to serve groups more evenly, and show the trade.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
def plan(instance: Path, seconds: float, fair_percent: float | None, as_json: bool) -> None:
    """Place the requests of INSTANCE (JSON) at once: the best plan, or the best found with a proven gap."""
    from services.cli.plan import print_plan

    print_plan(instance, seconds, fair_percent=fair_percent, as_json=as_json)


@foldspace.command()
@click.option("--data", default=None, help="Data folder. Default: FOLDSPACE_DATA or ./data.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
def account(data: str | None, as_json: bool) -> None:
    """Show the accounting: received = stored + duplicate + quarantined + pending."""
    from services.cli.operations import print_account

    print_account(settings.load(), data, as_json=as_json)


@foldspace.command()
@click.argument("form", type=click.Choice(["asyncapi", "jsonschema"]), default="asyncapi")
def schema(form: str) -> None:
    """Print the MQTT contract as an AsyncAPI 3 document or as JSON Schema."""
    import json

    from services.contracts import schema as contract

    document = contract.asyncapi() if form == "asyncapi" else contract.json_schemas()
    click.echo(json.dumps(document, indent=2, ensure_ascii=False))


@foldspace.group()
def community() -> None:
    """Import or export the community file."""


@community.command("import")
@click.argument("file", type=_PATH)
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


@foldspace.group()
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
@click.option("-o", "--output", type=_PATH, default=None, help="File to write. Default: standard output.")
@click.option("--data", default=None)
def quarantine_export(kind: str | None, output: Path | None, data: str | None) -> None:
    """Write the quarantined messages as NDJSON, payloads in base64."""
    from services.cli.quarantine import export_quarantine

    export_quarantine(settings.load(), data, kind, output)


@foldspace.group()
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


@foldspace.group()
def broker() -> None:
    """Manage who may do what at a Mosquitto with dynamic security, as FOLDSPACE_MQTT_ADMIN_URL."""


@broker.command("init")
@click.argument("files", metavar="[URL_FILE]...", type=_PATH, nargs=-1)
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


@foldspace.group()
def certificates() -> None:
    """A private CA for broker and API."""


@certificates.command("init")
@click.option("--dir", "folder", type=_PATH, required=True, help="Where the files are kept.")
@click.option("--host", "hosts", multiple=True, required=True, help="Name or address by which clients reach them.")
def certificates_init(folder: Path, hosts: tuple[str, ...]) -> None:
    """Make a CA and server certificates, or renew what runs out within a month."""
    from services.cli.access import make_certificates

    make_certificates(folder, hosts)


_SPACE = click.option("--space", "spaces", multiple=True, help="SITE or SITE/SPACE; several times for several.")


@foldspace.group()
def users() -> None:
    """Manage staff users."""


@users.command("list")
@click.option("--data", default=None)
def users_list(data: str | None) -> None:
    """List the users, their roles and where they are in charge."""
    from services.cli.people import list_users

    list_users(settings.load(), data)


@users.command("add")
@click.argument("name")
@click.option("--role", required=True)
@_SPACE
@click.option("--language", default="zh", show_default=True, help="zh or en.")
@click.option("--email", default="")
@click.option("--password", default=None, help="Default: asked for, or the first line of standard input.")
@click.option("--data", default=None)
def users_add(
    name: str, role: str, spaces: tuple[str, ...], language: str, email: str, password: str | None, data: str | None
) -> None:
    """Add a user with a role: viewer, steward, scheduler, partner or admin; without --space in charge everywhere."""
    from services.cli.people import add_user

    add_user(settings.load(), data, name, role, _password(password), spaces=spaces, language=language, email=email)


@users.command("change")
@click.argument("name")
@click.option("--role", default=None)
@_SPACE
@click.option("--everywhere", is_flag=True, help="In charge of every space again.")
@click.option("--language", default=None, help="zh or en.")
@click.option("--email", default=None)
@click.option("--data", default=None)
def users_change(
    name: str,
    role: str | None,
    spaces: tuple[str, ...],
    everywhere: bool,
    language: str | None,
    email: str | None,
    data: str | None,
) -> None:
    """Change a user's role, spaces, language or e-mail address; what is not given stays."""
    from services.cli.people import change_user

    change_user(
        settings.load(),
        data,
        name,
        role=role,
        spaces=spaces,
        everywhere=everywhere,
        language=language,
        email=email,
    )


@users.command("remove")
@click.argument("name")
@click.option("--data", default=None)
def users_remove(name: str, data: str | None) -> None:
    """Remove a user, but never the last admin."""
    from services.cli.people import remove_user

    remove_user(settings.load(), data, name)


@users.command("password")
@click.argument("name")
@click.option("--password", default=None, help="Default: asked for, or the first line of standard input.")
@click.option("--data", default=None)
def users_password(name: str, password: str | None, data: str | None) -> None:
    """Set a user's password."""
    from services.cli.people import set_password

    set_password(settings.load(), data, name, _password(password))


@foldspace.group()
def tokens() -> None:
    """Manage tokens of programs."""


@tokens.command("list")
@click.option("--data", default=None)
def tokens_list(data: str | None) -> None:
    """List the tokens: what each is for, when it was last used, when it ends."""
    from services.cli.people import list_tokens

    list_tokens(settings.load(), data)


@tokens.command("issue")
@click.argument("name")
@click.option("--role", required=True)
@_SPACE
@click.option("--scope", "scopes", multiple=True, help="Such as bookings:read. Default: all that the role may.")
@click.option("--days", type=click.IntRange(1, 3660), default=None, help="Good for so many days. Default: for ever.")
@click.option("--data", default=None)
def tokens_issue(
    name: str, role: str, spaces: tuple[str, ...], scopes: tuple[str, ...], days: int | None, data: str | None
) -> None:
    """Print a new token for the program NAME, this once."""
    from services.cli.people import issue_token

    issue_token(settings.load(), data, name, role, spaces=spaces, scopes=scopes, days=days)


@tokens.command("revoke")
@click.argument("name")
@click.option("--data", default=None)
def tokens_revoke(name: str, data: str | None) -> None:
    """Make a token worthless from now on."""
    from services.cli.people import revoke_token

    revoke_token(settings.load(), data, name)


@foldspace.group()
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


@foldspace.command()
@click.option("--data", default=None)
@click.option("--fix", is_flag=True, help="Set up what an InfluxDB lacks: bucket, retention, five-minute means.")
@click.option(
    "--compose",
    type=_PATH,
    is_flag=False,
    flag_value=Path("docker-compose.yml"),
    default=None,
    help="Examine a compose file instead, without an engine. [default FILE: docker-compose.yml]",
)
def doctor(data: str | None, fix: bool, compose: Path | None) -> None:
    """Try each part for real and say what to do."""
    from services.cli.doctor import examine

    sys.exit(DONE if examine(settings.load(), data, fix=fix, compose=compose) else FAILED)


def main() -> None:
    """Run the command line. Exit 0 done, 1 failed with one line on stderr, 2 wrong usage."""
    try:
        chosen = settings.load()
        logs.configure(chosen.log or "WARNING", as_json=chosen.log_format == "json")
        foldspace(standalone_mode=False)
    except click.UsageError as error:
        error.show()
        sys.exit(error.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(FAILED)
    except FoldspaceError as error:
        click.echo(f"foldspace: {error}", err=True)
        sys.exit(FAILED)
    except (KeyboardInterrupt, click.Abort):
        sys.exit(INTERRUPTED)
    except BrokenPipeError:
        sys.stderr.close()  # the reader of our output went away, as `| head` does
        sys.exit(DONE)
    except Exception as error:  # a fault of ours: the log has the trace, the user gets a sentence
        log.exception("internal_fault")
        click.echo(f"foldspace: internal fault: {type(error).__name__}: {error}", err=True)
        sys.exit(FAILED)
