"""What would have been believed had late readings come in time: folds a stretch of the past anew. Pure.

The readings of a space, and of the spaces that a whole made of it needs besides, are folded by the same fold as live,
in the order of device time. What comes out replaces what was believed of the space and of its wholes; at the end of
the stretch the belief that was held live goes on.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from pydantic import ValidationError

from gateway.fold.late import APART, Late
from gateway.fold.learned import learned
from gateway.fold.memory import SpaceMemory
from gateway.fold.space import SpaceTruth
from gateway.fold.spaces import SpaceKey, Spaces
from gateway.fold.words import fold_status
from services.contracts.commands import Status
from services.contracts.community import Community
from services.contracts.names import DAY, MINUTE, Millis
from services.contracts.readings import READING_KINDS, Reading
from services.timeseries.ports import ReadingPoint, StatePoint, Value

WARM_UP: Millis = APART
"""Folded before the stretch, so that the fold knows who was there when it begins."""

AFTERGLOW: Millis = 30 * MINUTE
"""So long what was heard last may matter: a motion sensor's longest hold time."""

LONGEST: Millis = DAY
MOST_READINGS = 20_000
"""A stretch that is longer, or has more readings, is corrected in pieces: a piece takes about a second."""

BELIED_WITHIN: Millis = 15 * MINUTE
"""A sensor of people that is alive speaks within this time, unless it was set to speak less often. So a last will is
belied by a reading that follows it so soon, and so long before the first late reading the space may have been
called unknown for it."""

_NOT_MEASURED: Mapping[str, Mapping[str, Value]] = {"charging": {"power_w": 0.0, "energy_wh": 0.0}}
"""What vendors leave out, so that it was not stored; the fold does not look at it."""

DeviceKey = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Task:
    """Correct `space` and the wholes it belongs to (`corrected`) from `start` to `until`, by late readings up to `end`.

    `family`: the spaces and devices to fold; `limits`: how long each may be silent, in ms; `learned`: what the fold
    begins with; `late`: all that the space was told of too late, of which this is the beginning.
    """

    space: SpaceKey
    late: Late
    start: Millis
    end: Millis
    until: Millis
    family: Community
    corrected: tuple[SpaceKey, ...]
    limits: Mapping[DeviceKey, Millis]
    learned: Mapping[SpaceKey, SpaceMemory]


@dataclass(frozen=True, slots=True)
class Past:
    """What is believed in hindsight, by space, from the warm-up to `until`.

    Late readings up to `end` have had their effect; `unreadable` counts readings that could not be read back.
    """

    end: Millis
    until: Millis
    points: Mapping[SpaceKey, Sequence[StatePoint]]
    unreadable: int


@dataclass(frozen=True, slots=True)
class Revision:
    """What to write of one space. `closing` first: it says what goes on, and what led up to it is overwritten then.

    `changed`: for how many ms the occupancy is another now.
    """

    closing: tuple[StatePoint, ...]
    states: tuple[StatePoint, ...]
    changed: Millis


def task_of(
    key: SpaceKey, late: Late, community: Community, truth_of: Callable[[SpaceKey], SpaceTruth], stored_upto: Millis
) -> Task:
    """Return the first piece of what is to be corrected. All that was folded before `stored_upto` is stored."""
    first, last = late.stretches[0]
    start, end = first - BELIED_WITHIN, min(last, first + LONGEST)  # what was said of the time before may be belied
    corrected, family = _family(community, key)
    truths = {(space.site, space.id): truth_of((space.site, space.id)) for space in family.spaces}
    return Task(
        space=key,
        late=late,
        start=start,
        end=end,
        until=min(end + AFTERGLOW, stored_upto - 1),
        family=family,
        corrected=corrected,
        limits={(site, name): watch.limit for (site, _), t in truths.items() for name, watch in t.watches.items()},
        learned={space: learned(truth.memory, start - WARM_UP) for space, truth in truths.items()},
    )


def refold(task: Task, readings: Iterable[ReadingPoint]) -> Past:
    """Fold the readings of the family, in order from `start - WARM_UP` on, as if each had come when it was so."""
    spaces = Spaces(every_change=False)
    spaces.adopt(task.family, lambda device: task.limits[device.site, device.id])
    for key, memory in task.learned.items():
        spaces[key].take_over(memory)
    end, until = task.end, task.until
    first = task.late.stretches[0][0]
    count = unreadable = 0
    spaces.advance(task.start - WARM_UP, live=False)
    for point in _believable(readings):
        if point.at > until:
            break
        count += point.at > first  # at least one late reading has its effect, whatever there is before
        if count == MOST_READINGS and point.at < end:
            end, until = point.at, min(until, point.at + AFTERGLOW)
        spaces.advance(point.at, live=False)
        unreadable += not _take(spaces, point)
    spaces.advance(until, live=False)
    points: dict[SpaceKey, list[StatePoint]] = {key: [] for key in task.corrected}
    for state in spaces.take().points:
        if (state.site, state.space) in points:
            points[state.site, state.space].append(state)
    return Past(end, until, points, unreadable)


def revise(
    key: SpaceKey, existing: Sequence[StatePoint], revised: Sequence[StatePoint], start: Millis, until: Millis
) -> Revision:
    """Return what makes the history of a space say `revised` from `start` on, and from `until` what it said before.

    Both are in order; `existing` is led by what held at `start`, `revised` reaches back to it. `until` is later.
    """
    instants = sorted({start, *(p.at for p in (*existing, *revised) if start < p.at < until)})
    states: list[StatePoint] = []
    changed: Millis = 0
    old = new = said = _nothing_believed(key)
    of_old, of_new = deque(existing), deque(revised)
    for at, following in zip(instants, [*instants[1:], until], strict=True):
        replaces = False
        while of_old and of_old[0].at <= at:
            old = of_old.popleft()
            replaces = old.at == at
        while of_new and of_new[0].at <= at:
            new = of_new.popleft()
        led = old if at == start else said
        said = replace(new, at=at)
        if said != old if replaces else not _same(said, led):
            states.append(said)
        changed += (following - at) * (said.occupancy != old.occupancy)
    while of_old and of_old[0].at <= until:
        old = of_old.popleft()
    goes_on = replace(old, at=until)
    closing = () if old.at == until or _same(goes_on, said) else (goes_on,)
    return Revision(closing, tuple(states), changed)


def order(point: ReadingPoint) -> tuple[Millis, int, int]:
    """Return what readings are folded by: their instant, then their arrival, then their place in the message."""
    return point.at, point.journal_id, int(point.kind.partition("#")[2] or 0)


def _family(community: Community, key: SpaceKey) -> tuple[tuple[SpaceKey, ...], Community]:
    """Return the space with all wholes it is a part of, and the community of these with all their parts."""
    site, name = key
    by_name = {space.id: space for space in community.spaces if space.site == site}
    corrected = [name]
    for part in corrected:  # it grows while it is gone through
        corrected += [s.id for s in by_name.values() if part in s.parts and s.id not in corrected]
    needed = list(corrected)
    for whole in needed:
        needed += [part for part in by_name[whole].parts if part not in needed]
    family = Community(
        sites=tuple(one for one in community.sites if one.id == site),
        spaces=tuple(by_name[space] for space in needed),
        devices=tuple(d for d in community.devices if d.site == site and d.space in needed),
    )
    return tuple((site, space) for space in corrected), family


def _take(spaces: Spaces, point: ReadingPoint) -> bool:
    """Fold one point; tell whether it could be read."""
    key = (point.site, point.space)
    truth = spaces[key]
    sensor = truth.memory.sensors.get(point.device)
    if sensor is None:  # it has been taken elsewhere since
        return True
    if _is_will(point):
        if fold_status(sensor, Status(online=False), point.at, truth.watches[point.device].limit):
            spaces.evaluate(key, point.device)
        return True
    model = READING_KINDS.get(_kind(point))
    if model is None:
        return True
    reading = _read(model, point)
    if reading is None:
        return False
    spaces.hear(key, point.device, reading, point.at)
    return True


def _read(model: type[Reading], point: ReadingPoint) -> Reading | None:
    try:
        return model.model_validate({**_NOT_MEASURED.get(_kind(point), {}), **point.fields, "boot": point.boot})
    except ValidationError:
        return None


def _kind(point: ReadingPoint) -> str:
    return point.kind.partition("#")[0]


def _is_will(point: ReadingPoint) -> bool:
    return point.kind == "status" and point.fields.get("online") is False


def _believable(points: Iterable[ReadingPoint]) -> Iterator[ReadingPoint]:
    """Leave out last wills that readings of the same boot belie soon after: the link was gone, not the device."""
    waiting: deque[ReadingPoint] = deque()
    spoke: dict[DeviceKey, tuple[Millis, str | None]] = {}
    boots: dict[DeviceKey, str | None] = {}

    def released() -> Iterator[ReadingPoint]:
        point = waiting.popleft()
        device = (point.site, point.device)
        if not _is_will(point):
            if _kind(point) in READING_KINDS:
                boots[device] = point.boot
            yield point
        else:
            at, boot = spoke.get(device, (0, None))
            if at <= point.at or boot != boots.get(device, boot):
                yield point

    for point in points:
        while waiting and waiting[0].at + BELIED_WITHIN < point.at:
            yield from released()
        waiting.append(point)
        if _kind(point) in READING_KINDS:
            spoke[point.site, point.device] = (point.at, point.boot)
    while waiting:
        yield from released()


def _nothing_believed(key: SpaceKey) -> StatePoint:
    return StatePoint(*key, 0, "unknown", None, 0.0, False)


def _same(one: StatePoint, other: StatePoint) -> bool:
    return replace(one, at=other.at) == other
