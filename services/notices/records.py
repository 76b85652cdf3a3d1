"""Subscriptions and deliveries, and which subscription wants to hear of what. Pure."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any, Literal, get_args

from services.bookings.records import Decision
from services.contracts.events import Alert, DecisionKind
from services.contracts.instants import from_wall, to_datetime
from services.contracts.names import Millis

SubscriptionKind = Literal["webhook", "mail"]
Rhythm = Literal["each", "daily"]
Paused = Literal["", "staff", "failing", "gone", "unsubscribed"]
"""Why nothing is sent: staff said so, it failed for days, the target said it is gone, the reader had enough."""

Event = Literal[DecisionKind, "alert", "shadow"]
EVENTS: tuple[str, ...] = (*get_args(DecisionKind), "alert", "shadow")
"""What can be subscribed to: kinds of decisions, alerts, and what shadow mode would have done."""

_MORNING = "07:00"
"""When a daily letter goes out, by the clock of the site."""


class DeliveryState(StrEnum):
    """Where a delivery stands."""

    DUE = "due"
    FAILED = "failed"
    """Tried in vain; will be tried again."""
    SENT = "sent"
    GIVEN_UP = "given_up"


OPEN = (DeliveryState.DUE, DeliveryState.FAILED)


@dataclass(frozen=True, slots=True)
class Subscription:
    """Who wants to be told of what, and how that goes."""

    id: str
    kind: SubscriptionKind
    name: str
    """What staff call it; an address or a URL never stands in a log."""
    target: str
    """URL or mail address."""
    site: str | None
    """None: every site."""
    spaces: tuple[str, ...]
    """None: all spaces."""
    events: tuple[str, ...]
    """None: all kinds of decisions, and alerts."""
    language: str
    rhythm: Rhythm
    secret: str
    """Signs webhooks (`whsec_…`), and the link by which a reader of mail unsubscribes."""
    made_by: str
    made_at: Millis
    after_number: int
    """The newest decision when it was made: what was before is no news."""
    active: bool = True
    paused: Paused = ""
    secret_before: str | None = None
    secret_before_until: Millis | None = None
    """Until when the secret before signs as well."""
    failures: int = 0
    """In a row."""
    failing_since: Millis | None = None
    not_before: Millis | None = None
    """A target that failed is left in peace until then."""
    last_ok: Millis | None = None
    last_error: str = ""

    def secrets(self, now: Millis) -> tuple[str, ...]:
        """Return the secrets that sign now, the newest first."""
        before = self.secret_before
        if before is None or self.secret_before_until is None or now >= self.secret_before_until:
            return (self.secret,)
        return (self.secret, before)


@dataclass(frozen=True, slots=True)
class Delivery:
    """One notice on its way to one subscription. `id` is the same at every try: a receiver knows it again by it."""

    id: str
    subscription: str
    ref: str
    """Id of the decision, or what names the alert or the test."""
    type: str
    """Such as `decision.release`, `alert.raised`, `test`."""
    body: Mapping[str, Any]
    made_at: Millis
    next_at: Millis
    state: DeliveryState = DeliveryState.DUE
    tries: int = 0
    first_try_at: Millis | None = None
    sent_at: Millis | None = None
    last_error: str = ""


def delivery_id(subscription: str, ref: str) -> str:
    """Return the one id of "this subscription is told of this"."""
    return f"msg_{hashlib.sha256(f'{subscription}|{ref}'.encode()).hexdigest()[:32]}"


def wants_decision(one: Subscription, decision: Decision, number: int) -> bool:
    """Tell whether a subscription wants to hear of a decision, which is the `number`th."""
    if number <= one.after_number or (one.site is not None and one.site != decision.site):
        return False
    if one.spaces and decision.space not in one.spaces:
        return False
    if decision.shadow and "shadow" not in one.events:
        return False
    kinds = set(one.events) - {"shadow"}
    return not kinds or decision.kind in kinds


def wants_alert(one: Subscription, site: str, alert: Alert) -> bool:
    """Tell whether a subscription wants to hear of an alert. What names no space matters to all of them."""
    if alert.key == alert_key(one.id) or (one.site is not None and one.site != site):
        return False  # that a target is not reached cannot be told to it
    space = alert.params.get("space")
    if one.spaces and space is not None and space not in one.spaces:
        return False
    kinds = set(one.events) - {"shadow"}
    return not kinds or "alert" in kinds


def alert_key(subscription: str) -> str:
    """Return the key of the alert that a subscription's target is not reached."""
    return f"notices/{subscription}"


def next_due(one: Subscription, now: Millis, zone: str) -> Millis:
    """Return when what happens now is sent: at once, or next morning by the clock of `zone`."""
    if one.rhythm == "each":
        return now
    day = to_datetime(now, zone).date()
    today = from_wall(day, _MORNING, zone)
    return today if now < today else from_wall(day + timedelta(days=1), _MORNING, zone)


def masked(kind: SubscriptionKind, target: str) -> str:
    """Return a target as those may see it who cannot change it: enough to know it again, no more."""
    if kind == "mail":
        name, _, host = target.rpartition("@")
        return f"{name[:1]}…@{host}"
    scheme, _, rest = target.partition("://")
    return f"{scheme}://{rest.split('/', 1)[0]}/…"
