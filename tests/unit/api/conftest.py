"""An API over the real stores in a scratch folder, with a clock that stands still and no broker."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from prometheus_client import CollectorRegistry

import services.access.tables
import services.audit.tables
import services.bookings.tables
import services.calendars.tables
import services.catalogue.tables
import services.notices.tables
import services.residents.tables
import services.signage.tables  # noqa: F401  # they declare the tables that create_all makes
from services.access.desk import ClaimDesk
from services.access.enrolment import Enrolment
from services.access.store import CredentialStore
from services.api.agenda import Agenda
from services.api.app import create_app
from services.api.deps import ApiSettings, Deps
from services.api.heard import Heard
from services.api.live import Live
from services.api.turnstile import Turnstile
from services.audit.store import AuditStore
from services.bookings.operations import Operations
from services.bookings.records import Booking, Request
from services.bookings.series.operations import SeriesOperations
from services.bookings.series.queries import SeriesQueries
from services.bookings.store import BookingStore
from services.calendars.importer import Importer
from services.calendars.queries import CalendarQueries
from services.calendars.store import FeedStore
from services.catalogue.cached import CachedCatalogue
from services.catalogue.floorplans.store import FloorPlanStore
from services.catalogue.passwords import Passwords
from services.catalogue.people import ROLES, PeopleStore, Role
from services.catalogue.store import CatalogueStore
from services.commands.outbox import CommandOutbox
from services.commands.queries import RecentCommands
from services.contracts.community import parse_community
from services.contracts.events import DecisionMade
from services.contracts.instants import to_millis
from services.contracts.names import MINUTE, Millis
from services.contracts.states import Evidence, Occupancy, RoomState
from services.journal.books import Books
from services.kit.clock import ManualClock
from services.kit.database import metadata, open_engine
from services.kit.mqtt import Broker
from services.notices.outbox import NoticeOutbox
from services.notices.store import SubscriptionStore
from services.residents.store import ResidentStore
from services.signage.store import MessageStore
from services.timeseries.memory import MemoryTimeseries
from services.twins.store import TwinStore
from services.usage.measurements import Measurements

NINE = to_millis(datetime(2026, 3, 3, 1, 0, tzinfo=UTC))
"""09:00 in Shanghai."""
SITE = "lane"
COMMUNITY = parse_community(
    {
        "sites": [{"id": SITE, "name": "里弄社区", "timezone": "Asia/Shanghai"}],
        "spaces": [
            {
                "id": "hall",
                "site": SITE,
                "name": "大厅",
                "capacity": 40,
                "functions": ["council", "rehearsal"],
                "parts": ["room-a", "room-b"],
                "group": "会客厅",
            },
            {"id": "room-a", "site": SITE, "name": "甲室", "capacity": 20, "functions": ["reading"]},
            {"id": "room-b", "site": SITE, "name": "乙室", "capacity": 20, "functions": ["reading"]},
            {"id": "tea", "site": SITE, "name": "茶楼", "capacity": 10, "functions": ["reading"]},
        ],
        "devices": [{"id": "seen-a", "site": SITE, "space": "room-a", "kind": "presence"}],
    },
    "test",
)


@dataclass
class House:
    """The application and everything behind it, and how to talk to it as somebody."""

    deps: Deps
    client: TestClient
    clock: ManualClock
    machine: ManualClock
    tokens: dict[str, str] = field(default_factory=dict)

    def as_(self, role: Role) -> dict[str, str]:
        """Headers of a program with this role."""
        if role not in self.tokens:
            self.tokens[role] = self.deps.people.issue_token(f"token-{role}", role)
        return {"Authorization": f"Bearer {self.tokens[role]}"}

    def book(self, id: str = "b1", space: str = "room-a", start: Millis = NINE, minutes: int = 60) -> Booking:
        booking = Booking(id, SITE, space, "合唱团", "排练", 8, start, start + minutes * MINUTE, code="1234")
        self.deps.bookings.book(booking, "user:li", NINE - 60 * MINUTE)
        self.deps.live.agenda.changed()
        return booking

    def wish(self, id: str = "r1") -> Request:
        request = Request(id, SITE, "书友会", "读书", 6, 30, NINE, NINE + 180 * MINUTE, NINE)
        self.deps.bookings.add_request(request)
        return request

    def hear(self, occupancy: Occupancy = "occupied", space: str = "room-a", as_of: Millis = NINE) -> RoomState:
        """Let a room state arrive."""
        state = RoomState(
            site=SITE,
            space=space,
            occupancy=occupancy,
            people=3,
            confidence=0.9,
            since=NINE - 5 * MINUTE,
            as_of=as_of,
            reason="states.present",
            evidence=(Evidence(device="seen-a", kind="presence", says="present", age_s=12),),
        )
        self.deps.live.receive(f"fs/v1/{SITE}/space/{space}/state", state.model_dump_json().encode())
        return state

    def tell(self, decision_id: str) -> None:
        """Let the news of a kept decision arrive."""
        kept = self.deps.bookings.decision(decision_id)
        made = DecisionMade(id=kept.id, at=kept.at, site=kept.site, space=kept.space, kind=kept.kind)
        self.deps.live.receive(f"fs/v1/{SITE}/events/decision", made.model_dump_json().encode())


def building(tmp_path: Path) -> Iterator[Callable[[ApiSettings], House]]:
    """Yield what builds a house in a folder."""
    engine = open_engine(f"sqlite:///{tmp_path / 'records.sqlite'}")
    metadata.create_all(engine)

    def make(settings: ApiSettings) -> House:
        store = CatalogueStore(engine)
        store.import_community(COMMUNITY)
        catalogue = CachedCatalogue(store)
        clock, machine, registry = ManualClock(NINE), ManualClock(NINE), CollectorRegistry()
        bookings = BookingStore(engine, catalogue.claims, lambda: catalogue.view().availability)
        passwords, books = Passwords(time_cost=1, memory_kib=64), Books(tmp_path / "journal.sqlite")
        enrolment = Enrolment(store, CredentialStore(engine, passwords, machine), None)
        desk = ClaimDesk(books.unclaimed, enrolment, machine)
        agenda = Agenda(catalogue, bookings, clock, machine)
        calendars = CalendarQueries(engine)
        series = SeriesOperations(bookings, SeriesQueries(engine), lambda: catalogue.view().availability)
        history = MemoryTimeseries()
        deps = Deps(
            catalogue=catalogue,
            catalogue_store=store,
            people=PeopleStore(engine, passwords),
            audit=AuditStore(engine, machine, registry),
            bookings=bookings,
            operations=Operations(bookings, catalogue.claims, lambda: catalogue.view().community.policy),
            series_queries=series.queries,
            series_operations=series,
            books=books,
            heard=Heard(books, machine),
            commands=CommandOutbox(engine, lambda _topic, _payload: None, clock),
            recent_commands=RecentCommands(engine),
            twins=TwinStore(engine, clock),
            messages=MessageStore(engine),
            enrolment=enrolment,
            desk=desk,
            residents=ResidentStore(engine),
            turnstile=Turnstile(registry),
            history=history,
            measurements=Measurements(history, machine),
            feeds=FeedStore(engine),
            calendars=calendars,
            importer=Importer(bookings, calendars, lambda: "7777"),
            subscriptions=SubscriptionStore(engine),
            outbox=NoticeOutbox(engine),
            floor_plans=FloorPlanStore(engine),
            live=Live(Broker("127.0.0.1", 1), agenda, bookings, clock, machine, registry),
            clock=clock,
            registry=registry,
            settings=settings,
            machine_clock=machine,
        )
        client = TestClient(create_app(deps), raise_server_exceptions=False, follow_redirects=False)
        return House(deps, client, clock, machine)

    yield make
    engine.dispose()


@pytest.fixture
def build(tmp_path: Path) -> Iterator[Callable[[ApiSettings], House]]:
    yield from building(tmp_path)


@pytest.fixture
def house(build: Callable[[ApiSettings], House]) -> House:
    return build(ApiSettings())


@pytest.fixture(scope="module")
def _long_standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    for make in building(tmp_path_factory.mktemp("house")):
        yield make(ApiSettings())


@pytest.fixture
def standing_house(_long_standing: House) -> House:
    """One house for a whole module: for cases that leave nothing behind. Nobody is signed in, nobody has to wait."""
    _long_standing.client.cookies.clear()
    _long_standing.machine.advance(3600)
    return _long_standing


@pytest.fixture(params=[None, *ROLES])
def role(request: pytest.FixtureRequest) -> Role | None:
    """Every role, and nobody."""
    chosen: Role | None = request.param
    return chosen
