"""What to ask a device again and what can no longer be had: pure, for one device at one instant.

gap, overdue → asked → closed                    the readings came: the repair is gone
                     → asked, from `due_at` on   refused, not answered, or promised and not sent
                     → unrepairable              the device has it no more, or does not send it

One question to a device at a time: its readings come slowly, and the next question would overtake them.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from services.contracts.commands import MAX_RESEND_RANGES
from services.contracts.names import DAY, MINUTE, SECOND, Millis
from services.twins.records import AWAY, CANNOT_RESEND, GONE, NOT_SENT, UNANSWERED, Answer, GapRepair, Span
from services.twins.spans import total, united, within, without

ATTEMPTS = 3
"""Promises that bring nothing at all. One that brings a part costs none: the device does what it can."""
PATIENCE: Millis = MINUTE
"""After an answer, before readings that were promised count as not sent."""
RESENT_PER_S = 5
"""A device sends no more again in a second; PATIENCE grows with what it has promised."""
LONGEST_PATIENCE: Millis = 30 * MINUTE
FIRST_PAUSE: Millis = 5 * MINUTE
"""Before asking again for what was promised; it doubles with each attempt, to outlive a spell of bad radio."""
LATER: Millis = 15 * MINUTE
"""After a refusal (a clock not set, say) or silence."""
GIVE_UP: Millis = DAY
"""That long nobody answered, or the boot was not heard of."""
MOST_RANGES = 200
"""Of one device. Beyond it neighbouring ranges are merged; `count` still counts only what is missing."""


@dataclass(frozen=True, slots=True)
class Boot:
    """The gaps of one boot, ascending. Those that end at or below `overdue` are no longer on their way."""

    name: str
    gaps: Sequence[Span]
    last_seen: Millis
    overdue: int


@dataclass(frozen=True, slots=True)
class Gappy:
    """A device with its boots, oldest first. `resends`: it speaks our contract."""

    site: str
    device: str
    online: bool
    resends: bool
    boots: tuple[Boot, ...]


@dataclass(frozen=True, slots=True)
class Ask:
    """A `resend` to queue; see `Plan.asked_by`."""

    boot: str
    ranges: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """How the repairs of the device stand now. `repaired` and `given_up` count readings since the last plan."""

    repairs: tuple[GapRepair, ...]
    ask: Ask | None
    repaired: int
    given_up: int

    def asked_by(self, command: str) -> tuple[GapRepair, ...]:
        """Return the repairs once `ask` is queued as `command`."""
        ranges = set() if self.ask is None else {(self.ask.boot, *span) for span in self.ask.ranges}
        return tuple(
            replace(one, command=command) if (one.boot, one.first, one.last) in ranges else one for one in self.repairs
        )


def plan(
    device: Gappy,
    repairs: Iterable[GapRepair],
    answers: Mapping[str, Answer],
    now: Millis,
    *,
    may_ask: bool = True,
) -> Plan:
    """Return how the repairs stand after what arrived and what was answered, and what to ask, if anything.

    `answers` has what became of the commands of `repairs`; one that is not in it counts as not answered.
    """
    of_boot: dict[str, list[GapRepair]] = {}
    for repair in repairs:
        of_boot.setdefault(repair.boot, []).append(repair)
    standing: list[GapRepair] = []
    repaired = 0
    for boot in device.boots:
        known = of_boot.get(boot.name, ())
        still = [part for repair in known for part in _still_missing(repair, boot.gaps)]
        repaired += sum(one.count for one in known) - sum(part.count for part in still)
        split = [part for repair in still for part in _split(repair, boot, answers, now)]
        under_way: Counter[str | None] = Counter()
        for part in split:
            under_way[part.command] += part.count
        judged = [part for repair in split for part in _judge(repair, device, boot, answers, under_way, now)]
        standing += sorted(judged + _fresh(device, boot, judged, now), key=lambda one: one.first)
    given_up = sum(one.count for one in standing if one.state == "unrepairable" and one.noted_at == now)
    bounded = _bounded(standing)
    ask = _ask(device, bounded, now) if may_ask else None
    chosen = set() if ask is None else {(ask.boot, *span) for span in ask.ranges}
    kept = (
        replace(one, asked_at=now, due_at=None, reason=None) if (one.boot, one.first, one.last) in chosen else one
        for one in bounded
    )
    # What nobody has asked for yet waits without a record: the gap itself is in the books.
    told = tuple(one for one in kept if one.state == "unrepairable" or one.asked_at is not None)
    return Plan(told, ask, repaired, given_up)


def _still_missing(repair: GapRepair, gaps: Sequence[Span]) -> list[GapRepair]:
    """Return what of a repair has not arrived: a repair for each hole, or one around them all if it was merged."""
    holes = within(gaps, repair.first, repair.last)
    if not holes:
        return []
    if repair.merged:
        return [replace(repair, first=holes[0][0], last=holes[-1][1], count=total(holes))]
    return [replace(repair, first=first, last=last, count=last - first + 1) for first, last in holes]


def _split(repair: GapRepair, boot: Boot, answers: Mapping[str, Answer], now: Millis) -> list[GapRepair]:
    """Return a repair without what the device said it has no more; that is given up at once."""
    answer = answers.get(repair.command or "")
    if answer is None or not answer.missing:
        return [repair]
    whole = (repair.first, repair.last)
    gone = within(united(answer.missing), *whole)
    lost = [_give_up(part, GONE, now) for span in gone for part in _part(repair, boot, span)]
    return lost + [part for span in without([whole], gone) for part in _part(repair, boot, span)]


def _judge(
    repair: GapRepair,
    device: Gappy,
    boot: Boot,
    answers: Mapping[str, Answer],
    under_way: Mapping[str | None, int],
    now: Millis,
) -> list[GapRepair]:
    """Return what becomes of a repair. `under_way` has how many readings each command has still to bring."""
    if repair.state == "unrepairable":
        # Somebody was away, device or foldspace, and is back: its gaps start anew.
        back = repair.reason == AWAY and device.online and not _is_away(boot, now)
        return [] if back else [repair]
    if repair.command is None:
        if now - repair.noted_at < GIVE_UP:
            return [repair]
        return [_give_up(repair, AWAY if _is_away(boot, now) else repair.reason or UNANSWERED, now)]
    answer = answers.get(repair.command, Answer("unanswered", now))
    match answer.state:
        case "unfinished":
            return [repair]
        case "ok":
            if now < _until(answer):
                return [repair]
            # A merged range promised more than was missing, so that nobody can tell whether something came.
            brought = not repair.merged and under_way[repair.command] < answer.readings
            return [_not_sent(repair, device, brought, now)]
        case _:
            why = answer.reason if answer.state == "refused" else UNANSWERED
            return [replace(repair, command=None, due_at=now + LATER, reason=why or UNANSWERED)]


def _part(repair: GapRepair, boot: Boot, span: Span) -> list[GapRepair]:
    """Return the part of a repair within `span`, or none if nothing is missing there."""
    count = total(within(boot.gaps, *span))
    return [replace(repair, first=span[0], last=span[1], count=count)] if count else []


def _until(answer: Answer) -> Millis:
    return answer.at + min(PATIENCE + answer.readings * SECOND // RESENT_PER_S, LONGEST_PATIENCE)


def _not_sent(repair: GapRepair, device: Gappy, brought: bool, now: Millis) -> GapRepair:
    if not device.online:  # it could not send them; no attempt is lost
        return replace(repair, command=None, due_at=now, reason=None)
    attempts = repair.attempts + (not brought)
    if attempts >= ATTEMPTS:
        return _give_up(repair, NOT_SENT, now)
    pause = FIRST_PAUSE << repair.attempts
    return replace(repair, attempts=attempts, command=None, due_at=now + pause, reason=None)


def _is_away(boot: Boot, now: Millis) -> bool:
    return now - boot.last_seen >= GIVE_UP


def _give_up(repair: GapRepair, why: str, now: Millis) -> GapRepair:
    return replace(
        repair, state="unrepairable", noted_at=now, attempts=0, asked_at=None, due_at=None, command=None, reason=why
    )


def _fresh(device: Gappy, boot: Boot, known: Sequence[GapRepair], now: Millis) -> list[GapRepair]:
    """Return the overdue gaps nobody has looked at yet: to be asked for, or beyond hope from the start."""
    overdue = [gap for gap in boot.gaps if gap[1] <= boot.overdue]
    holes = without(overdue, united((one.first, one.last) for one in known)) if overdue else []
    if not holes:
        return []
    lost = CANNOT_RESEND if not device.resends else AWAY if _is_away(boot, now) else None
    if lost is None and not device.online:
        return []
    asked = [
        GapRepair(device.site, device.device, boot.name, first, last, last - first + 1, "asked", now, due_at=now)
        for first, last in holes
    ]
    return asked if lost is None else [_give_up(one, lost, now) for one in asked]


def _ask(device: Gappy, repairs: Sequence[GapRepair], now: Millis) -> Ask | None:
    """Return the next question: the oldest boot and its lowest numbers are what a ring buffer forgets first."""
    asked = [one for one in repairs if one.state == "asked"]
    busy = any(one.command is not None for one in asked)
    put_off = any(one.reason is not None and one.due_at is not None and one.due_at > now for one in asked)
    if not device.online or not device.resends or busy or put_off:
        return None
    due = [one for one in asked if one.due_at is not None and one.due_at <= now]
    if not due:
        return None
    boot = due[0].boot
    return Ask(boot, tuple((one.first, one.last) for one in due if one.boot == boot)[:MAX_RESEND_RANGES])


def _bounded(repairs: list[GapRepair]) -> list[GapRepair]:
    """Return at most MOST_RANGES repairs, as far as neighbours alike can be merged, the closest ones first."""
    surplus = len(repairs) - MOST_RANGES
    if surplus <= 0:
        return repairs
    alike = [
        (right.first - left.last, at)
        for at, (left, right) in enumerate(pairwise(repairs), 1)
        if _alike(left) == _alike(right)
    ]
    joined = {at for _, at in sorted(alike)[:surplus]}
    merged: list[GapRepair] = []
    for at, one in enumerate(repairs):
        if at in joined:
            before = merged[-1]
            merged[-1] = replace(
                before, last=one.last, count=before.count + one.count, noted_at=min(before.noted_at, one.noted_at)
            )
        else:
            merged.append(one)
    return merged


def _alike(one: GapRepair) -> tuple[object, ...]:
    return one.boot, one.state, one.attempts, one.asked_at is None, one.due_at, one.command, one.reason
