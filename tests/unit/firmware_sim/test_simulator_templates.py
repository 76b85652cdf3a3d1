"""Templates and scenarios that extend others: fewer words for the same tables."""

from pathlib import Path
from typing import Any

import pytest

from firmware_sim.scenario import built_in_scenarios, load_scenario, parse_scenario
from firmware_sim.templates import expand, merge
from services.contracts.errors import FileError

QUIET = {
    "space": {"capacity": 20, "functions": ["reading"]},
    "devices": [{"kind": "presence", "heartbeat_s": 60}, {"id": "pir", "kind": "motion"}],
    "walk_ins": [{"per_hour": 1}],
    "faults": [{"device": "pir", "at": "09:00", "what": "dies"}],
}
RAW: dict[str, Any] = {
    "sites": [{"id": "s", "name": "小院", "timezone": "Asia/Shanghai"}],
    "spaces": [
        {"id": "a", "name": "甲室", "like": "quiet"},
        {"id": "b", "name": "乙室", "like": "quiet", "capacity": 5},
    ],
    "templates": {"quiet": QUIET},
    "scenario": {"seed": 1, "site": "s", "start": "08:00"},
}


def test_a_template_gives_what_the_space_does_not_say_and_names_after_it() -> None:
    scenario = parse_scenario(RAW, "x.toml")
    assert [(space.id, space.capacity, space.functions) for space in scenario.community.spaces] == [
        ("a", 20, ("reading",)),
        ("b", 5, ("reading",)),
    ]
    assert [(device.id, device.space, device.kind) for device in scenario.community.devices] == [
        ("a-presence", "a", "presence"),
        ("a-pir", "a", "motion"),
        ("b-presence", "b", "presence"),
        ("b-pir", "b", "motion"),
    ]
    assert {entry.site for entry in (*scenario.community.spaces, *scenario.community.devices)} == {"s"}
    assert [walk_in.space for walk_in in scenario.tables.walk_ins] == ["a", "b"]
    assert [fault.device for fault in scenario.tables.faults] == ["a-pir", "b-pir"]


def test_expanding_changes_neither_the_tables_nor_what_needs_no_expanding() -> None:
    before = repr(RAW)
    plain = expand(RAW, "x.toml")
    assert repr(RAW) == before
    assert expand(plain, "x.toml") == plain


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"templates": {}}, r"x\.toml: spaces\.0\.like: 'quiet' is not a template \(known: none\)"),
        ({"templates": {"quiet": {"waitlist": []}}}, r"x\.toml: templates\.quiet\.waitlist: Extra"),
        ({"templates": {"quiet": {"devices": ["radar"]}}}, r"x\.toml: templates\.quiet\.devices\.0: .* dict"),
        ({"templates": {"quiet": {"space": 3}}}, r"x\.toml: templates\.quiet\.space: .* dict"),
        ({"templates": 3}, r"x\.toml: templates\..* dict"),
        ({"spaces": 7}, r"x\.toml: spaces"),
        ({"spaces": ["a"]}, r"x\.toml: spaces\.0"),
        ({"spaces": [{"like": ["quiet"]}]}, r"x\.toml: spaces\.0\.like"),
    ],
)
def test_a_template_that_cannot_be_used_is_named(change: dict[str, Any], message: str) -> None:
    with pytest.raises(FileError, match=message):
        parse_scenario({**RAW, **change}, "x.toml")


def test_an_extension_adds_rows_and_replaces_settings() -> None:
    base = {"spaces": [1], "scenario": {"seed": 1, "site": "s"}, "extends": "no"}
    more = {"spaces": [2], "faults": [3], "scenario": {"seed": 9}}
    assert merge(base, more) == {
        "spaces": [1, 2],
        "faults": [3],
        "scenario": {"seed": 9, "site": "s"},
        "extends": "no",
    }


def test_a_scenario_file_may_extend_a_built_in_one(tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text('extends = "house"\nfaults = [{ device = "tea-count", at = "09:00", what = "dies" }]\n')
    scenario = load_scenario(own)
    assert scenario.community == load_scenario("house").community
    assert [fault.device for fault in scenario.tables.faults] == ["tea-count"]
    own.write_text('extends = "chatter"\n')
    with pytest.raises(FileError, match=r"own\.toml: extends: expected a scenario that extends no other"):
        load_scenario(own)
    own.write_text('extends = "attic"\n')
    with pytest.raises(FileError, match="attic: cannot be read"):
        load_scenario(own)


@pytest.mark.parametrize("name", built_in_scenarios())
def test_every_built_in_scenario_is_well_formed(name: str) -> None:
    scenario = load_scenario(name)
    watched = {device.space for device in scenario.community.devices}
    parts = {part for space in scenario.community.spaces for part in space.parts}
    assert watched | parts == {space.id for space in scenario.community.spaces} | parts


def test_the_month_is_twenty_spaces_of_every_sort() -> None:
    scenario = load_scenario("month")
    kinds: dict[str, list[str]] = {}
    for device in scenario.community.devices:
        kinds.setdefault(device.space, []).append(device.kind)
    mixes = {tuple(sorted(of_space)) for of_space in kinds.values()}
    assert len(scenario.community.spaces) == 20
    assert scenario.tables.scenario.run_days == 30
    assert {
        ("door", "presence"), ("climate", "motion", "motion"), ("climate", "motion"), ("count", "door", "motion"),
        ("climate", "count", "presence"), ("climate",), ("charging", "presence"),
    } <= mixes  # fmt: skip
    assert any(len(space.parts) == 2 for space in scenario.community.spaces)
