"""What the API is built from; handed over once by the wiring, never looked up."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Depends, Request
from prometheus_client import CollectorRegistry

from services.access.desk import ClaimDesk
from services.access.enrolment import Enrolment
from services.access.throttle import FailureWindow
from services.api.auditing import Looks
from services.api.easel import Easel
from services.api.glance import Glance
from services.api.heard import Heard
from services.api.live import Live
from services.api.oidc import Oidc
from services.api.stamps import Stamps
from services.api.throttle import SignInThrottle
from services.api.turnstile import Turnstile
from services.audit.store import AuditStore
from services.bookings.operations import Operations
from services.bookings.series.operations import SeriesOperations
from services.bookings.series.queries import SeriesQueries
from services.bookings.store import BookingStore
from services.bookings.whatif import Previewer
from services.calendars.importer import Importer
from services.calendars.queries import CalendarQueries
from services.calendars.store import FeedStore
from services.catalogue.cached import CachedCatalogue
from services.catalogue.floorplans.store import FloorPlanStore
from services.catalogue.people import PeopleStore
from services.catalogue.store import CatalogueStore
from services.commands.outbox import CommandOutbox
from services.commands.queries import RecentCommands
from services.contracts.community import Community
from services.contracts.communityfaults import Fault
from services.journal.books import Books
from services.kit.clock import Clock, WallClock
from services.notices.outbox import NoticeOutbox
from services.notices.store import SubscriptionStore
from services.residents.store import ResidentStore
from services.signage.store import MessageStore
from services.timeseries.ports import History
from services.twins.store import TwinStore
from services.usage.measurements import Measurements


def no_faults(_community: Community) -> Sequence[Fault]:
    """Return nothing: every codec is believed to be well used."""
    return ()


@dataclass(frozen=True, slots=True)
class ApiSettings:
    """The API's own knobs, each with its unit."""

    url: str = ""
    """Where people reach the pages from outside, without a slash at its end; empty: where the request came in."""
    font: str = ""
    """File of the font for pictures; empty: the first one found where they usually are."""
    session_ttl_s: int = 12 * 3600
    """A staff session lasts a long shift."""
    session_idle_s: int = 2 * 3600
    """A session that nobody uses is over; an open page uses it every few seconds."""
    max_body_bytes: int = 64 * 1024
    """The largest body a route accepts that says nothing else; the longest honest one is under 2 KiB."""
    devices_at: tuple[str, int, bool] | None = None
    """Where devices reach the broker: host (empty: where the pages are), port, and whether by TLS; None: not told."""
    heartbeat_s: float = 10.0
    """A comment on a quiet stream, so that proxies and pages see it is alive."""
    send_timeout_s: float = 15.0
    """A stream client that takes nothing for this long is dropped; it resumes with its last event id."""
    mail: bool = False
    """Whether a mail server is set up."""
    webhook_private: bool = False
    """Whether webhooks may reach private and loopback addresses."""


@dataclass(frozen=True, slots=True)
class Deps:
    """Everything the routes use."""

    catalogue: CachedCatalogue
    catalogue_store: CatalogueStore
    people: PeopleStore
    audit: AuditStore
    bookings: BookingStore
    operations: Operations
    series_queries: SeriesQueries
    series_operations: SeriesOperations
    books: Books
    heard: Heard
    commands: CommandOutbox
    """Only to queue: the scheduler sends."""
    recent_commands: RecentCommands
    twins: TwinStore
    messages: MessageStore
    enrolment: Enrolment
    desk: ClaimDesk
    residents: ResidentStore
    turnstile: Turnstile
    history: History
    measurements: Measurements
    """The history day by day, which remembers days that are over."""
    feeds: FeedStore
    calendars: CalendarQueries
    importer: Importer
    subscriptions: SubscriptionStore
    outbox: NoticeOutbox
    """Only to queue and look: the courier sends."""
    live: Live
    floor_plans: FloorPlanStore
    clock: Clock
    """The community's time: bookings, states, countdowns."""
    registry: CollectorRegistry
    settings: ApiSettings = field(default_factory=ApiSettings)
    machine_clock: Clock = field(default_factory=WallClock)
    """Real time: sessions and the sign-in throttle are about people at a keyboard, whatever the demo's speed."""
    stamps: Stamps = field(default_factory=Stamps)
    """Since when each screen shows the same."""
    easel: Easel = field(default_factory=Easel)
    throttle: SignInThrottle = field(default_factory=SignInThrottle)
    looks: Looks = field(default_factory=Looks)
    """Who has just looked at what."""
    oidc: Oidc | None = None
    """Where people sign in elsewhere, if they may."""
    oidc_throttle: FailureWindow = field(default_factory=lambda: FailureWindow(100))
    """Sign-ins begun from one address: each is kept until it ends, and asks the provider."""
    feed_guesses: FailureWindow = field(default_factory=lambda: FailureWindow(20))
    """Links that do not exist, by address: more than that are guesses."""
    feed_reads: FailureWindow = field(default_factory=lambda: FailureWindow(60))
    """Reads of one feed: honest programs ask every few minutes."""
    previewer: Previewer | None = None
    """Compares policies over the recent days; what can do that stands above the API."""
    codec_faults: Callable[[Community], Sequence[Fault]] = no_faults
    """What is wrong with the codecs of devices; the gateway knows them."""
    glance: Glance = field(default_factory=Glance)


def deps_of(request: Request) -> Deps:
    """Return what this application was built from."""
    deps: Deps = request.app.state.deps
    return deps


Wired = Annotated[Deps, Depends(deps_of)]
