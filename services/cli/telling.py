"""Wires the courier: who sends, and how the API shows what notices tell of."""

from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

from prometheus_client import CollectorRegistry

from services.api import present
from services.bookings.records import Decision
from services.bookings.undoing import can_undo
from services.cli.records import Records
from services.contracts.errors import SettingsError
from services.contracts.events import Alert
from services.kit.clock import Clock, WallClock
from services.kit.mqtt import Broker
from services.kit.settings import Settings
from services.notices.courier import Courier, Sender
from services.notices.letters import House, unsubscribe_link
from services.notices.mail import MailSender, SmtpServer, check_sender, trusting
from services.notices.outbox import NoticeOutbox
from services.notices.queries import NewDecisions, StandingAlerts
from services.notices.records import SubscriptionKind
from services.notices.store import SubscriptionStore
from services.notices.webhooks import WebhookSender


@dataclass(frozen=True, slots=True)
class AsTheApiShows:
    """A webhook's body says what `GET /decisions/{id}` would."""

    records: Records
    clock: Clock

    def decision(self, record: Decision, language: str) -> dict[str, Any]:
        """Return a decision as JSON."""
        undoable = can_undo(self.records.bookings, record, self.clock.now())
        return present.decision(record, self.records.catalogue.view(), language, undoable=undoable)

    def alert(self, site: str, record: Alert, language: str) -> dict[str, Any]:
        """Return an alert as JSON."""
        return present.alert(site, record, self.records.catalogue.view(), language)

    def zone(self, site: str | None) -> str:
        """Return the zone of a site; None: of the first one."""
        return present.shown_zone(self.records.catalogue.view(), site or "")

    def sites(self) -> list[str]:
        """Return all sites."""
        return [site.id for site in self.records.catalogue.view().community.sites]


def make_courier(
    settings: Settings, records: Records, clock: Clock, broker: Broker, holder: str, registry: CollectorRegistry
) -> Courier:
    """Return a courier that sends with what the settings name. Raises SettingsError."""
    senders: dict[SubscriptionKind, Sender] = {
        "webhook": WebhookSender(private=settings.yes("webhook_private"), version=version("foldspace"))
    }
    mail = mail_of(settings, records)
    if mail is not None:
        senders["mail"] = mail
    return Courier(
        SubscriptionStore(records.engine),
        NoticeOutbox(records.engine),
        NewDecisions(records.engine),
        StandingAlerts(records.engine),
        AsTheApiShows(records, clock),
        senders,
        WallClock(),
        clock,
        broker,
        holder,
        registry,
    )


def mail_of(settings: Settings, records: Records) -> MailSender | None:
    """Return who sends mail; None: no mail server is set up. Raises SettingsError."""
    if not settings.smtp_url:
        if settings.mail_from:
            raise SettingsError("FOLDSPACE_MAIL_FROM: expected with FOLDSPACE_SMTP_URL alone")
        return None
    sites, url = records.catalogue.view().community.sites, settings.url.rstrip("/")
    house = House(check_sender(settings.mail_from), url, sites[0].name if sites else "foldspace")
    tls = trusting(settings.smtp_ca)
    return MailSender(SmtpServer.parse(settings.smtp_url), house, lambda one: unsubscribe_link(url, one), tls)
