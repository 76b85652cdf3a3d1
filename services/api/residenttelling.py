"""What happened to a resident's bookings and wishes, in sentences for them that name nobody else. Pure."""

from services.api import present
from services.bookings.records import Decision
from services.catalogue.view import CatalogueView
from services.contracts.errors import NotFoundError
from services.contracts.instants import to_rfc3339
from services.contracts.texts import catalogue, text


def told(record: Decision, view: CatalogueView, language: str) -> present.Json:
    """Return a decision as residents get it."""
    return {
        "id": record.id,
        "at": to_rfc3339(record.at, present.shown_zone(view, record.site)),
        "kind": record.kind,
        "booking": record.booking,
        "said": said(record, view, language),
    }


def said(record: Decision, view: CatalogueView, language: str) -> str:
    """Return a decision as one sentence to whom it is about. Staff's sentences say who else is concerned; this none."""
    known = catalogue()
    zone = present.shown_zone(view, record.site)
    undone = record.params.get("undone_kind", "")
    by = "" if record.actor == "scheduler" else "staff" if record.actor.startswith("user:") else "self"
    rule = str(record.params.get("proposal_rule", "")).partition("/")[0].replace(".", "_")
    own = [f"{record.kind}_{undone}", f"{record.kind}_{rule}", f"{record.kind}_{by}", record.kind]
    if record.kind == "cancel" and record.booking is None:
        own = ["lapsed_wish" if by == "" else "withdrawn_wish"]
    key = next((key for name in own if (key := f"resident.told_{name}") in known), "resident.told_other")
    params = {"space": _name(view, record.site, record.space), "from_space": ""}
    if record.params.get("from_space"):
        params["from_space"] = _name(view, record.site, str(record.params["from_space"]))
    at = {name: value for name, value in record.params.items() if name.endswith("_at") and isinstance(value, int)}
    return text(key, language, {**at, **params}, zone)


def _name(view: CatalogueView, site: str, space: str) -> str:
    try:
        return view.space(site, space).name
    except NotFoundError:
        return space
