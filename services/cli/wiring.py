"""Wires each part from settings, records and clock; `up`, the single parts and tests call it with other arguments.

Each method imports its own part: a gateway alone must not carry the web framework, nor an API the gateway.
"""

import contextlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry

from services.bookings.series.operations import SeriesOperations
from services.bookings.series.queries import SeriesQueries
from services.bookings.series.standing import StandingKeeper
from services.cli.admission import credentials_of, enrolment_of
from services.cli.records import Records
from services.commands.outbox import CommandOutbox
from services.journal.books import Books
from services.kit.clock import Clock, WallClock
from services.kit.mqtt import Broker
from services.kit.settings import Settings
from services.signage.store import MessageStore
from services.timeseries.open import open_figures, open_history, open_timeseries
from services.timeseries.ports import FigureSink
from services.twins.store import TwinStore

if TYPE_CHECKING:
    from gateway.care import Care
    from gateway.figures import FigureNoter
    from gateway.runner import Gateway
    from services.api.server import Api
    from services.notices.courier import Courier
    from services.scheduler.chronicle import Chronicle
    from services.scheduler.runner import Scheduler


@dataclass(frozen=True, slots=True)
class Wiring:
    """What the parts of one program share. `close` comes after the parts have ended."""

    settings: Settings
    records: Records
    clock: Clock
    _opened: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)
    registry: CollectorRegistry = field(default_factory=CollectorRegistry)
    devices_at: tuple[str, int] | None = None
    """Where devices reach the broker, when that is elsewhere than where our own parts do."""

    def close(self) -> None:
        """Let go of what the parts used."""
        self._opened.close()

    @property
    def broker(self) -> Broker:
        """Where the broker is. Raises SettingsError."""
        return Broker.parse(self.settings.mqtt_url, self.settings.mqtt_ca)

    def gateway(self) -> "Gateway":
        """Return the gateway. Raises SettingsError, StartError."""
        from gateway.runner import Gateway

        series = open_timeseries(self.settings.timeseries, self.settings.influx_token)
        self._opened.callback(series.close)
        return Gateway(
            broker=self.broker,
            clock=self.clock,
            journal=self.settings.journal,
            series=series,
            load_community=self.records.catalogue.current,
            load_keys=credentials_of(self.records).signing_keys,
            max_journal_bytes=self.settings.megabytes("journal_max_mb"),
            keep_journal_bytes=self.settings.megabytes("journal_keep_mb"),
            discovery_prefix=self.settings.discovery,
            registry=self.registry,
        )

    def figures(self) -> "FigureNoter | None":
        """Return what notes books and fleet for drawing; None: nobody draws them. Raises SettingsError."""
        from gateway.figures import FigureNoter

        sink = self._figures()
        if sink is None:
            return None
        books = Books(self.settings.journal)
        return FigureNoter(books, sink, self.clock, self.records.catalogue.current, self.registry)

    def chronicle(self) -> "Chronicle | None":
        """Return what writes decisions for drawing; None: nobody draws them. Raises SettingsError."""
        from services.scheduler.chronicle import Chronicle

        sink = self._figures()
        return None if sink is None else Chronicle(self.records.bookings, sink, self.clock, self.registry)

    def _figures(self) -> FigureSink | None:
        sink = open_figures(self.settings.timeseries, self.settings.influx_token)
        if sink is not None:
            self._opened.callback(sink.close)
        return sink

    def care(self) -> "Care":
        """Return what repairs gaps and keeps the devices as they should be set. Raises SettingsError."""
        from gateway.care import Care

        return Care(
            Books(self.settings.journal),
            CommandOutbox(self.records.engine, _left_to_the_scheduler, self.clock),
            self.twins,
            self.clock,
            self.records.catalogue.current,
            self.broker,
            self.registry,
        )

    @property
    def twins(self) -> TwinStore:
        """The other halves of the devices, in the records' database."""
        return TwinStore(self.records.engine, self.clock)

    def scheduler(self, holder: str) -> "Scheduler":
        """Return the scheduler, which holds its lease under the name `holder`. Raises SettingsError."""
        from services.bookings.leasestore import LeaseStore
        from services.scheduler.lease import Leadership
        from services.scheduler.runner import Scheduler

        leases, lease_s = LeaseStore(self.records.engine), self.settings.seconds("lease_s")
        leadership = Leadership(leases, holder, lease_s, self.registry)
        return Scheduler(
            self.clock,
            self.broker,
            self.records.bookings,
            self.records.catalogue.current,
            lambda publish: CommandOutbox(
                self.records.engine, publish, self.clock, self.registry, fence=leadership.fence
            ),
            self.registry,
            leadership,
            MessageStore(self.records.engine).standing,
        )

    @property
    def series(self) -> SeriesOperations:
        """What may be done with series, over the records."""
        records = self.records
        queries = SeriesQueries(records.engine)
        return SeriesOperations(records.bookings, queries, lambda: records.catalogue.view().availability)

    def standing(self) -> StandingKeeper:
        """Return what keeps the standing activities of the community booked."""
        return StandingKeeper(self.series, lambda: self.records.catalogue.current()[1], self.clock)

    def courier(self, holder: str) -> "Courier":
        """Return what tells the outside of decisions and alerts. Raises SettingsError."""
        from services.cli.telling import make_courier

        return make_courier(self.settings, self.records, self.clock, self.broker, holder, self.registry)

    def api(self, host: str, port: int) -> "Api":
        """Return the API with the board. Raises SettingsError, StartError."""
        from gateway.codecs.registry import check
        from services.access.desk import ClaimDesk
        from services.api.agenda import Agenda
        from services.api.deps import ApiSettings, Deps
        from services.api.heard import Heard
        from services.api.live import Live
        from services.api.oidc import oidc_of
        from services.api.server import Api, Certificate
        from services.api.turnstile import Turnstile
        from services.audit.store import AuditStore
        from services.bookings.codes import new_code
        from services.bookings.operations import Operations
        from services.calendars.importer import Importer
        from services.calendars.queries import CalendarQueries
        from services.calendars.store import FeedStore
        from services.catalogue.floorplans.store import FloorPlanStore
        from services.commands.queries import RecentCommands
        from services.evaluation.recent import RecentDays
        from services.notices.outbox import NoticeOutbox
        from services.notices.store import SubscriptionStore
        from services.residents.store import ResidentStore
        from services.usage.measurements import Measurements

        records, series = self.records, self.series
        history = open_history(self.settings.timeseries, self.settings.influx_token)
        self._opened.callback(history.close)
        agenda = Agenda(records.catalogue, records.bookings, self.clock, WallClock())
        books, calendars = Books(self.settings.journal), CalendarQueries(records.engine)
        enrolment = enrolment_of(records, self.settings)
        deps = Deps(
            catalogue=records.catalogue,
            catalogue_store=records.catalogue_store,
            people=records.people,
            audit=AuditStore(records.engine, WallClock(), self.registry, self.settings.days("audit_days")),
            bookings=records.bookings,
            operations=Operations(
                records.bookings, records.catalogue.claims, lambda: records.catalogue.view().community.policy
            ),
            series_queries=series.queries,
            series_operations=series,
            books=books,
            heard=Heard(books, WallClock()),
            commands=CommandOutbox(records.engine, _left_to_the_scheduler, self.clock),
            recent_commands=RecentCommands(records.engine),
            twins=self.twins,
            messages=MessageStore(records.engine),
            enrolment=enrolment,
            desk=ClaimDesk(books.unclaimed, enrolment, WallClock()),
            residents=ResidentStore(records.engine),
            turnstile=Turnstile(self.registry),
            history=history,
            measurements=Measurements(history, WallClock()),
            floor_plans=FloorPlanStore(records.engine),
            live=Live(self.broker, agenda, records.bookings, self.clock, WallClock(), self.registry),
            clock=self.clock,
            registry=self.registry,
            feeds=FeedStore(records.engine),
            calendars=calendars,
            importer=Importer(records.bookings, calendars, new_code),
            subscriptions=SubscriptionStore(records.engine),
            outbox=NoticeOutbox(records.engine),
            settings=ApiSettings(
                url=self.settings.url.rstrip("/"),
                font=self.settings.font,
                devices_at=self._devices_at(),
                mail=bool(self.settings.smtp_url),
                webhook_private=self.settings.yes("webhook_private"),
            ),
            oidc=oidc_of(self.settings, WallClock(), self.registry),
            previewer=RecentDays(records.catalogue, records.bookings, history, self.clock),
            codec_faults=check,
        )
        return Api(deps, host, port, Certificate.of(self.settings.http_cert, self.settings.http_key))

    def _devices_at(self) -> tuple[str, int, bool]:
        """Return how a device reaches the broker; a host that means every address is wherever the pages are."""
        broker = self.broker
        host, port = self.devices_at or (broker.host, broker.port)
        return ("" if host in ("0.0.0.0", "::") else host), port, broker.tls and self.devices_at is None


def _left_to_the_scheduler(topic: str, _payload: bytes) -> None:
    """Stand for the wire in an outbox that only queues: two pumps on one clock would only get in each other's way."""
    raise RuntimeError(f"{topic}: commands are sent by the scheduler's pump")
