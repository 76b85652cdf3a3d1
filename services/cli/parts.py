"""One part alone, for a deployment on real servers: `foldspace gateway`, `scheduler`, `api`, `simulate`."""

import contextlib
import os
import secrets
import socket
import threading
from collections.abc import Callable, Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

import click

from firmware_sim.fleet import Simulation
from firmware_sim.scenario import load_scenario
from services.cli.metrics import serve_metrics
from services.cli.records import fill_from_settings, open_records
from services.cli.signals import stop_on_signals
from services.cli.wiring import Wiring
from services.kit.addresses import host_port
from services.kit.clock import Clock, ScaledClock, WallClock
from services.kit.lifetimes import Parts, Run
from services.kit.mqtt import Broker
from services.kit.settings import Settings

_PATIENCE_S = 3600.0
"""A broker or database may come up long after a part; until then it says why it waits."""


def run_gateway(settings: Settings) -> None:
    """Run the gateway until it is told to stop."""

    def part(wiring: Wiring) -> tuple[Run, threading.Event, str]:
        gateway = wiring.gateway()
        return gateway.run, gateway.ready, f"ready gateway {wiring.broker.host}:{wiring.broker.port}"

    def figures(wiring: Wiring) -> Run | None:
        noter = wiring.figures()
        return None if noter is None else noter.run

    _run_part("gateway", settings, part, {"care": lambda wiring: wiring.care().run, "figures": figures})


def run_scheduler(settings: Settings) -> None:
    """Run the scheduler until it is told to stop; of several one leads. All their couriers work."""
    holder = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(2)}"

    def part(wiring: Wiring) -> tuple[Run, threading.Event, str]:
        scheduler = wiring.scheduler(holder)
        return scheduler.run, scheduler.ready, f"ready scheduler {wiring.broker.host}:{wiring.broker.port}"

    def chronicle(wiring: Wiring) -> Run | None:
        kept = wiring.chronicle()
        return None if kept is None else kept.run

    beside: Mapping[str, Callable[[Wiring], Run | None]] = {
        "standing": lambda wiring: wiring.standing().run,
        "courier": lambda wiring: wiring.courier(holder).run,
        "chronicle": chronicle,
    }
    _run_part("scheduler", settings, part, beside)


def run_api(settings: Settings) -> None:
    """Run API and board until told to stop."""
    host, port = host_port(settings.http, "FOLDSPACE_HTTP")

    def part(wiring: Wiring) -> tuple[Run, threading.Event, str]:
        api = wiring.api(host, port)
        scheme = "https" if settings.http_cert else "http"
        return api.run, api.ready, f"ready {scheme}://{host}:{port}"

    _run_part("api", settings, part)


def run_simulation(name: str, url: str, speed: float) -> None:
    """Run a scenario's devices against a broker: at speed 1 now, otherwise from the scenario's hour of today on."""
    scenario = load_scenario(name)
    broker = Broker.parse(url)
    day = datetime.now(ZoneInfo(scenario.zone)).date()
    clock: Clock = WallClock() if speed == 1 else ScaledClock(scenario.start_at(day), speed)
    simulation = Simulation(scenario, broker, clock, day)
    _run_until_told("simulation", simulation.run, simulation.ready, f"ready {len(scenario.community.devices)} devices")


def _run_part(
    name: str,
    settings: Settings,
    part: Callable[[Wiring], tuple[Run, threading.Event, str]],
    beside: Mapping[str, Callable[[Wiring], Run | None]] | None = None,
) -> None:
    """Run a part until told to stop; `beside` are smaller ones that share its process, None: not needed here."""
    with contextlib.ExitStack() as stack:
        records = open_records(settings)
        stack.callback(records.close)
        fill_from_settings(records, settings)
        wiring = Wiring(settings, records, WallClock())
        stack.callback(wiring.close)
        if name != "api":  # that serves them itself
            stack.callback(serve_metrics(settings, wiring.registry))
        run, ready, line = part(wiring)
        made = {other: make(wiring) for other, make in (beside or {}).items()}
        others = {other: run for other, run in made.items() if run is not None}
        _run_until_told(name, run, ready, line, others)


def _run_until_told(
    name: str, run: Run, ready: threading.Event, line: str, beside: Mapping[str, Run] | None = None
) -> None:
    stop = stop_on_signals()
    with Parts() as parts:
        for other, run_other in (beside or {}).items():
            parts.start(other, run_other)
        parts.start(name, run, ready, _PATIENCE_S, stop)
        if not stop.is_set():
            click.echo(line)
        parts.wait(stop)
