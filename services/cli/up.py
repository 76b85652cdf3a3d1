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
from services.cli.admission import gatekeeper_of
from services.cli.communities import load_understood
from services.cli.demo import DemoBooks, today_of
from services.cli.firstlogin import STAFF, ensure_token, first_password
from services.cli.records import Records, fill_if_empty, open_records
from services.cli.savedclock import SavedClock
from services.cli.signals import stop_on_signals
from services.cli.wiring import Wiring
from services.contracts.community import Community
from services.kit.addresses import host_port, require_free
from services.kit.broker import EmbeddedBroker
from services.kit.clock import WallClock
from services.kit.folder import DataFolder
from services.kit.lifetimes import Parts
from services.kit.mqtt import Broker
from services.kit.settings import Settings

_DEMO = "demo"
_HOLDER = "up"
"""The data folder lets one `up` in: killed and started again, its scheduler takes its old lease at once."""


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
        http: tuple[str, int] | None,
        mqtt: tuple[str, int],
        community: Path | None,
        demo: bool,
        speed: float | None,
    ) -> "Up":
        """Check the options before anything is started. Raises SettingsError."""
        named = community or (Path(settings.community) if settings.community else None)
        # `up` is the embedded parts: addresses of real servers in the environment are for the single parts.
        own = replace(settings, data=data or settings.data, db_url="", timeseries_url="", mqtt_ca="", mqtt_admin_url="")
        return cls(own, mqtt, http or host_port(settings.http, "FOLDSPACE_HTTP"), named, demo, speed)


def run_up(asked: Up) -> None:
    """Start everything, wait for Ctrl-C or SIGTERM, stop everything."""
    stop = stop_on_signals()
    scenario = load_scenario(_DEMO) if asked.demo else None
    community = _community(asked, scenario)
    require_free(asked.http, "--http")
    require_free(asked.mqtt, "--mqtt")
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(DataFolder(asked.settings.data_dir, "up")).path
        records = open_records(asked.settings)
        stack.callback(records.close)
        fill_if_empty(records, community)
        saved = SavedClock(folder)
        speed = asked.speed or (scenario.default_speed if scenario else 1.0)
        clock = saved.begin(speed, scenario.start_at(today_of(scenario, WallClock().now())) if scenario else None)
        broker = EmbeddedBroker(*asked.mqtt, folder, gatekeeper_of(records))
        broker.start()
        stack.callback(broker.stop)
        _say("broker", f"mqtt://{asked.mqtt[0]}:{asked.mqtt[1]} (MQTT 3.1.1 and 5)")
        wiring = Wiring(replace(asked.settings, mqtt_url=broker.url), records, clock, devices_at=asked.mqtt)
        stack.callback(wiring.close)
        wiring.registry.register(broker.counts)
        parts = stack.enter_context(Parts())  # entered last: what the parts use is closed after they have ended
        parts.start("broker", broker.watch)
        parts.start("clock", saved.run)
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
    parts.start("care", wiring.care().run)
    _say("gateway", f"journal {wiring.settings.journal}")
    _say("time series", wiring.settings.timeseries)
    scheduler = wiring.scheduler(_HOLDER)
    parts.start("scheduler", scheduler.run, scheduler.ready)
    _say("scheduler", f"database {wiring.settings.database}")
    parts.start("standing", wiring.standing().run)
    parts.start("courier", wiring.courier(_HOLDER).run)
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
        return load_understood(asked.community)
    return scenario.community if scenario is not None else None


def _say(part: str, where: str) -> None:
    click.echo(f"{part:<12} {where}")


def _say_ready(url: str, folder: Path, records: Records, speed: float) -> None:
    """Print the last line: address, staff user and first password, as long as that was not changed."""
    ensure_token(folder, records)
    password = first_password(folder, records)
    if speed != 1:
        _say("clock", f"runs {speed:g} times as fast")
    click.echo(f"ready {url}  user {STAFF}  password {password or 'as you set it'}")
