"""Repair of the timetables of ITC-2007, track 3: a room lost for a day, the fewest lectures moved, then quality.

Instances and solutions are looked for in FOLDSPACE_ITC2007. Of each the days of the rooms most used are lost in turn.
"""

import gzip
import os
import statistics
import time
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

from services.planner.gate import Gate
from services.planner.timetable import Course, Lecture, Timetable, cost, faults, repair

FOLDER = Path(os.environ.get("FOLDSPACE_ITC2007", Path(__file__).parents[3] / "shared" / "data" / "itc2007"))
LOSSES = 5
LIMIT_S = 10.0


def run() -> None:
    """Print a line for each loss, and the medians."""
    if not FOLDER.is_dir():
        print(f"no timetables at {FOLDER}; FOLDSPACE_ITC2007 names their folder")
        return
    print("instance   lost     lectures  moves  proven  cost before → after  proven      s    cpu")
    times, cpus, proven = [], [], []
    for file in sorted(FOLDER.glob("*.xml.gz")):
        timetable, rooms, held = read(file, file.with_name(file.name.replace(".xml.", ".sol.")))
        if faults(timetable, held):
            print(f"{file.name}: its solution breaks hard rules")
            continue
        use = Counter((each.room, each.period // timetable.periods_a_day) for each in held)
        for (room, day), count in sorted(use.items(), key=lambda item: (-item[1], item[0]))[: 4 * LOSSES : 4]:
            first = day * timetable.periods_a_day
            lost = frozenset((room, period) for period in range(first, first + timetable.periods_a_day))
            began, used = time.monotonic(), time.process_time()
            found = repair(timetable, held, lost, Gate(), LIMIT_S)
            times.append(time.monotonic() - began)
            cpus.append(time.process_time() - used)
            proven.append(found.fewest)
            sound = "" if not faults(timetable, found.lectures, lost) else "  BREAKS HARD RULES"
            print(
                f"{file.name[:6]:<10} {rooms[room]:<4} d{day} {count:>9} {found.moves:>6}  {found.fewest!s:<6} "
                f"{cost(timetable, held):>11} → {found.cost:<6} {found.best!s:<6} {times[-1]:>6.2f} {cpus[-1]:>6.2f}"
                f"{sound}",
                flush=True,
            )
    print(
        f"fewest moves proven in {sum(proven)} of {len(proven)}, median {statistics.median(times):.2f} s "
        f"(cpu {statistics.median(cpus):.2f}), most {max(times):.2f} s (cpu {max(cpus):.2f})"
    )


def read(instance: Path, solution: Path) -> tuple[Timetable, list[str], list[Lecture]]:
    """Return a timetable, the names of its rooms, and the lectures of a solution."""
    root = ElementTree.fromstring(gzip.decompress(instance.read_bytes()))
    days, a_day = (int(root.find(f"descriptor/{key}").get("value")) for key in ("days", "periods_per_day"))  # type: ignore[union-attr,arg-type]  # every instance has both
    rows = root.findall("courses/course")
    index = {row.attrib["id"]: number for number, row in enumerate(rows)}
    never: dict[str, set[int]] = {name: set() for name in index}
    for limit in root.findall("constraints/constraint[@type='period']"):
        for slot in limit.findall("timeslot"):
            never[limit.attrib["course"]].add(int(slot.attrib["day"]) * a_day + int(slot.attrib["period"]))
    courses = tuple(
        Course(
            int(row.attrib["students"]),
            int(row.attrib["lectures"]),
            int(row.attrib["min_days"]),
            frozenset(never[row.attrib["id"]]),
        )
        for row in rows
    )
    teachers: dict[str, list[int]] = {}
    for row in rows:
        teachers.setdefault(row.attrib["teacher"], []).append(index[row.attrib["id"]])
    curricula = tuple(
        tuple(index[course.attrib["ref"]] for course in row.findall("course"))
        for row in root.findall("curricula/curriculum")
    )
    rooms = root.findall("rooms/room")
    names = [row.attrib["id"] for row in rooms]
    timetable = Timetable(
        days,
        a_day,
        tuple(int(row.attrib["size"]) for row in rooms),
        courses,
        (*curricula, *(tuple(courses) for courses in teachers.values() if len(courses) > 1)),
        curricula,
    )
    held = []
    for line in gzip.decompress(solution.read_bytes()).decode().split("\n"):
        if line.strip():
            course, room, day, period = line.split()
            held.append(Lecture(index[course], int(day) * a_day + int(period), names.index(room)))
    return timetable, names, held
