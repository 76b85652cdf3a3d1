"""Wires each part from settings, records and clock; `up`, the single parts and tests call it with other arguments."""

import contextlib
from dataclasses import dataclass, field

from prometheus_client import CollectorRegistry

from gateway.runner import Gateway
from services.api.agenda import Agenda
from services.api.deps import Deps
from services.api.live import Live
from services.api.server import Api
from services.bookings.operations import Operations
from services.cli.records import Records
from services.commands.outbox import CommandOutbox
from services.journal.books import Books
from services.kit.clock import Clock, WallClock
from services.kit.mqtt import Broker
from services.kit.settings import Settings
from services.scheduler.runner import Scheduler
from services.timeseries.open import open_history, open_sink


@dataclass(frozen=True, slots=True)
class Wiring:
    """What the parts of one program share. `close` comes after the parts have ended."""

    settings: Settings
    records: Records
    clock: Clock
    _opened: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)
    registry: CollectorRegistry = field(default_factory=CollectorRegistry)

    def close(self) -> None:
        """Let go of what the parts used."""
        self._opened.close()

    @property
    def broker(self) -> Broker:
        """Where the broker is. Raises SettingsError."""
        return Broker.parse(self.settings.mqtt_url)

    def gateway(self) -> Gateway:
        """Return the gateway. Raises SettingsError, StartError."""
        sink = open_sink(self.settings.timeseries)
        self._opened.callback(sink.close)
        return Gateway(
            broker=self.broker,
            clock=self.clock,
            journal=self.settings.journal,
            sink=sink,
            load_community=self.records.catalogue.current,
            registry=self.registry,
        )

    def scheduler(self) -> Scheduler:
        """Return the scheduler."""
        return Scheduler(
            self.clock,
            self.broker,
            self.records.bookings,
            self.records.catalogue.current,
            lambda publish: CommandOutbox(self.records.engine, publish, self.clock, self.registry),
            self.registry,
        )

    def api(self, host: str, port: int) -> Api:
        """Return the API with the board. Raises SettingsError, StartError."""
        records = self.records
        history = open_history(self.settings.timeseries)
        self._opened.callback(history.close)
        agenda = Agenda(records.catalogue, records.bookings, self.clock, WallClock())
        deps = Deps(
            catalogue=records.catalogue,
            catalogue_store=records.catalogue_store,
            people=records.people,
            bookings=records.bookings,
            operations=Operations(
                records.bookings, records.catalogue.claims, lambda: records.catalogue.view().community.policy
            ),
            books=Books(self.settings.journal),
            history=history,
            live=Live(self.broker, agenda, records.bookings, self.clock, self.registry),
            clock=self.clock,
            registry=self.registry,
        )
        return Api(deps, host, port)
