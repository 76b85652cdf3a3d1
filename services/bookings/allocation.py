"""Who got what: each group's share of a stretch of days, told from the decisions. Pure.

What was undone does not count, nor what was only done in shadow. A booking that was moved counts as it was in the end;
one that was released and reclaimed was not released.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from services.bookings.records import BLOCK, Decision, Request, RequestState
from services.contracts.names import MINUTE, Millis


@dataclass(frozen=True, slots=True)
class Allocation:
    """One group's share. Counts are of wishes and bookings; minutes are of bookings."""

    group: str
    requested: int = 0
    """Wishes made."""
    served: int = 0
    """Wishes that became a booking."""
    booked: int = 0
    booked_min: int = 0
    """As promised, whatever was given back of it later."""
    released: int = 0
    """Taken back because nobody came."""
    released_min: int = 0
    given_back: int = 0
    """Cancelled, or ended before their time."""
    given_back_min: int = 0
    refused: int = 0
    """Asked for and refused by the host, or never answered."""

    @property
    def kept_min(self) -> int:
        """Minutes the group had and did not let go of."""
        return self.booked_min - self.released_min - self.given_back_min


@dataclass(frozen=True, slots=True)
class _Tale:
    """What became of one booking so far."""

    group: str
    start: Millis
    end: Millis
    let_go: str = ""
    let_go_at: Millis = 0


_LET_GO = {
    "release": "released",
    "end_early": "given_back",
    "end": "given_back",
    "cancel": "given_back",
    "refuse": "refused",
    "lapse": "refused",
}


def allocation_of(
    decisions: Iterable[Decision], requests: Iterable[Request], name_of: Callable[[str], str] = str
) -> list[Allocation]:
    """Return the share of every group, by name. Decisions come in the order in which they were made.

    `name_of` tells by which name a group counts that goes by several.
    """
    tales: dict[str, _Tale] = {}
    for decision in decisions:
        if decision.booking is None or decision.booking.startswith(BLOCK):
            continue
        if not decision.shadow and decision.undone_by is None:
            told = _told(tales.get(decision.booking), decision)
            if told is not None:
                tales[decision.booking] = told
    shares: dict[str, Allocation] = {}
    for tale in tales.values():
        group = name_of(tale.group)
        shares[group] = _with(shares.get(group, Allocation(group)), tale)
    for request in requests:
        group = name_of(request.group)
        share = shares.get(group, Allocation(group))
        served = request.state is RequestState.SERVED
        shares[group] = replace(share, requested=share.requested + 1, served=share.served + served)
    return [shares[group] for group in sorted(shares)]


def _told(tale: _Tale | None, decision: Decision) -> _Tale | None:
    """Return the tale with one more decision; None: it is about no time of a booking."""
    params = decision.params
    if decision.kind in ("book", "offer_taken"):
        return _Tale(params["group"], params["start_at"], params["end_at"])
    if tale is None or decision.kind == "offer":  # that names the released booking whose time it offers
        return tale
    if decision.kind in ("move", "reclaim", "keep", "check_in", "approve", "excuse"):
        return replace(tale, start=params["start_at"], end=params["end_at"], let_go="")
    let_go = _LET_GO.get(decision.kind)
    return tale if let_go is None else replace(tale, let_go=let_go, let_go_at=decision.at)


def _with(share: Allocation, tale: _Tale) -> Allocation:
    whole = (tale.end - tale.start) // MINUTE
    left = max(0, tale.end - max(tale.start, tale.let_go_at)) // MINUTE if tale.let_go else 0
    if tale.let_go == "refused":
        return replace(share, refused=share.refused + 1)
    share = replace(share, booked=share.booked + 1, booked_min=share.booked_min + whole)
    if not left:
        return share
    if tale.let_go == "released":
        return replace(share, released=share.released + 1, released_min=share.released_min + left)
    return replace(share, given_back=share.given_back + 1, given_back_min=share.given_back_min + left)
