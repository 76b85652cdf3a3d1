"""The bulk planner on days and a week, beside first-fit and plain CP-SAT; then repairs after a space is lost.

Instances are looked for where the tests look (FOLDSPACE_INSTANCES). Times are of the whole plan, reading included;
`cpu` is what the process used of them, and tells a busy machine from a slow planner.
"""

import gzip
import json
import os
import statistics
import time
from pathlib import Path
from typing import Any

from services.kit import logs
from services.planner.answer import answer
from services.planner.candidates import candidates
from services.planner.instance import Instance, Spot
from services.planner.planning import Plan, plan
from services.planner.reading import read_instance

FOLDER = Path(os.environ.get("FOLDSPACE_INSTANCES", Path(__file__).parents[3] / "shared" / "data" / "planner"))
LIMITS_S = {"day-12x80": (1,), "day-50x400": (3, 10), "week-20x700": (10,), "day-200x1600": (12, 60)}
INTERVALS_S = 10
REPAIRED = "day-50x400-1"
REPAIRS = 13
NEVER = 10**7
"""A charge no booking is worth: nobody but those who lost their room is moved."""


def run() -> None:
    """Print both tables."""
    logs.configure("WARNING")
    if not FOLDER.is_dir():
        print(f"no instances at {FOLDER}; FOLDSPACE_INSTANCES names their folder")
        return
    print(f"{'instance':<16} {'limit':>6} {'s':>6} {'cpu':>6} {'gap':>9}  first-fit, intervals: share of the bound")
    for size, limits in LIMITS_S.items():
        for file in sorted(FOLDER.glob(f"{size}-*.json.gz")):
            _instance(file, limits)
    _repairs()


def _instance(file: Path, limits: tuple[int, ...]) -> None:
    raw = _raw(file.name.removesuffix(".json.gz"))
    found = None
    for limit in limits:
        found, seconds, cpu = _timed(raw, limit)
        print(f"{file.name[:-8]:<16} {limit:>6} {seconds:>6.2f} {cpu:>6.2f} {found.gap:>9.4%}", end="", flush=True)
        print("" if limit != limits[-1] else f"  {_share(_first_fit(found.instance), found)}", end="")
        print("" if limit != limits[-1] else f", {_share(_by_intervals(found.instance), found)}")


def _repairs() -> None:
    raw = _raw(REPAIRED)
    solved = answer(plan(read_instance(raw), 60.0), "en")
    fixed = {each["request"] for each in raw["fixed"]}
    current = [each for each in solved["assigned"] if each["request"] not in fixed]
    counts = {each["id"]: sum(spot["space"] == each["id"] for spot in current) for each in raw["spaces"]}
    lost = sorted((name for name in counts if counts[name]), key=lambda name: (-counts[name], name))
    print(f"\nrepair of {REPAIRED}, one space lost: {REPAIRS} of {len(lost)}, from the fullest on")
    for told, cost in (("nobody else moved", NEVER), ("moves priced at 600", 600)):
        times, cpus, proven = [], [], 0
        for name in lost[:: max(1, len(lost) // REPAIRS)][:REPAIRS]:
            spaces = [each | {"open": []} if each["id"] == name else each for each in raw["spaces"]]
            found, seconds, cpu = _timed(raw | {"spaces": spaces, "current": current, "move_cost": cost}, 10)
            times.append(seconds)
            cpus.append(cpu)
            proven += found.value == found.bound
        print(
            f"{told:<22} median {statistics.median(times):.2f} s (cpu {statistics.median(cpus):.2f}), "
            f"most {max(times):.2f} s (cpu {max(cpus):.2f}), proven {proven} of {len(times)}"
        )


def _raw(name: str) -> dict[str, Any]:
    raw: dict[str, Any] = json.loads(gzip.decompress((FOLDER / f"{name}.json.gz").read_bytes()))
    return raw


def _timed(raw: dict[str, Any], limit_s: float) -> tuple[Plan, float, float]:
    began, used = time.monotonic(), time.process_time()
    found = plan(read_instance(raw), limit_s)
    return found, time.monotonic() - began, time.process_time() - used


def _share(value: float | None, found: Plan) -> str:
    return "no plan" if value is None else f"{value / found.bound:.1%}"


def _worth(instance: Instance, assigned: dict[int, Spot]) -> float:
    return sum(instance.requests[request].worth for request in assigned) / instance.scale


def _first_fit(instance: Instance) -> float:
    """Do what booking software does: in order of arrival, the smallest space that fits, the earliest start."""
    table = candidates(instance)
    taken: set[tuple[int, int]] = set()
    served: dict[int, Spot] = dict(instance.fixed)
    capacity = [space.capacity for space in instance.spaces]
    rows = sorted(
        range(len(table)),
        key=lambda row: (table.owner[row], capacity[table.space[row]], table.space[row], table.start[row]),
    )
    for row in rows:
        owner = int(table.owners[table.owner[row]])
        first = int(table.start[row])
        cells = {
            (room, slot)
            for room in table.rooms[table.space[row]]
            for slot in range(first, first + int(table.length[row]))
        }
        if owner not in served and not cells & taken:
            taken |= cells
            served[owner] = table.spot(row)
    return _worth(instance, served)


def _by_intervals(instance: Instance) -> float | None:
    """Do what a first model does: an optional interval for each request and space, no two at once in a room."""
    from ortools.sat.python import cp_model

    table = candidates(instance)
    model = cp_model.CpModel()
    starts: dict[tuple[int, int], list[int]] = {}
    lengths = {}
    for row in range(len(table)):
        key = (int(table.owner[row]), int(table.space[row]))
        starts.setdefault(key, []).append(int(table.start[row]))
        lengths[key] = int(table.length[row])
    there: dict[int, list[Any]] = {}
    rooms: dict[int, list[Any]] = {}
    for (owner, space), allowed in starts.items():
        present = model.new_bool_var("")
        start = model.new_int_var_from_domain(cp_model.Domain.from_values(allowed), "")
        interval = model.new_optional_fixed_size_interval_var(start, lengths[owner, space], present, "")
        there.setdefault(owner, []).append(present)
        for room in table.rooms[space]:
            rooms.setdefault(room, []).append(interval)
    for literals in there.values():
        model.add_at_most_one(literals)
    for intervals in rooms.values():
        model.add_no_overlap(intervals)
    worth = {owner: instance.requests[int(table.owners[owner])].worth for owner in there}
    model.maximize(sum(worth[owner] * literal for owner, literals in there.items() for literal in literals))
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = INTERVALS_S
    solver.parameters.num_workers = 2
    status = solver.solve(model)
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return None
    return solver.objective_value / instance.scale + _worth(instance, dict(instance.fixed))
