"""Adds up what was measured and promised into the figures of one row. Pure."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from services.contracts.names import HOUR, MINUTE, Millis
from services.usage.families import Booked, Bookings, Ghosts, Groups, Released, Use, WalkIns, Watched
from services.usage.measured import Measured
from services.usage.promised import Promise


@dataclass(frozen=True, slots=True)
class Piece:
    """One space on one day, with what its hours and its bookings say of it; times in milliseconds."""

    space: str
    measured: Measured
    open: Millis
    open_occupied: Millis
    open_observed: Millis
    booked_used: Millis
    party: int
    """The largest group that came by booking."""
    counted_in: int | None

    @property
    def day(self) -> date:
        """The local day."""
        return self.measured.day.day

    @property
    def most(self) -> int:
        """So many different people were there for certain; 0: nobody was seen."""
        counted = self.measured.most
        return max(counted, self.party) if counted else 0


def hours(spent: Millis) -> float:
    """Return hours to a hundredth."""
    return round(spent / HOUR, 2)


def share(part: float, whole: float) -> float | None:
    """Return a share to a thousandth; None of nothing."""
    return round(part / whole, 3) if whole else None


def watched(pieces: Sequence[Piece]) -> Watched:
    """Return how much of the time was observed."""
    all_ = [hour for piece in pieces for hour in piece.measured.hours.values()]
    seen = sum(hour.occupied + hour.vacant for hour in all_)
    unknown, unobserved = sum(hour.unknown for hour in all_), sum(hour.unobserved for hour in all_)
    period = seen + unknown + unobserved
    return Watched(
        period_h=hours(period),
        open_h=hours(sum(piece.open for piece in pieces)),
        observed_h=hours(seen),
        unknown_h=hours(unknown),
        unobserved_h=hours(unobserved),
        open_observed_h=hours(sum(piece.open_observed for piece in pieces)),
        observed_share=share(seen, period),
    )


def use(pieces: Sequence[Piece]) -> Use:
    """Return how people used the spaces."""
    all_ = [hour for piece in pieces for hour in piece.measured.hours.values()]
    occupied, vacant = sum(hour.occupied for hour in all_), sum(hour.vacant for hour in all_)
    if not occupied + vacant:
        return Use()
    counted = sum(hour.counted for hour in all_)
    visits = sum(piece.measured.visits for piece in pieces)
    through_doors = [piece.counted_in for piece in pieces if piece.counted_in is not None]
    present = _present(pieces)
    booked_used = sum(piece.booked_used for piece in pieces)
    return Use(
        occupied_h=hours(occupied),
        vacant_h=hours(vacant),
        occupied_share=share(occupied, occupied + vacant),
        open_used_share=share(
            sum(piece.open_occupied for piece in pieces), sum(piece.open_observed for piece in pieces)
        ),
        person_h=round(sum(hour.person for hour in all_) / HOUR, 1) if counted or not occupied else None,
        counted_share=share(counted, occupied),
        peak=max(present, default=None),
        typical=quantile(present, 0.5),
        p90=quantile(present, 0.9),
        visits=visits,
        visit_min=round(occupied / visits / MINUTE, 1) if visits else None,
        heads=sum(piece.measured.heads for piece in pieces),
        counted_in=sum(through_doors) if through_doors else None,
        booked_used_h=hours(booked_used),
        unbooked_h=hours(occupied - booked_used),
    )


def _present(pieces: Sequence[Piece]) -> Mapping[float, Millis]:
    """Return for how long how many people were there: exactly of one space, hour by hour of several together."""
    found: Counter[float] = Counter()
    if len({piece.space for piece in pieces}) == 1:
        for piece in pieces:
            found.update(piece.measured.present)
        return found
    together: defaultdict[tuple[date, int], float] = defaultdict(float)
    for piece in pieces:
        for number, hour in piece.measured.hours.items():
            if hour.person:
                together[piece.day, number] += hour.person / HOUR
    for people in together.values():
        found[round(people, 1)] += HOUR
    return found


def quantile(present: Mapping[float, Millis], part: float) -> float | None:
    """Return the number of people that was not exceeded for `part` of the time; None without any time."""
    left = part * sum(present.values())
    for people in sorted(present):
        left -= present[people]
        if left <= 1e-9:
            return people
    return None


def booked(promises: Sequence[Promise]) -> Booked:
    """Return what became of bookings."""
    ghosts = [one for one in promises if one.came is False]
    seen = sum(one.came is not None for one in promises)
    released, reused = sum(one.released for one in promises), sum(one.reused for one in promises)
    return Booked(
        Bookings(
            bookings=len(promises),
            booked_h=hours(sum(one.booked for one in promises)),
            people=sum(one.people for one in promises),
        ),
        Ghosts(
            ghosts=len(ghosts),
            ghost_h=hours(sum(one.booked for one in ghosts)),
            seen=seen,
            share=share(len(ghosts), seen),
        ),
        Released(released_h=hours(released), reused_h=hours(reused), share=share(reused, released)),
        WalkIns(walk_ins=sum(one.walk_in for one in promises)),
        Groups(groups=len({one.who for one in promises})),
    )


def resting_on(promises: Iterable[Promise], which: Callable[[Promise], bool]) -> int:
    """Return on how many bookings and on how many groups a figure rests, whichever are fewer."""
    counted = [one.who for one in promises if which(one)]
    return min(len(counted), len(set(counted)))
