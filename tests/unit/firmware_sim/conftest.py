"""A small community for the simulator's tests: a divided hall, a desk and a corner."""

import tomllib
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from firmware_sim.scenario import Scenario, parse_scenario

DAY = date(2026, 6, 1)

SMALL = """
sites = [{ id = "s", name = "小社区", timezone = "Asia/Shanghai" }]
spaces = [
  { id = "hall", site = "s", name = "大厅", capacity = 40, functions = ["class"], parts = ["room-a", "room-b"] },
  { id = "room-a", site = "s", name = "甲室", capacity = 20, functions = ["class", "reading"] },
  { id = "room-b", site = "s", name = "乙室", capacity = 20, functions = ["class"] },
  { id = "desk", site = "s", name = "工位", capacity = 1 },
  { id = "corner", site = "s", name = "服务角", capacity = 6 },
]
devices = [
  { id = "a-presence", site = "s", space = "room-a", kind = "presence", heartbeat_s = 60 },
  { id = "a-motion", site = "s", space = "room-a", kind = "motion" },
  { id = "a-button", site = "s", space = "room-a", kind = "button" },
  { id = "a-door", site = "s", space = "room-a", kind = "door" },
  { id = "hall-count", site = "s", space = "hall", kind = "count" },
  { id = "hall-climate", site = "s", space = "hall", kind = "climate" },
  { id = "desk-presence", site = "s", space = "desk", kind = "presence" },
  { id = "corner-charging", site = "s", space = "corner", kind = "charging" },
  { id = "corner-rack", site = "s", space = "corner", kind = "lending" },
  { id = "corner-screen", site = "s", space = "corner", kind = "screen" },
]
activities = [
  { id = "class", space = "room-a", group = "学习小组", title = "课", people = 6, start = "09:00", end = "10:00", \
function = "reading", checks_in = true },
  { id = "evening", space = "hall", group = "居委会", title = "恳谈会", people = 20, start = "19:00", end = "20:00" },
]
waitlist = [
  { id = "waiting", group = "等候组", title = "等候的活动", people = 4, duration_min = 60, earliest = "09:00", \
latest_end = "12:00", claims_after_min = 2, arrives_after_min = 5 },
  { id = "deaf", group = "不理组", title = "不来的活动", people = 4, duration_min = 60, earliest = "09:00", \
latest_end = "12:00", reaction = "ignores" },
]
charging = [{ space = "corner", at = "09:10", for_min = 60, port = 1 }]
lending = [{ space = "corner", at = "09:05", for_min = 30 }]
walk_ins = [{ space = "desk", start = "08:00", end = "20:00", per_hour = 2, mean_min = 30 }]

[scenario]
seed = 7
site = "s"
start = "08:55"
"""


@pytest.fixture
def tables() -> dict[str, Any]:
    return tomllib.loads(SMALL)


@pytest.fixture
def small(tables: dict[str, Any]) -> Callable[..., Scenario]:
    """Build the small scenario with some of its tables replaced."""

    def build(**changes: Any) -> Scenario:
        return parse_scenario({**tables, **changes}, "small.toml")

    return build
