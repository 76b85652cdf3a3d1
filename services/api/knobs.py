"""The policy: its knobs as they are, what another setting would have done lately, and setting them."""

from collections.abc import Callable
from typing import Annotated, Literal

from fastapi import Response
from pydantic import BaseModel, ConfigDict, Field

from services.api import present
from services.api.deps import Wired
from services.api.editing import Seen, change, tag
from services.api.entrybodies import NewPolicy
from services.api.identity import Caller
from services.api.problems import RefusalError
from services.bookings.whatif import Comparison, Fate, Figures
from services.catalogue.editing import Edit
from services.contracts.community import Community
from services.contracts.errors import ConflictError
from services.contracts.policy import Policy


class PolicyFigures(BaseModel):
    """What a policy did with the days that were looked at."""

    model_config = ConfigDict(from_attributes=True)

    warned: int
    released: int
    false_released: Annotated[int, Field(description="somebody was seen in the room afterwards")]
    recovered_min: float
    offers: int
    served: int


class DifferingBooking(BaseModel):
    """A booking with which the two policies do different things."""

    booking: str
    site: str
    space: str
    name: str
    group: str
    title: str
    start: str
    end: str
    was: Fate
    was_at: str | None
    would: Fate
    would_at: str | None
    seen_later: bool


class SoonBooking(BaseModel):
    """A booking that would be warned or released within the next half hour, if its room stays as it is."""

    booking: str
    site: str
    space: str
    name: str
    group: str
    title: str
    kind: Literal["warn", "release"]
    present_at: str | None
    would_at: str | None


class PolicyPreview(BaseModel):
    """The policy in force beside another one, over the last days."""

    since: str
    until: str
    whole: Annotated[bool, Field(description="false: there was no time to look at all seven days")]
    bookings: int
    present: PolicyFigures
    would: PolicyFigures
    differs: list[DifferingBooking]
    more: int
    soon: list[SoonBooking]


def read_policy(deps: Wired, response: Response) -> present.Json:
    """The policy in force. Times are in minutes; a limit of null is none."""
    view = deps.catalogue.view()
    tag(response, view.version)
    return shown_policy(view.community.policy)


def put_policy(deps: Wired, caller: Caller, response: Response, seen: Seen, body: NewPolicy) -> present.Json:
    """Set the whole policy; the scheduler follows at its next look."""
    policy = body.policy()
    change(deps, response, caller, _setting(policy), "policy", "", seen)
    return shown_policy(policy)


def preview_policy(deps: Wired, body: NewPolicy) -> present.Json:
    """What this policy would have done with the last seven days, beside the one in force, and what it would do soon."""
    if deps.previewer is None:
        raise RefusalError("conflict", "no_preview")
    view = deps.catalogue.view()
    try:
        found = deps.previewer(body.policy(), deps.live.level.states())
    except ConflictError:
        raise RefusalError("conflict", "previewing") from None
    zone = view.community.sites[0].timezone if view.community.sites else "UTC"

    def place(site: str, space: str) -> str:
        return view.availability.name(site, space)

    return {
        "since": present.instant(found.since, zone),
        "until": present.instant(found.until, zone),
        "whole": found.whole,
        "bookings": found.bookings,
        "present": _figures(found.present),
        "would": _figures(found.would),
        "differs": [
            {
                "booking": one.booking, "site": one.site, "space": one.space, "name": place(one.site, one.space),
                "group": one.group, "title": one.title,
                "start": _at(view.zone(one.site), one.start), "end": _at(view.zone(one.site), one.end),
                "was": one.was, "was_at": _at(view.zone(one.site), one.was_at),
                "would": one.would, "would_at": _at(view.zone(one.site), one.would_at),
                "seen_later": one.seen_later,
            }
            for one in found.differs
        ],
        "more": found.more,
        "soon": _soon(found, place, view.zone),
    }  # fmt: skip


def shown_policy(policy: Policy) -> present.Json:
    """Return a policy as JSON has it: no limit is null."""
    said = policy.model_dump(mode="json")
    if policy.protect_longer_than_min == float("inf"):
        said["protect_longer_than_min"] = None
    return said


def _setting(policy: Policy) -> Edit:
    def edit(before: Community) -> Community:
        return before.model_copy(update={"policy": policy})

    return edit


def _figures(figures: Figures) -> present.Json:
    return PolicyFigures.model_validate(figures).model_dump()


def _at(zone: str, at: int | None) -> str | None:
    return present.instant(at, zone)


def _soon(found: Comparison, place: Callable[[str, str], str], zone: Callable[[str], str]) -> list[present.Json]:
    return [
        {
            "booking": one.booking, "site": one.site, "space": one.space, "name": place(one.site, one.space),
            "group": one.group, "title": one.title, "kind": one.kind,
            "present_at": _at(zone(one.site), one.present_at), "would_at": _at(zone(one.site), one.would_at),
        }
        for one in found.soon
    ]  # fmt: skip
