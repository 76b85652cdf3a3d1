"""What is proposed to a resident about their own bookings: seen, agreed to, or left as it is."""

from services.api import present
from services.api.acting import in_plain_words
from services.api.auditing import note_place
from services.api.deps import Deps, Wired
from services.api.identity import Me
from services.api.language import Lang
from services.api.proposals import agreed, declined
from services.api.residentbookings import act, actor, place, show
from services.bookings.proposals import stands
from services.bookings.records import Booking, Proposal, ProposalState
from services.contracts.errors import NotFoundError
from services.contracts.texts import catalogue, text

_COUNTS = frozenset({"people", "capacity"})
"""What a resident may know of why they are asked; all else may name others."""


def list_proposals(deps: Wired, me: Me, lang: Lang) -> present.Json:
    """What they are asked now, in the order it was proposed."""
    handle, now = me.resident.handle, deps.clock.now()
    items = []
    for one in deps.bookings.proposals(states=(ProposalState.OPEN,), group=handle, limit=50):
        if not _is_theirs(one, handle) or one.expires <= now:
            continue
        booking = deps.bookings.booking(one.moves[0].booking)
        if stands(one, {booking.id: booking}, now):
            items.append(_shown(deps, one, booking, lang))
    return present.page(items, None)


def agree(deps: Wired, me: Me, lang: Lang, id: str) -> present.Json:
    """Let it be changed as proposed; answers the booking as it is then."""
    record = _own(deps, me, id)
    with in_plain_words("answer"):
        agreed(deps, record, actor(me))
    return show(deps, deps.bookings.booking(record.moves[0].booking), lang)


def decline(deps: Wired, me: Me, lang: Lang, id: str) -> present.Json:
    """Leave everything as it is; answers the booking."""
    record = _own(deps, me, id)
    with in_plain_words("answer"):
        declined(deps, record, actor(me))
    return show(deps, deps.bookings.booking(record.moves[0].booking), lang)


def _own(deps: Deps, me: Me, id: str) -> Proposal:
    """Return a proposal about the caller's own; those of others are as if they did not exist. Raises NotFoundError."""
    handle = me.resident.handle
    record = deps.bookings.proposal(id) if id.isprintable() else None
    if record is None or not _is_theirs(record, handle):
        raise NotFoundError(key="no_proposal", id=id if id.isprintable() else "?")
    note_place(record.site, record.space)
    act(deps, handle)
    return record


def _is_theirs(record: Proposal, handle: str) -> bool:
    """Tell whether a proposal is for this resident to answer: it asks them, and moves one booking, which is theirs.

    What concerns others as well is for staff.
    """
    return record.group == handle and not record.adds and [one.group for one in record.moves] == [handle]


def _shown(deps: Deps, record: Proposal, booking: Booking, language: str) -> present.Json:
    view, [move] = deps.catalogue.view(), record.moves
    zone = present.shown_zone(view, record.site)
    to = None
    if move.space is not None:
        to = {
            "space": move.space,
            "name": place(view, record.site, move.space)["name"],
            "start": present.instant(move.start, zone),
            "end": present.instant(move.start + booking.end - booking.start, zone),
        }
    here = place(view, record.site, booking.space)
    return {
        "id": record.id,
        "booking": booking.id,
        **here,
        "start": present.instant(booking.start, zone),
        "end": present.instant(booking.end, zone),
        "to": to,
        "why": _why(record, here["name"], language),
        "expires": present.instant(record.expires, zone),
    }


def _why(record: Proposal, name: str, language: str) -> str:
    """Return why they are asked, without the names of others that staff's sentence has."""
    key = f"resident.proposed_{record.rule.partition('/')[0].replace('.', '_')}"
    params = {said: record.params[said] for said in record.params if said in _COUNTS}
    return text(key if key in catalogue() else "resident.proposed_other", language, {**params, "space": name})
