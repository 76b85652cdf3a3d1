"""Commands that judge: a recording, a plan, the accounting, the system as it stands."""

import sys
from pathlib import Path

import click

from services.cli.commands.arguments import PATH
from services.cli.exits import DONE, FAILED
from services.kit import settings


@click.command()
@click.argument("recording", type=PATH)
@click.option("--community", type=PATH, required=True, help="Community file of the recording.")
@click.option("--truth", type=PATH, default=None, help="CSV of who was really there.")
@click.option("--bookings", type=PATH, default=None, help="JSON of bookings to run the policy over.")
@click.option("--requests", type=PATH, default=None, help="JSON of waiting groups, which take what they are offered.")
@click.option("--policy", type=PATH, default=None, help="TOML policy instead of the community's, and compared with it.")
@click.option(
    "--ablate",
    multiple=True,
    metavar="KIND|SITE/DEVICE",
    help="Run again without this kind of reading, or this device, and compare. Any number of times.",
)
@click.option("--curve", type=PATH, default=None, metavar="FILE.svg", help="Draw false vacancy against held rooms.")
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


@click.command()
@click.argument("instance", type=PATH)
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


@click.command()
@click.option("--data", default=None, help="Data folder. Default: FOLDSPACE_DATA or ./data.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
def account(data: str | None, as_json: bool) -> None:
    """Show the accounting: received = stored + duplicate + quarantined + pending."""
    from services.cli.operations import print_account

    print_account(settings.load(), data, as_json=as_json)


@click.command()
@click.option("--data", default=None)
@click.option("--fix", is_flag=True, help="Set up what an InfluxDB lacks: bucket, retention, five-minute means.")
@click.option(
    "--compose",
    type=PATH,
    is_flag=False,
    flag_value=Path("docker-compose.yml"),
    default=None,
    help="Examine a compose file instead, without an engine. [default FILE: docker-compose.yml]",
)
def doctor(data: str | None, fix: bool, compose: Path | None) -> None:
    """Try each part for real and say what to do."""
    from services.cli.doctor import examine

    sys.exit(DONE if examine(settings.load(), data, fix=fix, compose=compose) else FAILED)
