"""Subscriptions: who outside is told of decisions and alerts, how that goes, and trying again."""

import secrets
from typing import Annotated, Any, Literal, Self

from fastapi import Response
from pydantic import BaseModel, Field, model_validator

from services.api import present
from services.api.bodies import Body, Line, zone_of
from services.api.deps import Deps, Wired
from services.api.identity import Caller
from services.api.language import Lang
from services.api.paging import After, Limit, paged
from services.api.problems import RefusalError
from services.api.unsubscribing import asking, done, known_by
from services.catalogue.people import Principal, Role
from services.catalogue.view import CatalogueView
from services.contracts.errors import FieldError, InvalidError
from services.contracts.instants import to_rfc3339
from services.contracts.names import Name
from services.contracts.retelling import told
from services.contracts.texts import text
from services.notices.addresses import check_written, target_of
from services.notices.courier import trial
from services.notices.mail import is_address
from services.notices.records import Delivery, Event, Rhythm, Subscription, SubscriptionKind, masked

EDIT: frozenset[Role] = frozenset({"scheduler", "admin"})
"""Who says what goes outside; stewards see how that goes."""

_Target = Annotated[str, Field(min_length=3, max_length=2000, description="URL of a webhook, or a mail address")]
_Spaces = Annotated[tuple[Name, ...], Field(max_length=200, description="none: all of them")]
_Events = Annotated[tuple[Event, ...], Field(max_length=40, description="none: all decisions, and alerts")]


class NewSubscription(Body):
    """The body of POST /subscriptions."""

    kind: SubscriptionKind
    name: Annotated[Line, Field(description="what staff call it")]
    target: _Target
    site: Annotated[Name | None, Field(description="none: every site")] = None
    spaces: _Spaces = ()
    events: _Events = ()
    language: Literal["zh", "en"] = "zh"
    rhythm: Annotated[Rhythm, Field(description="daily: one mail each morning")] = "each"


class SubscriptionChange(Body):
    """The body of PATCH /subscriptions/{id}; what is left out stays."""

    name: Line | None = None
    target: _Target | None = None
    spaces: _Spaces | None = None
    events: _Events | None = None
    language: Literal["zh", "en"] | None = None
    rhythm: Rhythm | None = None
    active: Annotated[bool | None, Field(description="false: tell it nothing more; true: again, from now on")] = None
    rotate: Annotated[bool, Field(description="a new secret; the one before signs as well for a day")] = False

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.rotate and not self.model_dump(exclude={"rotate"}, exclude_none=True):
            raise FieldError("fault_nothing_to_change")
        return self


class SubscriptionShown(BaseModel):
    """A subscription and how it goes. The target is shortened for those who cannot change it."""

    id: str
    kind: SubscriptionKind
    name: str
    target: str
    site: str | None
    spaces: list[str]
    events: list[str]
    language: str
    rhythm: Rhythm
    active: bool
    paused: Annotated[str, Field(description="staff, failing, gone, unsubscribed, or empty")]
    made_by: str
    made_at: str
    last_ok: str | None
    failing_since: str | None
    last_error: str
    secret_before_until: Annotated[str | None, Field(description="until then the secret before signs as well")]
    counts: dict[str, int]


class SubscriptionMade(SubscriptionShown):
    """The same with the secret that signs webhooks, which is shown this once."""

    secret: str | None


class SubscriptionList(BaseModel):
    """A page of subscriptions."""

    items: list[SubscriptionShown]
    next: str | None
    mail: Annotated[bool, Field(description="whether a mail server is set up")]


class DeliveryShown(BaseModel):
    """A notice on its way, or what became of it."""

    id: Annotated[str, Field(description="the webhook-id")]
    type: str
    summary: str
    state: Literal["due", "failed", "sent", "given_up"]
    tries: int
    made_at: str
    next_at: str | None
    sent_at: str | None
    last_error: str


class DeliveryList(BaseModel):
    """A page of deliveries."""

    items: list[DeliveryShown]
    next: str | None


def list_subscriptions(
    deps: Wired, caller: Caller, lang: Lang, after: After = None, limit: Limit = 100
) -> present.Json:
    """Who is told of what, in the order they were made."""
    view = deps.catalogue.view()
    found = deps.subscriptions.all(after, limit + 1)
    tally = deps.outbox.tally([one.id for one in found])
    shown = paged(
        lambda _most: found,
        limit,
        lambda one: one.id,
        lambda one: _shown(one, view, caller, lang, tally.get(one.id, {})),
    )
    return {**shown, "mail": deps.settings.mail}


def make_subscription(deps: Wired, caller: Caller, lang: Lang, body: NewSubscription) -> present.Json:
    """Tell somebody outside of decisions and alerts from now on. A webhook's secret is shown this once."""
    view = deps.catalogue.view()
    if body.site is not None:
        zone_of(view, body.site)
    _check(deps, body.kind, body.target, body.rhythm)
    made = deps.subscriptions.add(
        body.kind, body.name, body.target, body.site, body.spaces, body.events, body.language, body.rhythm,
        caller.name, deps.machine_clock.now(),
    )  # fmt: skip
    return _with_secret(made, _shown(made, view, caller, lang, {}))


def change_subscription(deps: Wired, caller: Caller, lang: Lang, id: str, body: SubscriptionChange) -> present.Json:
    """Change, pause or take up a subscription again, or give it a new secret, which is shown this once."""
    known = deps.subscriptions.get(id)
    values = body.model_dump(exclude={"rotate", "active"}, exclude_none=True)
    if "target" in values or "rhythm" in values:
        _check(deps, known.kind, body.target or known.target, body.rhythm or known.rhythm)
    if values:
        known = deps.subscriptions.change(id, values)
    if body.active is False:
        known = deps.subscriptions.pause(id, "staff")
    elif body.active and not known.active:
        known = deps.subscriptions.resume(id)
    if body.rotate:
        if known.kind != "webhook":
            raise RefusalError("invalid", "rotate_webhooks")
        known = deps.subscriptions.rotate(id, deps.machine_clock.now())
    shown = _shown(known, deps.catalogue.view(), caller, lang, deps.outbox.tally([id]).get(id, {}))
    return _with_secret(known, shown) if body.rotate else {**shown, "secret": None}


def remove_subscription(deps: Wired, id: str) -> None:
    """Forget a subscription with all its deliveries."""
    deps.subscriptions.remove(id)


def test_subscription(deps: Wired, lang: Lang, id: str) -> present.Json:
    """Send a notice that says only that notices arrive; its deliveries show what became of it."""
    known, now = deps.subscriptions.get(id), deps.machine_clock.now()
    if not known.active:
        raise RefusalError("conflict", "subscription_paused")
    zone = _zone(deps.catalogue.view(), known)
    sentence = text("calendar.test_notice", known.language, {"name": known.name})
    made = trial(known, sentence, to_rfc3339(now, zone), secrets.token_hex(8), now)
    deps.outbox.queue([made])
    return _delivery(made, zone, lang)


def list_deliveries(deps: Wired, lang: Lang, id: str, after: After = None, limit: Limit = 100) -> present.Json:
    """What a subscription was told and will be, the newest first."""
    known = deps.subscriptions.get(id)
    zone = _zone(deps.catalogue.view(), known)
    return paged(
        lambda most: deps.outbox.of(id, after, most), limit, lambda one: one.id, lambda one: _delivery(one, zone, lang)
    )


def retry_delivery(deps: Wired, lang: Lang, id: str) -> present.Json:
    """Send a notice that was given up, or waits, now."""
    again = deps.outbox.retry(id, deps.machine_clock.now())
    return _delivery(again, _zone(deps.catalogue.view(), deps.subscriptions.get(again.subscription)), lang)


def ask_unsubscribe(deps: Wired, lang: Lang, id: str, token: str) -> Response:
    """The page to which the link in a letter leads: it asks, as programs that look at links before us also come."""
    return asking(known_by(deps, id, token), lang)


def unsubscribe(deps: Wired, lang: Lang, id: str, token: str) -> Response:
    """End a mail subscription by the link in its letters, without sign-in (RFC 8058)."""
    known = known_by(deps, id, token)
    if known.active:
        deps.subscriptions.pause(id, "unsubscribed")
    return done(known, lang)


def _check(deps: Deps, kind: SubscriptionKind, target: str, rhythm: Rhythm) -> None:
    """Refuse a target that could never be reached. Raises RefusalError."""
    if kind == "mail":
        if not deps.settings.mail:
            raise RefusalError("conflict", "mail_not_set_up")
        if not is_address(target):
            raise RefusalError("invalid", "mail_address")
        return
    if rhythm != "each":
        raise RefusalError("invalid", "webhook_each")
    try:
        host = target_of(target).host
    except InvalidError:
        raise RefusalError("invalid", "webhook_url") from None
    try:
        check_written(target, private=deps.settings.webhook_private)
    except InvalidError:
        raise RefusalError("invalid", "webhook_address", host=host) from None


def _zone(view: CatalogueView, known: Subscription) -> str:
    return present.shown_zone(view, known.site or "")


def _with_secret(known: Subscription, shown: dict[str, Any]) -> dict[str, Any]:
    return {**shown, "secret": known.secret if known.kind == "webhook" else None}


def _shown(
    known: Subscription, view: CatalogueView, caller: Principal, lang: str, tally: dict[str, int]
) -> dict[str, Any]:
    zone, edits = _zone(view, known), caller.role in EDIT
    return {
        "id": known.id,
        "kind": known.kind,
        "name": known.name,
        "target": known.target if edits else masked(known.kind, known.target),
        "site": known.site,
        "spaces": known.spaces,
        "events": known.events,
        "language": known.language,
        "rhythm": known.rhythm,
        "active": known.active,
        "paused": known.paused,
        "made_by": known.made_by,
        "made_at": present.instant(known.made_at, zone),
        "last_ok": present.instant(known.last_ok, zone),
        "failing_since": present.instant(known.failing_since, zone),
        "last_error": told(known.last_error, lang) if edits and known.last_error else "",
        "secret_before_until": present.instant(known.secret_before_until, zone),
        "counts": {state: tally.get(state, 0) for state in ("due", "failed", "sent", "given_up")},
    }


def _delivery(one: Delivery, zone: str, lang: str) -> dict[str, Any]:
    data = one.body.get("data", {})
    waits = one.state in ("due", "failed")
    return {
        "id": one.id,
        "type": one.type,
        "summary": str(data.get("summary") or data.get("text") or ""),
        "state": one.state.value,
        "tries": one.tries,
        "made_at": present.instant(one.made_at, zone),
        "next_at": present.instant(one.next_at, zone) if waits else None,
        "sent_at": present.instant(one.sent_at, zone),
        "last_error": one.last_error and told(one.last_error, lang),
    }
