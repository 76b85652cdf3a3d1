import hashlib
import json
from collections.abc import Callable, Sequence
from datetime import date
from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_sim.recorder import VirtualSimulation, record
from firmware_sim.scenario import Scenario, load_scenario
from firmware_sim.world import World
from services.contracts.commands import Command
from services.contracts.events import OfferMade, Screen, ScreenSlot
from services.contracts.files import RecordedMessage
from services.contracts.names import HOUR, MINUTE, SECOND
from services.contracts.readings import decode_reading
from services.contracts.topics import CmdTopic, UpTopic, parse

DAY = date(2026, 6, 1)
DEMO = load_scenario("demo")


def fingerprint(messages: Sequence[RecordedMessage]) -> str:
    return hashlib.sha256(b"".join(b"%d %s %s\n" % (m.at, m.topic.encode(), m.payload) for m in messages)).hexdigest()


def of(messages: Sequence[RecordedMessage], device: str) -> list[tuple[int, Any]]:
    return [(m.at, json.loads(m.payload)) for m in messages if f"/{device}/" in f"{m.topic}/"]


def test_one_seed_and_day_give_one_day_bit_for_bit() -> None:
    start = DEMO.start_at(DAY)
    first, second = (list(record(DEMO, DAY, start, start + HOUR)) for _ in range(2))
    assert fingerprint(first) == fingerprint(second)
    assert first != list(record(DEMO, date(2026, 6, 2), start + 24 * HOUR, start + 25 * HOUR))


REFERENCE = fingerprint(VirtualSimulation(DEMO, DAY).advance(DEMO.start_at(DAY) + 40 * MINUTE))


@settings(max_examples=15)
@given(st.lists(st.integers(0, 40 * 60 * 1000), max_size=12))
def test_it_does_not_matter_how_time_is_cut(cuts: list[int]) -> None:
    start = DEMO.start_at(DAY)
    simulation = VirtualSimulation(DEMO, DAY)
    messages = [m for cut in [*sorted(cuts), 40 * MINUTE] for m in simulation.advance(start + cut)]
    assert fingerprint(messages) == REFERENCE


def test_every_message_is_of_the_contract_and_in_order() -> None:
    start = DEMO.start_at(DAY)
    last = 0
    kinds = set()
    for message in record(DEMO, DAY, start, start + 90 * MINUTE):
        topic = parse(message.topic)
        assert message.at >= last
        last = message.at
        if isinstance(topic, UpTopic):
            decode_reading(topic.kind, message.payload)
            kinds.add(topic.kind)
    assert kinds >= {"presence", "motion", "count", "door", "charging", "climate", "lending", "health", "button"}


def test_people_in_a_part_are_people_in_the_whole(small: Callable[..., Scenario]) -> None:
    scenario = small()
    world = World(scenario, DAY)
    seen = set()
    for local in ("09:30", "12:00", "19:30"):
        world.skip_to(scenario.instant(DAY, local))
        parts = world.people("room-a"), world.people("room-b")
        assert world.people("hall") == sum(parts)
        seen.add((parts[0] > 0, parts[1] > 0))
    assert seen == {(True, False), (False, False), (True, True)}


def test_truth_tells_every_change_of_every_space(small: Callable[..., Scenario]) -> None:
    scenario = small()
    simulation = VirtualSimulation(scenario, DAY)
    simulation.advance(scenario.instant(DAY, "20:30"))
    last = {row.space: row.people for row in simulation.truth}
    assert last == {space: simulation.people(space) for space in last}
    assert {space.id for space in scenario.community.spaces} == last.keys()
    assert max(row.people or 0 for row in simulation.truth if row.space == "hall") >= 15


def test_a_later_day_is_planned_when_it_comes(small: Callable[..., Scenario]) -> None:
    scenario = small()
    world = World(scenario, DAY)
    world.skip_to(scenario.instant(date(2026, 6, 2), "09:30"))
    assert world.day == date(2026, 6, 2)
    assert world.people("room-a") > 0
    assert 9.4 < world.hour <= 9.5


def test_a_second_start_in_the_middle_of_a_day_finds_the_same_world(small: Callable[..., Scenario]) -> None:
    scenario = small()
    noon = scenario.instant(DAY, "09:40")
    through = VirtualSimulation(scenario, DAY)
    through.advance(noon)
    again = VirtualSimulation(scenario, DAY, noon)
    assert {space: again.people(space) for space in ("hall", "desk", "corner")} == {
        space: through.people(space) for space in ("hall", "desk", "corner")
    }


def offer(scenario: Scenario, group: str, space: str = "room-b") -> OfferMade:
    at = [scenario.instant(DAY, local) for local in ("09:15", "10:15", "09:20")]
    return OfferMade(id="o1", code="4711", space=space, group=group, start=at[0], end=at[1], expires=at[2])


def test_a_group_that_is_offered_a_room_claims_it_comes_and_leaves(small: Callable[..., Scenario]) -> None:
    scenario = small()
    simulation = VirtualSimulation(scenario, DAY)
    simulation.advance(scenario.instant(DAY, "09:15"))
    for _ in range(2):  # QoS 1 may deliver twice
        simulation.hear_offer(offer(scenario, "等候组", "room-a"))
    presses = of(simulation.advance(scenario.instant(DAY, "09:20")), "a-button/up/button")
    assert [(at, body["action"], body["code"]) for at, body in presses] == [
        (scenario.instant(DAY, "09:17"), "claim", "4711")
    ]
    simulation.advance(scenario.instant(DAY, "10:12"))
    assert simulation.people("room-a") >= 2
    simulation.advance(scenario.instant(DAY, "10:16"))
    assert simulation.people("room-a") == 0


def test_the_promised_room_is_really_used_and_only_when_claimed(small: Callable[..., Scenario]) -> None:
    scenario = small(activities=[])
    for group, people in (("等候组", 4), ("不理组", 0), ("无名组", 0)):
        simulation = VirtualSimulation(scenario, DAY)
        simulation.advance(scenario.instant(DAY, "09:15"))
        simulation.hear_offer(offer(scenario, group))
        simulation.advance(scenario.instant(DAY, "09:30"))
        assert simulation.people("room-b") == people, group


def test_an_offer_heard_too_late_is_not_claimed(small: Callable[..., Scenario]) -> None:
    scenario = small(activities=[])
    simulation = VirtualSimulation(scenario, DAY)
    simulation.advance(scenario.instant(DAY, "09:19"))
    simulation.hear_offer(offer(scenario, "等候组", "room-a"))
    assert of(simulation.advance(scenario.instant(DAY, "09:40")), "a-button/up/button") == []
    assert simulation.people("room-a") == 0


def screen(scenario: Scenario, *, notice: str | None = None, title: str | None = None) -> Screen:
    start, end = scenario.instant(DAY, "09:00"), scenario.instant(DAY, "10:00")
    now = None if title is None else ScreenSlot(title=title, start=start, end=end)
    return Screen(site="s", space="room-a", name="甲室", as_of=start, occupancy="vacant", notice=notice, now=now)


def test_a_neighbour_presses_keep_once_when_the_screen_warns(small: Callable[..., Scenario], tables: Any) -> None:
    late = {**tables["activities"][0], "attendance": "late", "late_min": 25, "keeps": True, "checks_in": False}
    scenario = small(activities=[late])
    simulation = VirtualSimulation(scenario, DAY)
    simulation.advance(scenario.instant(DAY, "09:10"))
    simulation.see_screen(screen(scenario))
    for _ in range(2):
        simulation.see_screen(screen(scenario, notice="screens.warn"))
    messages = simulation.advance(scenario.instant(DAY, "09:20"))
    presses = of(messages, "a-button/up/button")
    assert [(body["action"], body["code"]) for _, body in presses] == [("keep", scenario.bookings(DAY)[0].code)]
    assert simulation.people("room-a") == 0
    simulation.advance(scenario.instant(DAY, "09:31"))
    assert simulation.people("room-a") > 0


def test_after_a_second_start_the_screen_tells_who_was_promised_the_room(small: Callable[..., Scenario]) -> None:
    scenario = small(activities=[])
    simulation = VirtualSimulation(scenario, DAY, scenario.instant(DAY, "09:30"))
    simulation.see_screen(screen(scenario, title="等候的活动"))
    simulation.advance(scenario.instant(DAY, "09:33"))
    assert simulation.people("room-a") == 4


def test_a_press_where_no_button_is_goes_to_the_one_of_the_same_rooms_or_is_counted(
    small: Callable[..., Scenario],
) -> None:
    scenario = small(activities=[])
    simulation = VirtualSimulation(scenario, DAY)
    simulation.advance(scenario.instant(DAY, "09:15"))
    simulation.hear_offer(offer(scenario, "等候组", "hall"))
    assert len(of(simulation.advance(scenario.instant(DAY, "09:20")), "a-button/up/button")) == 1
    other = VirtualSimulation(scenario, DAY)
    other.advance(scenario.instant(DAY, "09:15"))
    other.hear_offer(offer(scenario, "等候组", "desk"))
    other.advance(scenario.instant(DAY, "09:20"))
    assert (simulation.neighbourhood.unheard_presses, other.neighbourhood.unheard_presses) == (0, 1)


def with_fault(small: Callable[..., Scenario], **fault: Any) -> tuple[Scenario, list[RecordedMessage]]:
    scenario = small(faults=[{"device": "a-presence", "at": "09:20", **fault}])
    simulation = VirtualSimulation(scenario, DAY)
    return scenario, simulation.advance(scenario.instant(DAY, "09:55"))


def test_a_dying_device_leaves_its_will_and_comes_back_with_a_new_boot(small: Callable[..., Scenario]) -> None:
    scenario, messages = with_fault(small, what="dies", for_min=20)
    status = of(messages, "a-presence/status")
    assert [(at - scenario.instant(DAY, "09:00")) // MINUTE for at, _ in status] == [-5, 20, 40]
    assert [body["online"] for _, body in status] == [True, False, True]
    assert status[0][1]["boot"] != status[2][1]["boot"]
    dead = range(scenario.instant(DAY, "09:21"), scenario.instant(DAY, "09:40"))
    assert not [at for at, _ in of(messages, "a-presence/up/presence") if at in dead]


def test_a_device_without_network_sends_what_it_saw_later(small: Callable[..., Scenario]) -> None:
    _, messages = with_fault(small, what="link_down", for_min=20)
    readings = [body for _, body in of(messages, "a-presence/up/presence")]
    assert len({body["boot"] for body in readings}) == 1
    late = [at - body["ts"] for at, body in of(messages, "a-presence/up/presence") if at != body["ts"]]
    assert max(late) > 18 * MINUTE
    everything = of(messages, "a-presence/up/presence") + of(messages, "a-presence/up/health")
    seqs = sorted(body["seq"] for _, body in everything)
    assert seqs == list(range(len(seqs)))


def test_a_start_after_a_fault_is_over_knows_nothing_of_it(small: Callable[..., Scenario]) -> None:
    fault = {"device": "a-presence", "at": "08:00", "what": "stuck_true", "for_min": 20}
    scenario = small(faults=[fault], activities=[])
    messages = VirtualSimulation(scenario, DAY).advance(scenario.instant(DAY, "09:30"))
    assert not any(body["present"] for _, body in of(messages, "a-presence/up/presence"))


def test_a_start_amid_a_fault_finds_the_device_dead(small: Callable[..., Scenario]) -> None:
    scenario = small(faults=[{"device": "a-presence", "at": "08:00", "what": "dies", "for_min": 90}])
    simulation = VirtualSimulation(scenario, DAY)
    assert of(simulation.advance(scenario.instant(DAY, "09:29")), "a-presence") == []
    later = simulation.advance(scenario.instant(DAY, "09:31"))
    assert [body["online"] for _, body in of(later, "a-presence/status")] == [True]


def test_a_stuck_sensor_repeats_itself_whoever_is_there(small: Callable[..., Scenario]) -> None:
    scenario, messages = with_fault(small, what="stuck_false")
    after = [
        body["present"] for at, body in of(messages, "a-presence/up/presence") if at > scenario.instant(DAY, "09:20")
    ]
    assert len(after) > 30
    assert not any(after)


def test_a_silent_sensor_says_nothing_on_a_living_connection(small: Callable[..., Scenario]) -> None:
    scenario, messages = with_fault(small, what="silent")
    assert not [at for at, _ in of(messages, "a-presence/up/presence") if at > scenario.instant(DAY, "09:20")]
    assert len(of(messages, "a-presence/status")) == 1


def test_a_rebooting_device_drops_its_connection_and_is_born_again(small: Callable[..., Scenario]) -> None:
    scenario = small()
    simulation = VirtualSimulation(scenario, DAY)
    simulation.advance(simulation.now + MINUTE)
    command = Command(id="c1", do="reboot", expires=simulation.now + MINUTE).model_dump_json().encode()
    (ack,) = simulation.command(str(CmdTopic("s", "a-door")), command)
    assert json.loads(ack.payload)["ok"]
    status = of(simulation.advance(simulation.now + 30 * SECOND), "a-door/status")
    assert [body["online"] for _, body in status] == [False, True]


def test_a_battery_drains(small: Callable[..., Scenario]) -> None:
    scenario = small()
    messages = VirtualSimulation(scenario, DAY).advance(scenario.instant(DAY, "20:00"))
    levels = [body["battery_pct"] for _, body in of(messages, "a-motion/up/health")]
    assert len(levels) >= 10
    assert levels == sorted(levels, reverse=True)
    assert 0 < levels[0] - levels[-1] < 2


def test_a_leaking_battery_shows_in_its_trend_and_an_empty_one_ends_the_device(small: Callable[..., Scenario]) -> None:
    fault = {"device": "a-motion", "at": "09:00", "what": "battery_leak", "value": 12, "for_min": 600}
    scenario = small(faults=[fault])
    messages = VirtualSimulation(scenario, DAY).advance(scenario.instant(DAY, "19:30"))
    levels = [body["battery_pct"] for _, body in of(messages, "a-motion/up/health")]
    falls = [before - after for before, after in pairwise(levels) if before > after]
    assert all(11 < fall < 13 for fall in falls[1:-1])
    status = [body["online"] for _, body in of(messages, "a-motion/status")]
    assert status == [True, False, True], "empty, until it got a new battery"
    assert levels[-1] == 100


def test_a_clock_in_a_wrong_time_zone_is_wrong_by_hours_until_it_is_corrected(small: Callable[..., Scenario]) -> None:
    scenario, messages = with_fault(small, what="clock_offset_s", value=-8 * 3600, for_min=20)
    wrong = {at for at, body in of(messages, "a-presence/up/presence") if body["ts"] == at - 8 * HOUR}
    right = {at for at, body in of(messages, "a-presence/up/presence") if body["ts"] == at}
    assert min(wrong) >= scenario.instant(DAY, "09:20")
    assert max(wrong) < scenario.instant(DAY, "09:40") <= max(right)


def test_a_device_that_lost_its_clock_boots_in_1970(small: Callable[..., Scenario]) -> None:
    scenario, messages = with_fault(small, what="clock_reset", for_min=20)
    woke = scenario.instant(DAY, "09:20") + 10 * SECOND
    assert [body["online"] for _, body in of(messages, "a-presence/status")] == [True, False, True]
    lost = [
        (at, body["ts"])
        for at, body in of(messages, "a-presence/up/presence")
        if woke <= at < scenario.instant(DAY, "09:40")
    ]
    assert len(lost) > 15
    assert all(at - woke - ts in (0, 5 * SECOND) for at, ts in lost), (
        "seconds since it woke; the first wait for the link"
    )
    assert of(messages, "a-presence/up/presence")[-1][1]["ts"] > scenario.instant(DAY, "09:40")


def test_a_lossy_link_leaves_holes_that_a_resend_fills(small: Callable[..., Scenario]) -> None:
    scenario = small(faults=[{"device": "a-presence", "at": "09:00", "what": "loses", "value": 0.4, "for_min": 40}])
    simulation = VirtualSimulation(scenario, DAY)
    messages = simulation.advance(scenario.instant(DAY, "09:45"))
    boot = of(messages, "a-presence/status")[0][1]["boot"]
    seen = {body["seq"] for _, body in of(messages, "a-presence") if "seq" in body}
    holes = sorted(set(range(max(seen))) - seen)
    assert 5 < len(holes) == simulation.neighbourhood.devices["a-presence"].firmware.vanished
    args = {"boot": boot, "ranges": [[seq, seq] for seq in holes[:32]]}
    order = Command(id="c1", do="resend", args=args, expires=simulation.now + MINUTE).model_dump_json().encode()
    (ack,) = simulation.command(str(CmdTopic("s", "a-presence")), order)
    assert json.loads(ack.payload) == {"id": "c1", "ok": True, "error": None, "missing": []}
    again = simulation.advance(simulation.now + 30 * SECOND)
    assert set(holes[:32]) <= {body["seq"] for _, body in of(again, "a-presence") if "seq" in body}


def test_a_stranger_is_simulated_where_it_stands_and_tells_its_code(small: Callable[..., Scenario]) -> None:
    stranger = {"id": "new-radar", "space": "room-a", "kind": "presence", "claim": "K7M2P9QX"}
    scenario = small(strangers=[stranger])
    messages = VirtualSimulation(scenario, DAY).advance(scenario.instant(DAY, "09:30"))
    assert [body["claim"] for _, body in of(messages, "new-radar/status")] == ["K7M2P9QX"]
    assert any(body["present"] for _, body in of(messages, "new-radar/up/presence"))
    others = VirtualSimulation(small(), DAY).advance(scenario.instant(DAY, "09:30"))
    assert [m for m in messages if "/new-radar/" not in m.topic] == others, "nobody else is changed by it"


def test_a_noisy_neighbour_leaves_the_others_as_they_were(small: Callable[..., Scenario]) -> None:
    fault = {"device": "a-door", "at": "09:00", "what": "floods", "value": 20, "for_min": 1}
    scenario = small(faults=[fault])
    messages = VirtualSimulation(scenario, DAY).advance(scenario.instant(DAY, "09:10"))
    quiet = VirtualSimulation(small(), DAY).advance(scenario.instant(DAY, "09:10"))
    assert 1000 < len(of(messages, "a-door")) - len(of(quiet, "a-door")) <= 1300
    assert [m for m in messages if "/a-door/" not in m.topic] == [m for m in quiet if "/a-door/" not in m.topic]


def test_an_impostor_says_in_anothers_name_what_it_says_in_its_own(small: Callable[..., Scenario]) -> None:
    scenario = small(faults=[{"device": "desk-presence", "at": "09:05", "what": "impostor", "victim": "a-presence"}])
    messages = VirtualSimulation(scenario, DAY).advance(scenario.instant(DAY, "09:30"))
    boots = {name: of(messages, f"{name}/status")[0][1]["boot"] for name in ("desk-presence", "a-presence")}
    forged = [body for _, body in of(messages, "a-presence/up/presence") if body["boot"] != boots["a-presence"]]
    assert len(forged) > 20
    assert {body["boot"] for body in forged} == {boots["desk-presence"]}
