"""Commands that run the system or a part of it, and devices that are not there."""

from datetime import datetime
from pathlib import Path

import click

from services.cli.commands.arguments import ADDRESS, PATH, serve_logs
from services.kit import settings


@click.command()
@click.option("--data", default=None, help="Folder for everything it keeps. Default: FOLDSPACE_DATA or ./data.")
@click.option("--http", type=ADDRESS, default=None, help="HOST:PORT of board and API. Default: 127.0.0.1:8080.")
@click.option(
    "--mqtt", type=ADDRESS, default="127.0.0.1:1883", show_default=True, help="HOST:PORT of the embedded broker."
)
@click.option("--community", type=PATH, default=None, help="Community file to load into an empty catalogue.")
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


@click.command()
def gateway() -> None:
    """Run the gateway alone, against the broker of FOLDSPACE_MQTT_URL."""
    from services.cli.parts import run_gateway

    chosen = settings.load()
    serve_logs(chosen)
    run_gateway(chosen)


@click.command()
def scheduler() -> None:
    """Run the space sharing scheduler alone."""
    from services.cli.parts import run_scheduler

    chosen = settings.load()
    serve_logs(chosen)
    run_scheduler(chosen)


@click.command()
def api() -> None:
    """Run API and staff board alone, at FOLDSPACE_HTTP."""
    from services.cli.parts import run_api

    chosen = settings.load()
    serve_logs(chosen)
    run_api(chosen)


@click.command()
@click.argument("scenario")
@click.option("--mqtt", default=None, help="mqtt://[user:password@]host[:port]. Default: FOLDSPACE_MQTT_URL.")
@click.option("--speed", type=click.FloatRange(0.01, 1000), default=None, help="N times as fast. Default: 1.")
@click.option("--record", type=PATH, default=None, help="Write FILE.ndjson[.gz] instead, as fast as it goes.")
@click.option("--truth", type=PATH, default=None, help="With --record: CSV of who was really there.")
@click.option("--community", type=PATH, default=None, help="With --record: the scenario's community file.")
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
    serve_logs(chosen)
    run_simulation(scenario, mqtt or chosen.mqtt_url, 1.0 if speed is None else speed)


@click.command()
@click.argument("recording", type=PATH)
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
