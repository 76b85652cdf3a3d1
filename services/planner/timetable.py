"""Repairs a weekly timetable of lectures when rooms are lost: the fewest lectures moved, then the best quality at that.

Bookings that share people (a curriculum, a teacher) may not run at once. Quality is counted as in track 3 of the
International Timetabling Competition 2007 (Di Gaspero, McCollum, Schaerf: formulation UD2).

Whoever had a lost room must move. If the others can stay, that many moves are proven fewest, and the best quality at
that number is a matter of those lectures alone. Otherwise moves are made few first, without rooms: in any period it
is enough to count them.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from services.contracts.errors import InvalidError
from services.planner.gate import Gate
from services.planner.solver import Model, Solution, Verdict

SHORT_DAYS, ISOLATED = 5, 2
"""What a day below a course's least, and a lecture apart from others of its curriculum, cost; a person standing and
a further room of a course cost 1."""


@dataclass(frozen=True, slots=True, order=True)
class Lecture:
    """A course in a room (an index) in a period (counted through the week)."""

    course: int
    period: int
    room: int


@dataclass(frozen=True, slots=True)
class Course:
    """So many lectures a week for so many people, on `least_days` days at least, not in `never` (periods)."""

    people: int
    lectures: int
    least_days: int
    never: frozenset[int]


@dataclass(frozen=True, slots=True)
class Timetable:
    """What is to be held where: `exclusive` are courses that share people; of them `curricula` should be compact."""

    days: int
    periods_a_day: int
    rooms: tuple[int, ...]
    courses: tuple[Course, ...]
    exclusive: tuple[tuple[int, ...], ...]
    curricula: tuple[tuple[int, ...], ...]

    @property
    def periods(self) -> range:
        return range(self.days * self.periods_a_day)


@dataclass(frozen=True, slots=True)
class Repaired:
    """The timetable after the repair, how many lectures moved and what it costs; whether each is proven least."""

    lectures: tuple[Lecture, ...]
    moves: int
    fewest: bool
    cost: int
    best: bool


def faults(timetable: Timetable, lectures: Iterable[Lecture], lost: frozenset[tuple[int, int]] = frozenset()) -> int:
    """Return how many hard rules lectures break; `lost` are (room, period) that cannot be used."""
    held = list(lectures)
    rooms = Counter((each.room, each.period) for each in held)
    at_once = Counter((each.course, each.period) for each in held)
    broken = sum(count - 1 for count in (*rooms.values(), *at_once.values()))
    broken += sum((each.room, each.period) in lost for each in held)
    broken += sum(each.period in timetable.courses[each.course].never for each in held)
    counts = Counter(each.course for each in held)
    broken += sum(counts[index] != course.lectures for index, course in enumerate(timetable.courses))
    for group in timetable.exclusive:
        together = Counter(each.period for each in held if each.course in set(group))
        broken += sum(count - 1 for count in together.values())
    return broken


def cost(timetable: Timetable, lectures: Iterable[Lecture]) -> int:
    """Return what lectures cost: people standing, days short, lectures apart, further rooms."""
    held = list(lectures)
    total = sum(max(0, timetable.courses[each.course].people - timetable.rooms[each.room]) for each in held)
    days, rooms = defaultdict(set), defaultdict(set)
    for each in held:
        days[each.course].add(each.period // timetable.periods_a_day)
        rooms[each.course].add(each.room)
    for index, course in enumerate(timetable.courses):
        total += SHORT_DAYS * max(0, course.least_days - len(days[index])) + max(0, len(rooms[index]) - 1)
    for group in timetable.curricula:
        taken = {each.period for each in held if each.course in set(group)}
        total += ISOLATED * sum(not _beside(timetable, period) & taken for period in taken)
    return total


def repair(
    timetable: Timetable, lectures: Iterable[Lecture], lost: frozenset[tuple[int, int]], gate: Gate, seconds: float
) -> Repaired:
    """Return `lectures` with none in a lost (room, period): the fewest moved, then as good as can be.

    Each of its steps takes `seconds` at most. Raises InvalidError where no timetable keeps the hard rules, or none was
    found.
    """
    held = sorted(lectures)
    homeless = [each for each in held if (each.room, each.period) in lost]
    found = _Quality(timetable, held, homeless, lost).solve(gate, seconds, len(homeless))
    if found is not None:
        after, best = found
        return Repaired(tuple(after), len(homeless), True, cost(timetable, after), best)
    staying, fewest = _fewest(timetable, held, lost, gate, seconds)
    moving = [each for each in held if each not in staying]
    some = _Quality(timetable, held, moving, lost).solve(gate, seconds, len(moving))
    if some is None:
        raise InvalidError(f"timetable: no repair found for {len(homeless)} lectures, expected room for them elsewhere")
    every = _Quality(timetable, held, held, lost, begin=some[0]).solve(gate, seconds, len(moving))
    after, best = every or (some[0], False)
    return Repaired(tuple(after), len(set(held) - set(after)), fewest, cost(timetable, after), best and fewest)


def _beside(timetable: Timetable, period: int) -> set[int]:
    """Return the periods next to one, of the same day."""
    day = period // timetable.periods_a_day
    return {each for each in (period - 1, period + 1) if each >= 0 and each // timetable.periods_a_day == day}


def _fewest(
    timetable: Timetable, held: list[Lecture], lost: frozenset[tuple[int, int]], gate: Gate, seconds: float
) -> tuple[set[Lecture], bool]:
    """Return the most lectures that can stay, and whether that is proven; rooms are counted, not named."""
    model = Model()
    staying = [each for each in held if (each.room, each.period) not in lost]
    stay = dict(zip(staying, model.whole(0, 1, len(staying)), strict=True))
    present: dict[tuple[int, int], list[int]] = defaultdict(list)
    by_course: dict[int, list[int]] = defaultdict(list)
    for each, variable in stay.items():
        present[each.course, each.period].append(variable)
        by_course[each.course].append(variable)
    for index, course in enumerate(timetable.courses):
        for period in timetable.periods:
            if period not in course.never:
                (come,) = model.whole(0, 1)
                present[index, period].append(come)
                by_course[index].append(come)
        model.linear(by_course[index], [1] * len(by_course[index]), course.lectures, course.lectures)
    _keep_apart(model, timetable, present)
    closed = Counter(period for _, period in lost)
    for period in timetable.periods:
        here = [one for index in range(len(timetable.courses)) for one in present[index, period]]
        model.linear(here, [1] * len(here), 0, len(timetable.rooms) - closed[period])
    model.minimise(list(stay.values()), [-1] * len(stay))
    solution = model.solve(gate, seconds)
    if solution.values is None:
        raise InvalidError("timetable: no repair keeps all lectures, expected room for them in other periods")
    stayed = {each for each, variable in stay.items() if solution.values[variable]}
    return stayed, solution.verdict is Verdict.OPTIMAL


def _keep_apart(model: Model, timetable: Timetable, present: Mapping[tuple[int, int], list[int]]) -> None:
    for period in timetable.periods:
        for group in (*((index,) for index in range(len(timetable.courses))), *timetable.exclusive):
            together = [one for course in group for one in present.get((course, period), [])]
            if len(together) > 1:
                model.at_most_one(together)


class _Quality:
    """The model of some lectures that may move (`movable`), while the others stay; rooms are named."""

    def __init__(
        self,
        timetable: Timetable,
        held: list[Lecture],
        movable: list[Lecture],
        lost: frozenset[tuple[int, int]],
        begin: list[Lecture] | None = None,
    ) -> None:
        self.timetable, self.model = timetable, Model()
        self.movable = set(movable)
        self.kept = [each for each in held if each not in self.movable]
        self.places: dict[Lecture, int] = {}
        self.variables: list[int] = []
        self.costs: list[int] = []
        self._place(lost)
        self._days_and_rooms()
        self._compactness()
        if begin is not None:
            standing = set(begin)
            self.model.hint(list(self.places.values()), [each in standing for each in self.places])

    def solve(self, gate: Gate, seconds: float, moves: int) -> tuple[list[Lecture], bool] | None:
        """Return the best timetable that moves so many, and whether it is proven; None without one."""
        stays = [variable for each, variable in self.places.items() if each in self.movable]
        if stays:
            self.model.linear(stays, [1] * len(stays), len(self.movable) - moves, len(stays))
        self.model.minimise(self.variables, self.costs)
        solution: Solution = self.model.solve(gate, seconds)
        if solution.values is None:
            return None
        chosen = [each for each, variable in self.places.items() if solution.values[variable]]
        return sorted(self.kept + chosen), solution.verdict is Verdict.OPTIMAL

    def _place(self, lost: frozenset[tuple[int, int]]) -> None:
        """Add a variable for each lecture there could be, and the hard rules."""
        timetable, model = self.timetable, self.model
        full = {(each.room, each.period) for each in self.kept} | lost
        barred = {(each.course, each.period) for each in self.kept}
        for group in timetable.exclusive:
            busy = {each.period for each in self.kept if each.course in group}
            barred |= {(course, period) for course in group for period in busy}
        present: dict[tuple[int, int], list[int]] = defaultdict(list)
        in_room: dict[tuple[int, int], list[int]] = defaultdict(list)
        of_course: dict[int, list[int]] = defaultdict(list)
        for index in sorted({each.course for each in self.movable}):
            course = timetable.courses[index]
            for period in timetable.periods:
                if period in course.never or (index, period) in barred:
                    continue
                for room, seats in enumerate(timetable.rooms):
                    if (room, period) not in full:
                        (variable,) = model.whole(0, 1)
                        self.places[Lecture(index, period, room)] = variable
                        present[index, period].append(variable)
                        in_room[room, period].append(variable)
                        of_course[index].append(variable)
                        self._charge(variable, max(0, course.people - seats))
        for index, count in Counter(each.course for each in self.movable).items():
            model.linear(of_course[index], [1] * len(of_course[index]), count, count)
        _keep_apart(model, timetable, present)
        for sharing in in_room.values():
            model.at_most_one(sharing)
        self.present = present

    def _charge(self, variable: int, price: int) -> None:
        if price:
            self.variables.append(variable)
            self.costs.append(price)

    def _days_and_rooms(self) -> None:
        """Charge days below a course's least, and rooms beyond its first."""
        timetable, model = self.timetable, self.model
        for index in sorted({each.course for each in self.movable}):
            course = timetable.courses[index]
            days = {each.period // timetable.periods_a_day for each in self.kept if each.course == index}
            used = []
            for day in set(range(timetable.days)) - days:
                periods = range(day * timetable.periods_a_day, (day + 1) * timetable.periods_a_day)
                there = [one for period in periods for one in self.present.get((index, period), [])]
                (seen,) = model.whole(0, 1)
                model.linear([seen, *there], [1, *[-1] * len(there)], -len(there), 0)
                used.append(seen)
            (short,) = model.whole(0, course.least_days)
            missing = course.least_days - len(days)
            model.linear([short, *used], [1] * (1 + len(used)), missing, timetable.days + course.least_days)
            self._charge(short, SHORT_DAYS)
            own = {each.room for each in self.kept if each.course == index}
            by_room: dict[int, list[int]] = defaultdict(list)
            for each, variable in self.places.items():
                if each.course == index and each.room not in own:
                    by_room[each.room].append(variable)
            for variables in by_room.values():
                (taken,) = model.whole(0, 1)
                model.linear([taken, *variables], [len(variables), *[-1] * len(variables)], 0, len(variables))
                self._charge(taken, 1)

    def _compactness(self) -> None:
        """Charge lectures with no other of their curriculum beside them."""
        timetable, model = self.timetable, self.model
        touched = {each.course for each in self.movable}
        for group in timetable.curricula:
            if not touched & set(group):
                continue
            fixed = {each.period for each in self.kept if each.course in group}
            for period in timetable.periods:
                around = _beside(timetable, period)
                here = [one for course in group for one in self.present.get((course, period), [])]
                near = [one for course in group for each in around for one in self.present.get((course, each), [])]
                if fixed & around or not (here or period in fixed):
                    continue
                (apart,) = model.whole(0, 1)
                coefficients = [1, *[-1] * len(here), *[1] * len(near)]
                low = 1 if period in fixed else 0
                model.linear([apart, *here, *near], coefficients, low, 1 + len(near))
                self._charge(apart, ISOLATED)
