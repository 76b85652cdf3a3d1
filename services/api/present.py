"""Records as HTTP shows them: instants with the site's offset, sentences in the language asked for."""

from collections.abc import Mapping, Sequence
from typing import Any

from services.bookings import sentences
from services.bookings.records import Booking, Decision, Offer, Proposal, Request
from services.catalogue.view import CatalogueView
from services.contracts.community import Device, Supply
from services.contracts.errors import NotFoundError
from services.contracts.events import Alert
from services.contracts.instants import to_rfc3339
from services.contracts.names import Millis
from services.contracts.retelling import Kept, told
from services.contracts.texts import text

Json = dict[str, Any]


def page(items: Sequence[Json], after: str | None) -> Json:
    """Return a list as every list is answered; `after` is the cursor of the next page, None at the end."""
    return {"items": list(items), "next": after}


def instant(at: Millis | None, zone: str) -> str | None:
    """Return an instant with an offset, or None."""
    return None if at is None else to_rfc3339(at, zone)


def booking(record: Booking, zone: str, *, with_code: bool) -> Json:
    """Return a booking. The code opens it at the button, so only those who may act see it."""
    shown: Json = {
        "id": record.id,
        "site": record.site,
        "space": record.space,
        "group": record.group,
        "title": record.title,
        "people": record.people,
        "start": instant(record.start, zone),
        "end": instant(record.end, zone),
        "state": record.state.value,
        "function": record.function,
        "protected": record.protected,
        "checked_in_at": instant(record.checked_in_at, zone),
        "warned_at": instant(record.warned_at, zone),
        "kept_at": instant(record.kept_at, zone),
        "released_at": instant(record.released_at, zone),
        "reclaimed_at": instant(record.reclaimed_at, zone),
        "ended_at": instant(record.ended_at, zone),
        "asked_at": instant(record.asked_at, zone),
        "planned_end": instant(record.planned_end, zone),
        "excused_at": instant(record.excused_at, zone),
        "from_offer": record.from_offer,
        "answer_by": instant(record.answer_by, zone),
        "series": record.series,
        "occurrence": record.occurrence,
        "version": record.version,
    }
    return {**shown, "code": record.code} if with_code else shown


def request(record: Request, zone: str) -> Json:
    """Return a wish for space."""
    return {
        "id": record.id,
        "site": record.site,
        "group": record.group,
        "title": record.title,
        "people": record.people,
        "duration_min": record.duration_min,
        "earliest": instant(record.earliest, zone),
        "latest_end": instant(record.latest_end, zone),
        "created_at": instant(record.created_at, zone),
        "space": record.space,
        "features": record.features,
        "functions": record.functions,
        "priority": record.priority,
        "alternatives": [
            {
                "space": one.space,
                "earliest": instant(one.earliest, zone),
                "latest_end": instant(one.latest_end, zone),
            }
            for one in record.alternatives
        ],
        "min_duration_min": record.min_duration_min or record.duration_min,
        "walk_in": record.walk_in,
        "season": record.season,
        "state": record.state.value,
        "booking": record.booking,
    }


def offer(record: Offer, zone: str, *, with_code: bool) -> Json:
    """Return an offer. Whoever has the code can take it, so only those who may act see it."""
    shown: Json = {
        "id": record.id,
        "request": record.request,
        "site": record.site,
        "space": record.space,
        "group": record.group,
        "start": instant(record.start, zone),
        "end": instant(record.end, zone),
        "made_at": instant(record.made_at, zone),
        "expires": instant(record.expires, zone),
        "state": record.state.value,
        "released_booking": record.released_booking,
        "booking": record.booking,
    }
    return {**shown, "code": record.code} if with_code else shown


def proposal(record: Proposal, view: CatalogueView, language: str) -> Json:
    """Return a proposal with its moves, as one sentence and as a list."""
    zone = shown_zone(view, record.site)
    said = Decision(
        record.id, record.made_at, record.site, record.space, "propose", record.rule,
        params={
            **record.params, "space": record.space, "moved": len(record.moves), "expires_at": record.expires,
        },
    )  # fmt: skip
    return {
        "id": record.id,
        "site": record.site,
        "space": record.space,
        "rule": record.rule,
        "summary": sentences.summary(said, zone, _name_of(view))[language],
        "made_at": instant(record.made_at, zone),
        "expires": instant(record.expires, zone),
        "asked": record.group or None,
        "request": record.request,
        "state": record.state.value,
        "moves": [
            {
                "booking": move.booking,
                "group": move.group,
                "from": {"space": move.from_space, "start": instant(move.from_start, zone)},
                "to": None if move.space is None else {"space": move.space, "start": instant(move.start, zone)},
            }
            for move in record.moves
        ],
        "serves": dict(record.serves),
        "adds": [booking(one, zone, with_code=False) for one in record.adds],
    }


def decision(record: Decision, view: CatalogueView, language: str, *, undoable: bool) -> Json:
    """Return a decision with everything needed to argue about it."""
    zone = shown_zone(view, record.site)
    return {
        "id": record.id,
        "at": instant(record.at, zone),
        "site": record.site,
        "space": record.space,
        "kind": record.kind,
        "booking": record.booking,
        "request": record.request,
        "offer": record.offer,
        "shadow": record.shadow,
        "actor": record.actor,
        "summary": summary(record, view, language),
        "rule": record.rule,
        "inputs": record.inputs,
        "considered": [
            {**one, "said": text(one["text"], language)} if "text" in one else one for one in record.considered
        ],
        "would_change": sentences.would_change(record, language, zone),
        "proposal": record.params.get("proposal"),
        "answer_until": instant(record.params["expires_at"], zone) if record.kind == "propose" else None,
        "undo": {
            "possible": undoable,
            "until": instant(record.undo_until, zone),
            "undone_by": record.undone_by,
        },
    }


def summary(record: Decision, view: CatalogueView, language: str) -> str:
    """Return a decision as one sentence."""
    return sentences.summary(record, shown_zone(view, record.site), _name_of(view))[language]


def shown_zone(view: CatalogueView, site: str) -> str:
    """Return the zone to show instants of a site in.

    Records outlive the sites of the catalogue, and strangers name any: those show the first site's.
    """
    try:
        return view.zone(site)
    except NotFoundError:
        return view.community.sites[0].timezone if view.community.sites else "UTC"


def _name_of(view: CatalogueView) -> sentences.NameOf:
    def name_of(site: str, space: str) -> str:
        try:
            return view.space(site, space).name
        except NotFoundError:
            return space

    return name_of


def alert(site: str, record: Alert, view: CatalogueView, language: str, *, stale: bool = False) -> Json:
    """Return an alert as a sentence. `stale`: nobody has said for minutes that it still stands."""
    zone = shown_zone(view, site)
    return {
        "key": record.key,
        "site": site,
        "level": record.level,
        "at": instant(record.at, zone),
        "cleared": record.cleared,
        "stale": stale,
        "text": text(record.text, language, _kept(record.params), zone),
    }


def _kept(params: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the parameters of an alert, its reason as a sentence that can be told in other languages."""
    reason = params.get("reason")
    return {**params, "reason": Kept(reason)} if isinstance(reason, str) else params


def trouble(left: str | None, language: str) -> str | None:
    """Return what is left to do at the broker, in a language; None: nothing."""
    return left and told(left, language)


def supply(window: Supply) -> Json:
    """Return a supply window; its times are local times of day."""
    return window.model_dump(mode="json")


def device(record: Device) -> Json:
    """Return a device as the catalogue knows it."""
    return record.model_dump(mode="json")
