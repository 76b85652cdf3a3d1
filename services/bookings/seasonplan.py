"""A plan as a proposal: bookings for all who are served, made at once; who is not served, and why. Pure."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from services.bookings import proposals
from services.bookings.neighbours import CrowdedError, Stay, check_distance, check_quota, stay_of, week_of
from services.bookings.reasons import decision_id
from services.bookings.records import Booking, Move, Proposal, Request
from services.catalogue.availability import Availability, Use
from services.contracts.community import Group
from services.contracts.instants import local_day_and_clock
from services.contracts.names import HOUR, MINUTE, Millis
from services.planner.planning import Plan

RULE = "plan.season/1"
ANSWER: Millis = 24 * HOUR
"""So long a plan waits for somebody to agree; meanwhile the world goes on, and what has changed makes it void."""


@dataclass(frozen=True, slots=True)
class SeasonPlan:
    """A plan to agree to; None where nobody is served. `crowded`: requests left out for want of changeover time."""

    proposal: Proposal | None
    crowded: Mapping[str, CrowdedError]


def season_plan(
    site: str,
    found: Plan,
    requests: Mapping[str, Request],
    bookings: Iterable[Booking],
    house: Availability,
    now: Millis,
    code: Callable[[], str],
) -> SeasonPlan:
    """Return the plan as a proposal. `requests` are the waiting ones by id, `bookings` those that stand already.

    Changeover, quotas, hosts and groups' windows are no part of the planner's model: whoever they forbid is left to
    wait.
    """
    standing = list(bookings)
    asked = sum(one.id in requests for one in found.instance.requests)
    stays: list[Stay] = [stay for one in standing if (stay := stay_of(one)) is not None]
    adds: list[Booking] = []
    serves: list[tuple[str, str]] = []
    crowded: dict[str, CrowdedError] = {}
    for index, spot in sorted(found.assigned.items(), key=lambda item: (item[1].start, item[0])):
        request = requests.get(found.instance.requests[index].id)
        if request is None:  # one of the bookings that stay
            continue
        space = found.instance.spaces[spot.space].id
        booking = _booking(request, space, spot.start, house, code)
        stay = stay_of(booking)
        try:
            _check_rules(booking, request, house, now)
            if stay is not None:
                check_distance(site, stay, stays, house)
            group = house.group(site, request.group)
            if group is not None:
                check_quota(booking, group, _of_week(group, booking, [*standing, *adds], house), house)
        except CrowdedError as error:
            crowded[request.id] = error
            continue
        if stay is not None:
            stays.append(stay)
        adds.append(booking)
        serves.append((request.id, booking.id))
    return SeasonPlan(_proposal(site, adds, serves, asked, now, house.zone(site)) if adds else None, crowded)


def _check_rules(booking: Booking, request: Request, house: Availability, now: Millis) -> None:
    """Raise CrowdedError when the space is not there for this group, or only with its host's approval."""
    used_as = (booking.function,) if booking.function else request.functions
    use = Use(booking.start, booking.end, booking.people, used_as, request.group)
    why_not = house.why_not(booking.site, booking.space, use, now)
    if why_not is not None:
        raise CrowdedError(why_not.key, **why_not.params)
    if house.answer_by(booking.site, booking.space, use, now) is not None:
        raise CrowdedError("needs_approval", space=house.name(booking.site, booking.space))


def _of_week(group: Group, booking: Booking, others: Iterable[Booking], house: Availability) -> list[Booking]:
    first, last = week_of(booking.start, house.zone(booking.site))
    return [one for one in others if one.group in (group.id, group.name) and first <= one.start < last]


def _booking(request: Request, space: str, start: Millis, house: Availability, code: Callable[[], str]) -> Booking:
    used_as = house.functions(request.site, space)
    return Booking(
        id=f"b-{decision_id('plan', request.id, request.version)}",
        site=request.site,
        space=space,
        group=request.group,
        title=request.title,
        people=request.people,
        start=start,
        end=start + request.duration_min * MINUTE,
        function=next((function for function in request.functions if function in used_as), ""),
        code=code(),
    )


def _proposal(
    site: str, adds: Sequence[Booking], serves: Sequence[tuple[str, str]], asked: int, now: Millis, zone: str
) -> Proposal:
    named = tuple(Move(one.id, one.group, one.space, one.start, one.space, one.start) for one in adds)
    return Proposal(
        id=proposals.proposal_id(f"{RULE}|{site}|{now}", named),
        site=site,
        space="",
        rule=RULE,
        made_at=now,
        expires=now + ANSWER,
        moves=(),
        adds=tuple(adds),
        serves=tuple(serves),
        params={
            "served": len(serves),
            "asked": asked,
            "from_on": local_day_and_clock(min(one.start for one in adds), zone),
            "until_on": local_day_and_clock(max(one.end for one in adds), zone),
        },
    )
