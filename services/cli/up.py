"""`foldspace up`: the whole system on one machine, wired from embedded parts.

The parts talk by MQTT and the database exactly as they do on many machines; this file only decides addresses, the
clock and the order of starting and stopping.
"""

import contextlib
import gc
from dataclasses import dataclass, replace
from pathlib import Path

import click

from firmware_sim.fleet import Simulation
from firmware_sim.scenario import Scenario, load_scenario
from services.api.server import Api
from services.cli.demo import DemoBooks, today_of
from services.cli.records import Records, fill_if_empty, open_records
from services.cli.savedclock import SavedClock
from services.cli.signals import stop_on_signals
from services.cli.wiring import Wiring
from services.contracts.community import Community, load_community
from services.kit.broker import EmbeddedBroker
from services.kit.clock import WallClock
from services.kit.folder import DataFolder, write_private
from services.kit.lifetimes import Parts
from services.kit.mqtt import Broker
from services.kit.settings import Settings, host_port

STAFF = "staff"
_DEMO = "demo"
_TOKEN = "admin.token"


@dataclass(frozen=True, slots=True)
class Up:
    """What was asked for on the command line, over the settings."""

    settings: Settings
    mqtt: tuple[str, int]
    http: tuple[str, int]
    community: Path | None
    demo: bool
    speed: float | None

    @classmethod
    def of(
        cls,
        settings: Settings,
        *,
        data: str | None,
        http: str | None,
        mqtt: str,
        community: Path | None,
        demo: bool,
        speed: float | None,
    ) -> "Up":
        """Check the options before anything is started. Raises SettingsError."""
        http = http or settings.http
        named = community or (Path(settings.community) if settings.community else None)
        # `up` is the embedded parts: addresses of real servers in the environment are for the single parts.
        own = replace(settings, data=data or settings.data, http=http, db_url="", timeseries_url="")
        return cls(own, host_port(mqtt, "--mqtt"), host_port(http, "--http"), named, demo, speed)


def run_up(asked: Up) -> None:
    """Start everything, wait for Ctrl-C or SIGTERM, stop everything."""
    stop = stop_on_signals()
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(DataFolder(asked.settings.data_dir, "up")).path
        records = open_records(asked.settings)
        stack.callback(records.close)
        scenario = load_scenario(_DEMO) if asked.demo else None
        fill_if_empty(records, _community(asked, scenario))
        saved = SavedClock(folder)
        speed = asked.speed or (scenario.default_speed if scenario else 1.0)
        clock = saved.begin(speed, scenario.start_at(today_of(scenario, WallClock().now())) if scenario else None)
        broker = EmbeddedBroker(*asked.mqtt, folder)
        broker.start()
        stack.callback(broker.stop)
        _say("broker", f"mqtt://{asked.mqtt[0]}:{asked.mqtt[1]} (MQTT 3.1.1 and 5)")
        parts = stack.enter_context(Parts())
        parts.start("broker", broker.watch)
        parts.start("clock", saved.run)
        wiring = Wiring(replace(asked.settings, mqtt_url=broker.url), records, clock, stack)
        api = _start_parts(parts, wiring, asked)
        if scenario is not None:
            _start_demo(parts, wiring, scenario, broker)
        # What start-up made stays for good. Without this a full collection walks through it every few seconds and
        # holds all parts up for a tenth of a second: measured as the p99 from sensor to screen.
        gc.collect()
        gc.freeze()
        _say_ready(api.url, folder, records, speed)
        parts.wait(stop)
    click.echo("stopped")


def _start_parts(parts: Parts, wiring: Wiring, asked: Up) -> Api:
    gateway = wiring.gateway()
    parts.start("gateway", gateway.run, gateway.ready)
    _say("gateway", f"journal {wiring.settings.journal}")
    _say("time series", wiring.settings.timeseries)
    scheduler = wiring.scheduler()
    parts.start("scheduler", scheduler.run, scheduler.ready)
    _say("scheduler", f"database {wiring.settings.database}")
    api = wiring.api(*asked.http)
    parts.start("api", api.run, api.ready)
    _say("api", f"{api.url}/api/v1")
    _say("board", api.url)
    return api


def _start_demo(parts: Parts, wiring: Wiring, scenario: Scenario, broker: EmbeddedBroker) -> None:
    books = DemoBooks(scenario, wiring.records.bookings, wiring.clock)
    books.fill(wiring.clock.now())
    parts.start("demo books", books.run)
    simulation = Simulation(
        scenario,
        Broker.parse(broker.url),
        wiring.clock,
        today_of(scenario, wiring.clock.now()),
        legacy_broker=Broker.parse(broker.legacy_url),
    )
    parts.start("simulation", simulation.run, simulation.ready)
    _say("simulation", f"{scenario.name}: {len(scenario.community.devices)} devices")


def _community(asked: Up, scenario: Scenario | None) -> Community | None:
    if asked.community is not None:
        return load_community(asked.community)
    return scenario.community if scenario is not None else None


def _say(part: str, where: str) -> None:
    click.echo(f"{part:<12} {where}")


def _say_ready(url: str, folder: Path, records: Records, speed: float) -> None:
    """Print the last line: address, staff user and first password, as long as that was not changed."""
    first = folder / "staff.password"
    password = records.people.ensure_first_user(STAFF)
    if password is not None:
        write_private(first, password)
    _ensure_token(folder / "admin.token", records)
    if speed != 1:
        _say("clock", f"runs {speed:g} times as fast")
    known = first.read_text(encoding="utf-8") if first.exists() else None
    entry = f"password {known}" if known else "password as you set it"
    click.echo(f"ready {url}  user {STAFF}  {entry}")


def _ensure_token(path: Path, records: Records) -> None:
    """Leave an admin token in the data folder; one that still works is kept."""
    if path.exists() and records.people.token(path.read_text(encoding="utf-8").strip()) is not None:
        return
    if any(holder.name == _TOKEN for holder in records.people.tokens()):
        records.people.revoke_token(_TOKEN)
    write_private(path, records.people.issue_token(_TOKEN, "admin") + "\n")
