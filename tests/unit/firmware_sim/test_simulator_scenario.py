import copy
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from firmware_sim.scenario import Scenario, load_scenario, parse_scenario
from services.contracts.errors import FileError
from services.contracts.instants import local_clock
from services.contracts.names import MINUTE

DAY = date(2026, 6, 1)


def test_bookings_and_requests_are_instants_with_the_day_in_their_ids(small: Callable[..., Scenario]) -> None:
    scenario = small()
    booking, evening = scenario.bookings(DAY)
    assert (booking.id, local_clock(booking.start, scenario.zone)) == ("class-20260601", "09:00")
    assert booking.end - booking.start == 60 * MINUTE
    assert len(booking.code) == 4
    assert evening.space == "hall"
    first, second = scenario.requests(DAY)
    assert first.id == "waiting-20260601"
    assert first.created_at < second.created_at < scenario.start_at(DAY), "the order of the file is who asked first"


def test_unbooked_activities_are_not_told_to_the_scheduler(small: Callable[..., Scenario], tables: Any) -> None:
    unbooked = {**tables["activities"][0], "attendance": "unbooked"}
    assert small(activities=[unbooked]).bookings(DAY) == []


@pytest.mark.parametrize(
    ("table", "index", "change", "message"),
    [
        ("activities", 0, {"space": "attic"}, r"activities\.0 \(class\)\.space: 'attic' is not a space"),
        ("activities", 0, {"function": "sauna"}, r"'sauna' is not a function of 'room-a' \(known: class, reading\)"),
        ("activities", 0, {"people": 99}, r"people: 99 is more than 'room-a' holds \(20\)"),
        ("activities", 0, {"end": "08:00"}, r"activities\.0: end 08:00 is not after start 09:00"),
        ("activities", 0, {"end": "10:01"}, r"five-minute grid"),
        ("activities", 0, {"attendance": "late"}, r"attendance late needs late_min"),
        ("activities", 0, {"colour": "red"}, r"activities\.0\.colour"),
        ("activities", 1, {"start": "09:30", "end": "10:30"}, r"at the same time as 'class' in 'room-a'"),
        ("activities", 1, {"id": "class"}, r"activities\.1: 'class' is there twice"),
        ("waitlist", 0, {"space": "attic"}, r"waitlist\.0\.space: 'attic'"),
        ("waitlist", 1, {"group": "等候组"}, r"waitlist\.1: '等候组' is there twice"),
        ("charging", 0, {"port": 6}, r"charging\.0\.port: expected less than scenario\.ports = 6"),
        ("charging", 0, {"per_hour": 2}, r"either at \(once\) or per_hour"),
        ("lending", 0, {"space": "hall"}, r"lending\.0\.space: 'hall' has parts"),
        ("devices", 0, {"kind": "toaster"}, r"devices\.0\.kind"),
    ],
)
def test_faults_name_file_and_entry(tables: Any, table: str, index: int, change: Any, message: str) -> None:
    broken = copy.deepcopy(tables)
    broken[table][index].update(change)
    with pytest.raises(FileError, match=message) as caught:
        parse_scenario(broken, "small.toml")
    assert str(caught.value).startswith("small.toml: ")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ({"device": "ghost", "at": "09:00", "what": "dies"}, r"faults\.0\.device: 'ghost' is not a device"),
        ({"device": "a-door", "at": "09:00", "what": "explodes"}, r"faults\.0\.what"),
        ({"device": "a-door", "at": "09:00", "what": "clock_drift_ppm"}, r"clock_drift_ppm needs value"),
        (
            {"device": "a-door", "at": "09:00", "what": "loses", "value": 1.5},
            r"value of loses: expected 0 to 1, got 1.5",
        ),
        ({"device": "a-door", "at": "09:00", "what": "floods"}, r"floods needs value"),
        ({"device": "a-door", "at": "09:00", "what": "impostor"}, r"an impostor, and nothing else, needs victim"),
        (
            {"device": "a-door", "at": "09:00", "what": "impostor", "victim": "a-door"},
            r"faults\.0\.victim: 'a-door' is not another device",
        ),
        (
            {"device": "a-presence", "at": "09:00", "what": "battery_leak", "value": 1},
            r"faults\.0\.what: 'a-presence' has no battery",
        ),
    ],
)
def test_impossible_faults_are_named(small: Callable[..., Scenario], fault: Any, message: str) -> None:
    with pytest.raises(FileError, match=message):
        small(faults=[fault])


STRANGER = {"id": "new-radar", "space": "room-a", "kind": "presence", "claim": "K7M2P9QX"}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"space": "attic"}, r"strangers\.0\.space: 'attic' is not a space"),
        ({"id": "a-door"}, r"strangers\.0\.id: 'a-door' is a device of site 's', and so no stranger"),
        ({"kind": "toaster"}, r"strangers\.0\.kind: expected one of button,"),
        ({"claim": "K7M2P9QU"}, r"strangers\.0\.claim"),
    ],
)
def test_impossible_strangers_are_named(small: Callable[..., Scenario], change: Any, message: str) -> None:
    with pytest.raises(FileError, match=message):
        small(strangers=[{**STRANGER, **change}])


def test_two_strangers_with_one_code_could_not_be_told_apart(small: Callable[..., Scenario]) -> None:
    with pytest.raises(FileError, match=r"strangers\.1: 'K7M2P9QX' is there twice"):
        small(strangers=[STRANGER, {**STRANGER, "id": "other"}])


def test_a_stranger_may_break_like_any_device(small: Callable[..., Scenario]) -> None:
    scenario = small(strangers=[STRANGER], faults=[{"device": "new-radar", "at": "09:00", "what": "dies"}])
    assert "new-radar" not in {device.id for device in scenario.community.devices}


def test_a_partner_is_booked_only_inside_its_supply_window(small: Callable[..., Scenario], tables: Any) -> None:
    window = {
        "id": "w",
        "site": "s",
        "space": "room-a",
        "owner": "x",
        "functions": [],
        "start": "13:00",
        "end": "15:00",
    }
    with pytest.raises(FileError, match=r"\(class\): 09:00 to 10:00 is in no supply window of 'room-a'"):
        small(supply=[window])


def test_files_that_are_not_there_or_not_toml(tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"cannot be read.*expected a scenario file or one of: .*demo, "):
        load_scenario(tmp_path / "none.toml")
    broken = tmp_path / "broken.toml"
    broken.write_text("a = = b", encoding="utf-8")
    with pytest.raises(FileError, match=r"broken\.toml: not TOML"):
        load_scenario(broken)


class TestDemo:
    """The built-in demo holds what its story needs."""

    demo = load_scenario("demo")

    def devices_in(self, space: str) -> set[str]:
        return {device.kind for device in self.demo.community.devices if device.space == space}

    def test_its_community_has_the_character_of_those_we_serve(self) -> None:
        spaces = {space.id: space for space in self.demo.community.spaces}
        assert spaces["parlour"].parts == ("council", "events")
        assert spaces["parlour"].capacity == 60
        assert sum(space.group == "共享工位" for space in spaces.values()) == 10
        assert sum(space.group == "空间合伙人" for space in spaces.values()) == 8
        assert {window.space for window in self.demo.community.supply} == {
            space.id for space in spaces.values() if space.group == "空间合伙人"
        }
        assert 85 <= len(self.demo.community.devices) <= 110
        assert {"charging", "lending", "door", "screen", "button"} <= self.devices_in("corner-east")
        assert self.demo.tables.scenario.ports == 6

    def test_a_full_day_from_tai_chi_to_night_school(self) -> None:
        activities = self.demo.tables.activities
        assert len(activities) >= 30
        assert min(activity.start for activity in activities) == "07:00"
        assert max(activity.end for activity in activities) == "21:30"
        for booking in self.demo.bookings(DAY):
            own = self.devices_in(booking.space) | self.devices_in("council" if booking.space == "parlour" else "")
            assert own & {"presence", "count"}, f"{booking.space} can be seen to be empty"
            assert "button" in self.devices_in(booking.space)

    def test_every_thread_of_the_story_is_there(self) -> None:
        by_space: dict[str, list[str]] = {}
        for activity in self.demo.tables.activities:
            by_space.setdefault(activity.space, []).append(f"{activity.start} {activity.attendance}")
        assert "09:00 no_show" in by_space["rongqu"]
        assert "09:00 no_show" in by_space["ronghui"]
        assert "09:00 leaves_early" in by_space["rongnuan"]
        assert "09:00 late" in by_space["council"]
        assert "09:30 late" in by_space["events"]
        assert "08:30 overruns" in by_space["rehearsal"]
        reactions = {entry.space: entry.reaction for entry in reversed(self.demo.tables.waitlist)}
        assert (reactions["rongqu"], reactions["ronghui"], reactions["rongnuan"]) == ("claims", "ignores", "claims")
        dies = next(fault for fault in self.demo.tables.faults if fault.what == "dies")
        dead = next(device for device in self.demo.community.devices if device.id == dies.device)
        assert self.devices_in(dead.space) & {"presence", "count", "motion", "climate"} == {"presence"}

    def test_there_is_something_to_repair_to_claim_and_to_correct(self) -> None:
        faults = {fault.what: fault.device for fault in self.demo.tables.faults}
        assert {"loses", "clock_drift_ppm"} <= faults.keys()
        assert [stranger.claim for stranger in self.demo.tables.strangers] == ["K7M2P9QX"]
