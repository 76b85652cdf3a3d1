"""Cost of the fold alone: readings a second and core, beside two simpler things done to the same readings.

Five days of the simulator's community of twenty spaces, laid upon one another, are a day of a hundred spaces. The
readings are decoded and admitted before the clock starts. Timed is what the gateway does with them then: every
deadline at its instant, each reading folded into the memory of its sensor, and its space weighed when that was news;
not decoding, admission, the journal or the writing of points. Time is that of the processor.
"""

import cProfile
import gc
import json
import os
import pstats
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from firmware_sim.recording import write_recording
from firmware_sim.scenario import load_scenario
from gateway.admit import timing
from gateway.fold.spaces import SpaceKey, Spaces
from services.contracts import topics
from services.contracts.community import Community
from services.contracts.errors import FoldspaceError
from services.contracts.files import read_recording
from services.contracts.heartbeats import silence_limit
from services.contracts.names import DAY, Millis
from services.contracts.readings import Reading, decode_reading
from services.kit import logs

SCENARIO = "month"
DAYS = 5
ROUNDS = 3
AIM = 100_000
TAKEN_EVERY = 1000
"""After so many readings the gateway collects what there is to tell, as after one batch."""
PROFILE_LINES = 12


class Heard(NamedTuple):
    """One reading as the fold gets it: what it arrived as, and what admission made of its clock."""

    arrival: Millis
    space: SpaceKey
    device: str
    kind: str
    reading: Reading
    at: Millis
    late: bool
    clock_off: bool
    payload: bytes


def run() -> None:
    """Print readings a second, the ratios to the two peers, and where the time goes."""
    logs.configure("ERROR", as_json=False)  # the scenario's mishaps are many
    community, heard = _day()
    gc.collect()
    gc.freeze()  # a gateway does not hold a day of readings that the collector goes through again and again
    kinds = Counter(one.kind for one in heard)
    print(f"{len(heard)} readings of {len(community.devices)} devices in {len(community.spaces)} spaces: ", end="")
    print(", ".join(f"{count / len(heard):.0%} {kind}" for kind, count in kinds.most_common()))
    rates = []
    for _ in range(ROUNDS):
        seconds, news = _fold(community, heard)
        kept, parsed = _keep(heard), _parse(heard)
        rates.append(len(heard) / seconds)
        print(
            f"fold {rates[-1]:8,.0f} readings/s/core ({seconds / len(heard) * 1e6:.1f} µs each),"
            f" {news / len(heard):.1%} news; time over that of keeping the last reading of each device"
            f" {seconds / kept:.1f}, over that of json.loads {seconds / parsed:.2f}",
            flush=True,
        )
    _by_kind(community, heard)
    median = statistics.median(rates)
    if os.environ.get("FOLDSPACE_PROFILE") == "1":
        _profile(community, heard)
    print(f"median {median:,.0f} readings/s/core, ratio to the aim of {AIM:,}: {median / AIM:.2f}")


def _day() -> tuple[Community, list[Heard]]:
    """Return a community made of as many copies of the scenario's as there are days, and what they say in a day."""
    scenario = load_scenario(SCENARIO)
    tables = scenario.tables.scenario
    assert tables.first_day is not None, "a scenario to measure with names its first day"
    start = scenario.instant(tables.first_day, "00:00")
    with tempfile.TemporaryDirectory() as folder:
        recording = Path(folder) / "recording.ndjson"
        write_recording(scenario, tables.first_day, DAYS, recording)
        heard = sorted(_readings(scenario.community, recording, start), key=lambda one: one.arrival)
    copies = [_copy(scenario.community, day) for day in range(DAYS)]
    community = Community(
        sites=tuple(site for one in copies for site in one.sites),
        spaces=tuple(space for one in copies for space in one.spaces),
        devices=tuple(device for one in copies for device in one.devices),
    )
    return community, heard


def _copy(community: Community, day: int) -> Community:
    """Return the community under other names, one for each day."""
    return Community(
        sites=tuple(one.model_copy(update={"id": _site(one.id, day)}) for one in community.sites),
        spaces=tuple(one.model_copy(update={"site": _site(one.site, day)}) for one in community.spaces),
        devices=tuple(one.model_copy(update={"site": _site(one.site, day)}) for one in community.devices),
    )


def _site(name: str, day: int) -> str:
    return f"{name}-{day}"


def _readings(community: Community, recording: Path, start: Millis) -> Iterator[Heard]:
    """Yield what admission lets through, all of it on the first day, in the copy of the day on which it was said."""
    spaces = {(device.site, device.id): device.space for device in community.devices}
    seen: set[tuple[str, str | None, int | None]] = set()
    for message in read_recording(recording):
        topic = topics.parse(message.topic)
        if not isinstance(topic, topics.UpTopic):
            continue
        reading = decode_reading(topic.kind, message.payload)
        try:
            when = timing(reading.ts, message.at)
        except FoldspaceError:
            continue
        if (name := (topic.device, reading.boot, reading.seq)) in seen:
            continue
        seen.add(name)
        day = min((message.at - start) // DAY, DAYS - 1)  # the last word of all is said at midnight
        site, back = _site(topic.site, day), day * DAY
        yield Heard(
            message.at - back, (site, spaces[topic.site, topic.device]), topic.device, topic.kind, reading,
            when.at - back, when.late, when.corrected, message.payload,
        )  # fmt: skip


def _spaces(community: Community, heard: Sequence[Heard]) -> Spaces:
    """Return the spaces of a gateway that has just begun to listen."""
    spaces = Spaces(every_change=False)
    spaces.adopt(community, lambda device: silence_limit(device.kind, device.heartbeat_s))
    spaces.advance(heard[0].arrival, live=True)
    spaces.listening(heard[0].arrival)
    return spaces


def _fold(community: Community, heard: Sequence[Heard]) -> tuple[float, int]:
    """Fold the day; return the processor time in seconds, and how many readings were news."""
    spaces = _spaces(community, heard)
    news = 0
    began = time.process_time()
    for first in range(0, len(heard), TAKEN_EVERY):
        for one in heard[first : first + TAKEN_EVERY]:
            spaces.advance(one.arrival, live=True)
            news += spaces.hear(one.space, one.device, one.reading, one.at, late=one.late, clock_off=one.clock_off)
        spaces.fresh()
        spaces.take()
    return time.process_time() - began, news


def _keep(heard: Sequence[Heard]) -> float:
    """Return the seconds that it takes only to keep the last reading of each device."""
    last: dict[tuple[SpaceKey, str], Reading] = {}
    began = time.process_time()
    for one in heard:
        last[one.space, one.device] = one.reading
    return time.process_time() - began


def _parse(heard: Sequence[Heard]) -> float:
    """Return the seconds that it takes only to read the JSON of the payloads."""
    began = time.process_time()
    for one in heard:
        json.loads(one.payload)
    return time.process_time() - began


def _by_kind(community: Community, heard: Sequence[Heard]) -> None:
    """Print what a reading of each kind costs with its consequences, and what the deadlines between readings cost."""
    spaces = _spaces(community, heard)
    costs: dict[tuple[str, bool], list[int]] = {}
    clock = time.process_time_ns
    looking = statistics.median(after - before for before, after in pairwise(clock() for _ in range(1001)))
    waited = 0.0
    for one in heard:
        began = clock()
        spaces.advance(one.arrival, live=True)
        advanced = clock()
        news = spaces.hear(one.space, one.device, one.reading, one.at, late=one.late, clock_off=one.clock_off)
        folded = clock()
        waited += advanced - began - looking
        costs.setdefault((one.kind, news), []).append(folded - advanced)
    print(f"deadlines, per reading: {waited / len(heard) / 1000:.1f} µs")
    for kind in sorted({kind for kind, _ in costs}):
        same, new = costs.get((kind, False), []), costs.get((kind, True), [])
        cost = (sum(same) + sum(new)) / (len(same) + len(new)) - looking
        print(f"{kind:9} {cost / 1000:6.1f} µs", end="")
        for name, part in (("says the same", same), ("is news", new)):
            if part:
                print(f"; {name} {len(part):6d} times, {(statistics.mean(part) - looking) / 1000:6.1f} µs", end="")
        print()


def _profile(community: Community, heard: Sequence[Heard]) -> None:
    profile = cProfile.Profile()
    profile.enable()
    _fold(community, heard)
    profile.disable()
    pstats.Stats(profile, stream=sys.stdout).sort_stats("tottime").print_stats(PROFILE_LINES)
