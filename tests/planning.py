"""Small planning problems: made at random, judged by the contract's rules, solved by trying all, without our code."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

DAY = datetime(2026, 4, 15, tzinfo=UTC)
ZONES = ("+08:00", "Z", "+05:45")
Raw = dict[str, Any]
Span = tuple[float, float]


def clock(after: int, zone: str = "+08:00") -> str:
    """Return the instant `after` minutes after midnight in Wuhan, as a clock of `zone` shows it."""
    at = DAY - timedelta(hours=8) + timedelta(minutes=after)
    if zone == "Z":
        return at.strftime("%Y-%m-%dT%H:%M:%SZ")
    hours, rest = zone[1:].split(":")
    return (at + timedelta(hours=int(hours), minutes=int(rest))).strftime("%Y-%m-%dT%H:%M:%S") + zone


def space(
    name: str,
    capacity: int = 20,
    *,
    features: tuple[str, ...] = (),
    parts: tuple[str, ...] = (),
    open_at: tuple[tuple[int, int], ...] = ((540, 720),),
) -> Raw:
    """Return a space, open from nine to twelve unless it says otherwise (in minutes of the day)."""
    spans = [[clock(start), clock(end)] for start, end in open_at]
    return {"id": name, "capacity": capacity, "features": [*features], "open": spans, "parts": [*parts]}


def request(
    name: str,
    people: int = 10,
    minutes: int = 60,
    *,
    features: tuple[str, ...] = (),
    window: tuple[int, int] = (540, 720),
    weight: float = 1,
    group: str = "g",
    zone: str = "+08:00",
) -> Raw:
    """Return a request for any time from nine to twelve unless it says otherwise."""
    return {
        "id": name,
        "people": people,
        "features": [*features],
        "duration_min": minutes,
        "earliest": clock(window[0], zone),
        "latest_end": clock(window[1], zone),
        "weight": weight,
        "group": group,
    }


def problem(spaces: list[Raw], requests: list[Raw], **more: Any) -> Raw:
    """Return an instance."""
    return {"grid_min": 15, "spaces": spaces, "requests": requests, "fixed": [], **more}


@st.composite
def problems(draw: st.DrawFn, *, repair: bool = False) -> Raw:
    """Return a random instance that enumeration still solves."""
    grid = draw(st.sampled_from([15, 30, 60]))
    quarters = st.integers(0, 12).map(lambda number: 540 + 15 * number)
    spaces: list[Raw] = []
    for number in range(draw(st.integers(1, 3))):
        spans = draw(st.lists(st.tuples(quarters, st.integers(20, 180)), max_size=2))
        features = draw(st.sets(st.sampled_from(["piano", "tables"])))
        opened = tuple((start, start + length) for start, length in spans)
        spaces.append(space(f"s{number}", draw(st.integers(0, 30)), features=tuple(sorted(features)), open_at=opened))
    for number in range(draw(st.integers(0, 2))):
        below = draw(st.lists(st.sampled_from([each["id"] for each in spaces]), min_size=1, max_size=2, unique=True))
        spaces.append(space(f"hall{number}", 60, parts=tuple(below), open_at=((540, 690),)))
    requests = []
    for number in range(draw(st.integers(0, 5))):
        start, length = draw(quarters), draw(st.integers(15, 180))
        requests.append(
            request(
                f"r{number}",
                draw(st.integers(0, 40)),
                draw(st.sampled_from([15, 40, 60, 90])),
                features=draw(st.sampled_from([(), ("piano",)])),
                window=(start - start % 5, start + length),
                weight=draw(st.sampled_from([0, 1, 1, 2, 0.5, 1.25])),
                zone=draw(st.sampled_from(ZONES)),
            )
        )
    raw = problem(spaces, requests, grid_min=grid)
    standing = []
    for each in requests:
        if draw(st.integers(0, 3)) == 0:
            where = draw(st.sampled_from(spaces))["id"]
            standing.append({"request": each["id"], "space": where, "start": clock(draw(quarters))})
    if repair:
        raw |= {"current": standing, "move_cost": draw(st.sampled_from([0, 100, 600, 10**6, 10**12]))}
        raw["max_shift_min"] = draw(st.sampled_from([0, 15, 60, None]))
    else:
        raw["fixed"] = standing[:1]
    return raw


def faults(raw: Raw, told: Raw) -> list[str]:
    """Return how a plan breaks the rules of the contract."""
    found, placed = [], {each["request"]: each for each in told["assigned"]}
    spans = {name: _span(raw, name, each) for name, each in placed.items()}
    fixed = {each["request"]: each for each in raw["fixed"]}
    for name, each in placed.items():
        if name in fixed:
            found += [] if _same(each, fixed[name]) else [f"{name} was fixed elsewhere"]
        elif (each["space"], spans[name][0]) not in set(spots(raw, name)):
            found.append(f"{name} may not stand at {each}")
    for one in placed:
        for other in placed:
            shared = _rooms(raw, placed[one]["space"]) & _rooms(raw, placed[other]["space"])
            apart = spans[one][1] <= spans[other][0] or spans[other][1] <= spans[one][0]
            if one < other and shared and not apart and not {one, other} <= set(fixed):
                found.append(f"{one} and {other} collide")
    listed = [*placed, *(each["request"] for each in told["unserved"])]
    if sorted(listed) != sorted(each["id"] for each in raw["requests"]) or not set(fixed) <= set(placed):
        found.append("not every request stands once among assigned and unserved")
    return found


def value(raw: Raw, placed: dict[str, tuple[str, float]]) -> float:
    """Return what a plan is worth: request → (space, start in minutes)."""
    worth = sum(_worth(each) for each in raw["requests"] if each["id"] in placed)
    standing = raw.get("current") or []
    moved = [each for each in standing if placed.get(each["request"]) != (each["space"], minutes(each["start"]))]
    return worth - raw.get("move_cost", 600) * len(moved)


def best(raw: Raw) -> float:
    """Return the most that a plan can be worth, by trying all of them."""
    fixed = {each["request"]: (each["space"], minutes(each["start"])) for each in raw["fixed"]}
    free = [each["id"] for each in raw["requests"] if each["id"] not in fixed]

    def go(left: list[str], placed: dict[str, tuple[str, float]]) -> float:
        if not left:
            return value(raw, placed)
        name, rest = left[0], left[1:]
        tries = [go(rest, placed)]
        for spot in spots(raw, name):
            if all(_apart(raw, name, spot, other, placed[other]) for other in placed):
                tries.append(go(rest, {**placed, name: spot}))
        return max(tries)

    return go(free, fixed)


def spots(raw: Raw, name: str) -> Iterator[tuple[str, float]]:
    """Yield every space and start that the rules allow a request by itself."""
    wish = next(each for each in raw["requests"] if each["id"] == name)
    low, high, length = minutes(wish["earliest"]), minutes(wish["latest_end"]), wish["duration_min"]
    standing = next((each for each in raw.get("current") or [] if each["request"] == name), None)
    if standing is not None and raw.get("max_shift_min") is not None:
        low = max(low, minutes(standing["start"]) - raw["max_shift_min"])
        high = min(high, minutes(standing["start"]) + raw["max_shift_min"] + length)
    ahead = datetime.fromisoformat(wish["earliest"]).utcoffset() or timedelta()
    for each in raw["spaces"]:
        if each["capacity"] < wish["people"] or not set(wish["features"]) <= set(each["features"]):
            continue
        for start, end in _merged(each["open"]):
            for at in range(int(max(low, start)), int(min(high, end)) - length + 1):
                if at % raw["grid_min"] == 0 or (at + ahead / timedelta(minutes=1)) % raw["grid_min"] == 0:
                    yield each["id"], float(at)


def _merged(spans: list[list[str]]) -> list[Span]:
    merged: list[Span] = []
    for start, end in sorted((minutes(start), minutes(end)) for start, end in spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _apart(raw: Raw, one: str, spot: tuple[str, float], other: str, there: tuple[str, float]) -> bool:
    if not _rooms(raw, spot[0]) & _rooms(raw, there[0]):
        return True
    lengths = {each["id"]: each["duration_min"] for each in raw["requests"]}
    return spot[1] + lengths[one] <= there[1] or there[1] + lengths[other] <= spot[1]


def _rooms(raw: Raw, name: str) -> frozenset[str]:
    parts = next(each for each in raw["spaces"] if each["id"] == name)["parts"]
    return frozenset().union(*(_rooms(raw, part) for part in parts)) if parts else frozenset([name])


def _span(raw: Raw, name: str, place: Raw) -> Span:
    start = minutes(place["start"])
    return start, start + next(each["duration_min"] for each in raw["requests"] if each["id"] == name)


def _same(one: Raw, other: Raw) -> bool:
    return one["space"] == other["space"] and minutes(one["start"]) == minutes(other["start"])


def _worth(wish: Raw) -> float:
    return float(wish["weight"] * wish["people"] * wish["duration_min"])


def minutes(at: str) -> float:
    """Return an instant as minutes since the epoch."""
    return (datetime.fromisoformat(at) - datetime(1970, 1, 1, tzinfo=UTC)) / timedelta(minutes=1)
