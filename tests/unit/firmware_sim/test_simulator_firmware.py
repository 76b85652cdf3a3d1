import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_sim.firmware import REBOOT_MS, UNDER_WAY, Firmware, Outgoing
from firmware_sim.ring import RESENT_AT_ONCE, RESENT_PER_S
from firmware_sim.sensors.sample import Sample
from services.contracts.commands import Ack, Command
from services.contracts.names import MINUTE, SECOND
from services.contracts.readings import decode_reading

T0 = 1_780_000_000_000


def firmware(ring_size: int = 2000, **options: Any) -> Firmware:
    made = Firmware("s", "d", seed=(1,), heartbeat_s=60, ring_size=ring_size, **options)
    made.start(T0)
    return made


def presence(present: bool) -> Sample:
    return Sample("presence", {"present": present})


def bodies(messages: list[Outgoing]) -> list[dict[str, Any]]:
    return [json.loads(message.payload) for message in messages]


def deliver(device: Firmware, now: int) -> list[dict[str, Any]]:
    """Let the broker acknowledge everything until nothing waits."""
    got: list[Outgoing] = []
    while messages := device.step(now):
        for message in messages:
            if message.ref is not None:
                device.delivered(message.ref)
        got += messages
    return bodies(got)


def command(
    device: Firmware, do: str, now: int = T0, *, id_: str = "c1", expires: int | None = None, **args: Any
) -> Ack:
    payload = {"id": id_, "do": do, "args": args, "expires": now + MINUTE if expires is None else expires}
    (message,) = device.on_command(json.dumps(payload).encode(), now)
    assert message.topic == "fs/v1/s/dev/d/ack"
    return Ack.model_validate_json(message.payload)


def test_birth_and_will_are_retained_on_status() -> None:
    device = firmware()
    (birth,) = device.link_up()
    assert (birth.topic, birth.retain) == ("fs/v1/s/dev/d/status", True)
    assert json.loads(birth.payload) == {
        "online": True,
        "boot": device.boot,
        "fw": "1.4.2",
        "config": {"heartbeat_s": 60},
        "config_v": 0,
    }
    assert device.will() == Outgoing("fs/v1/s/dev/d/status", b'{"online":false}', retain=True)


def test_seq_counts_from_zero_over_all_kinds() -> None:
    device = firmware()
    device.link_up()
    for number in range(3):
        device.sense(presence(number % 2 == 0), T0 + number)
        device.sense(Sample("health", {"battery_pct": 80}), T0 + number)
    assert [body["seq"] for body in deliver(device, T0 + 10)] == list(range(6))


def test_heartbeat_repeats_the_last_state_and_no_press() -> None:
    device = firmware()
    device.link_up()
    device.sense(presence(False), T0)
    device.sense(presence(True), T0)
    device.sense(Sample("button", {"action": "keep", "code": None}, repeats=False), T0)
    deliver(device, T0)
    later = [body for second in range(0, 300, 5) for body in deliver(device, T0 + second * SECOND)]
    assert [body["present"] for body in later] == [True] * 5, "once in 60 s"


def test_nothing_is_sent_while_the_link_is_down_and_everything_in_order_after() -> None:
    device = firmware()
    for number in range(200):
        device.sense(presence(number % 2 == 0), T0 + number)
    assert device.step(T0 + 200) == []
    device.link_up()
    assert [body["seq"] for body in deliver(device, T0 + 200)] == list(range(200))


def test_what_was_not_acknowledged_is_sent_again_after_the_link_broke() -> None:
    device = firmware()
    device.link_up()
    for number in range(UNDER_WAY + 10):
        device.sense(presence(True), T0 + number)
    first = device.step(T0 + 100)
    assert len(first) == UNDER_WAY, "the rest waits for acknowledgements"
    assert first[0].ref is not None
    device.delivered(first[0].ref)
    device.link_down()
    device.link_up()
    assert [body["seq"] for body in deliver(device, T0 + 100)] == list(range(1, UNDER_WAY + 10))


@given(size=st.integers(1, 30), count=st.integers(0, 80))
def test_an_overwritten_reading_is_lost_and_counted(size: int, count: int) -> None:
    device = firmware(ring_size=size)
    for number in range(count):
        device.sense(presence(True), T0 + number)
    device.link_up()
    assert [body["seq"] for body in deliver(device, T0 + 100)] == list(range(max(0, count - size), count))
    assert device.lost == max(0, count - size)


@given(st.lists(st.sampled_from(["sense", "step", "ack", "cut", "resend"]), max_size=120), st.integers(1, 20))
def test_whatever_the_link_does_every_reading_arrives_or_is_counted_as_lost(does: list[str], size: int) -> None:
    device = firmware(ring_size=size)
    device.link_up()
    sensed, arrived, under_way = 0, set[int](), list[Outgoing]()
    for number, what in enumerate(does):
        if what == "sense":
            device.sense(presence(True), T0 + number)
            sensed += 1
        elif what == "step":
            under_way += device.step(T0 + number)
        elif what == "ack" and under_way:
            message = under_way.pop(0)
            arrived.add(json.loads(message.payload)["seq"])
            device.delivered(message.ref or 0)
        elif what == "cut":
            device.link_down()
            device.link_up()
            under_way.clear()
        elif what == "resend":
            command(device, "resend", id_=f"c{number}", boot=device.boot, ranges=[[0, sensed]])
    device.link_down()
    device.link_up()
    for second in range(30):
        arrived |= {body["seq"] for body in deliver(device, T0 + second * SECOND)}
    assert sensed - len(arrived) <= device.lost
    assert arrived <= set(range(sensed))


def test_resend_gives_what_is_still_in_the_buffer_and_says_what_is_not() -> None:
    device = firmware(ring_size=10)
    device.link_up()
    for number in range(15):
        device.sense(presence(True), T0 + number)
        deliver(device, T0 + number)
    assert device.lost == 0
    part = command(device, "resend", boot=device.boot, ranges=[[3, 6], [9, 9], [14, 20]])
    assert (part.ok, part.error, part.missing) == (True, None, ((3, 4), (15, 20)))
    again = deliver(device, T0 + 20)
    assert [(body["seq"], body["ts"]) for body in again] == [(seq, T0 + seq) for seq in (5, 6, 9, 14)]
    assert command(device, "resend", id_="c2", boot=device.boot, ranges=[[5, 5]]).missing == ()
    gone = command(device, "resend", id_="c3", boot=device.boot, ranges=[[0, 2]])
    assert (gone.ok, gone.missing) == (True, ((0, 2),))
    other = command(device, "resend", id_="c4", boot="another", ranges=[[0, 2]])
    assert (other.ok, other.missing) == (True, ((0, 2),))


@pytest.mark.parametrize(
    ("args", "fault"),
    [
        ({"boot": "b", "ranges": "all"}, "ranges"),
        ({"boot": "b", "ranges": []}, "ranges"),
        ({"boot": "b", "ranges": [[2, 1]]}, r"expected \[first, last\], got \[2, 1\]"),
        ({"boot": "b", "ranges": [[True, 1]]}, "ranges"),
        ({"boot": "b", "ranges": [[0, 1]] * 33}, "at most 32 items"),
        ({"ranges": [[0, 1]]}, "boot"),
    ],
)
def test_a_resend_that_cannot_be_meant_is_refused(args: dict[str, Any], fault: str) -> None:
    answer = command(firmware(), "resend", **args)
    assert not answer.ok
    assert answer.missing is None
    assert re.search(fault, str(answer.error))


def test_a_resend_reaches_back_before_a_reboot() -> None:
    device = firmware()
    device.link_up()
    old = device.boot
    for number in range(3):
        device.sense(presence(True), T0 + number)
    deliver(device, T0 + 3)
    device.start(T0 + MINUTE)
    device.sense(presence(False), T0 + MINUTE)
    assert command(device, "resend", T0 + MINUTE, boot=old, ranges=[[1, 2]]).missing == ()
    got = [(body["boot"], body["seq"], body["ts"]) for body in deliver(device, T0 + MINUTE)]
    assert got == [(device.boot, 0, T0 + MINUTE), (old, 1, T0 + 1), (old, 2, T0 + 2)], "the present goes first"


def test_what_is_sent_again_does_not_hold_up_the_present() -> None:
    device = firmware()
    device.link_up()
    for number in range(300):
        device.sense(Sample("presence", {"present": True}, repeats=False), T0 + number)
    deliver(device, T0 + 300)
    assert command(device, "resend", boot=device.boot, ranges=[[0, 299]]).missing == ()
    counts = []
    for second in range(1, 62):
        now = T0 + second * SECOND
        device.sense(Sample("presence", {"present": False}, repeats=False), now)
        seqs = [body["seq"] for body in deliver(device, now)]
        assert seqs[0] == 299 + second
        counts.append(len(seqs) - 1)
    assert counts[0] == RESENT_AT_ONCE
    assert set(counts[1:55]) == {RESENT_PER_S}
    assert sum(counts) == 300


def test_readings_that_vanish_on_the_way_can_be_asked_for() -> None:
    device = firmware()
    device.link_up()
    device.loses = 0.3
    for number in range(200):
        device.sense(presence(True), T0 + number)
    arrived = {body["seq"] for body in deliver(device, T0 + 200)}
    assert 0.2 < device.vanished / 200 < 0.4
    assert len(arrived) == 200 - device.vanished
    device.loses = 0.0
    lost = [[seq, seq] for seq in range(200) if seq not in arrived]
    for at in range(0, len(lost), 32):
        assert command(device, "resend", id_=f"c{at}", boot=device.boot, ranges=lost[at : at + 32]).missing == ()
    for second in range(20):
        arrived |= {body["seq"] for body in deliver(device, T0 + second * SECOND)}
    assert arrived == set(range(200))


def test_an_expired_command_is_refused_by_the_device_clock() -> None:
    done: list[Command] = []
    device = firmware(actuate=lambda it: done.append(it) and None)
    refused = command(device, "unlock", T0, expires=T0 - 1)
    assert (refused.ok, refused.error, done) == (False, "expired", [])
    device.clock.drift(1_000_000, T0)  # a minute fast in a minute
    assert command(device, "unlock", T0 + MINUTE, id_="c2", expires=T0 + MINUTE + SECOND).error == "expired"


def test_a_command_delivered_twice_is_executed_once_and_answered_twice() -> None:
    done: list[str] = []

    def actuate(given: Command) -> None:
        done.append(given.do)

    device = firmware(actuate=actuate)
    assert [command(device, "unlock").ok for _ in range(3)] == [True] * 3
    assert done == ["unlock"]


def test_unknown_commands_and_garbage() -> None:
    device = firmware()
    answer = command(device, "fly")
    assert not answer.ok
    assert "do" in str(answer.error)
    assert "unlock" in str(command(device, "unlock", id_="c2").error)
    assert device.on_command(b"\xff{", T0) == []
    assert device.on_command(b'{"do":"identify"}', T0) == []


def test_reboot_gives_a_new_boot_and_seq_from_zero() -> None:
    device = firmware()
    old = device.boot
    device.sense(presence(True), T0)
    assert command(device, "reboot").ok
    assert device.reboot_at == T0 + REBOOT_MS
    device.start(T0 + REBOOT_MS)
    device.sense(presence(True), T0 + REBOOT_MS)
    device.link_up()
    got = [(body["boot"], body["seq"]) for body in deliver(device, T0 + REBOOT_MS)]
    assert got == [(old, 0), (device.boot, 0)], "what waited in flash is still sent, under its own boot"
    assert device.boot != old


def test_configure_changes_the_heartbeat() -> None:
    device = firmware()
    device.link_up()
    device.sense(presence(True), T0)
    deliver(device, T0)
    assert command(device, "configure", heartbeat_s=5).ok
    beats = [body for second in range(5, 305, 5) for body in deliver(device, T0 + second * SECOND)]
    assert len(beats) >= 48
    assert "1 to 86400" in str(command(device, "configure", id_="c2", heartbeat_s=0).error)
    assert not command(device, "configure", id_="c3", colour="red").ok


def test_a_device_that_was_never_set_obeys_nothing_as_it_cannot_tell_what_has_expired() -> None:
    done: list[Command] = []
    device = firmware(actuate=lambda it: done.append(it) and None)
    device.clock.forget(T0)
    assert "clock is not set" in str(command(device, "unlock", T0 + MINUTE).error)
    device.clock.set_right()
    assert command(device, "unlock", T0 + MINUTE, id_="c2").ok
    assert [it.id for it in done] == ["c2"]


def configure(device: Firmware, id_: str, now: int = T0, **args: Any) -> Ack:
    return command(device, "configure", now, id_=id_, **args)


def birth(device: Firmware) -> tuple[Any, Any]:
    (message,) = device.link_up()
    body = json.loads(message.payload)
    return body["config"], body["config_v"]


def test_a_configuration_is_applied_reported_and_kept_over_a_reboot() -> None:
    device = firmware()
    device.link_up()
    assert configure(device, "c1", version=3, config={"heartbeat_s": 20}).ok
    (health,) = deliver(device, T0)
    assert (health["config"], health["config_v"]) == ({"heartbeat_s": 20}, 3)
    device.start(T0 + MINUTE)
    assert birth(device) == ({"heartbeat_s": 20}, 3)
    device.sense(presence(True), T0 + MINUTE)
    beats = [body for second in range(0, 200, 5) for body in deliver(device, T0 + MINUTE + second * SECOND)]
    assert len(beats) == 11, "one at once and ten heartbeats"


def test_the_older_form_of_configure_moves_no_version() -> None:
    device = firmware()
    assert configure(device, "c1", version=3, config={"heartbeat_s": 20}).ok
    assert configure(device, "c2", heartbeat_s=30).ok
    assert birth(device) == ({"heartbeat_s": 30}, 3)


def test_the_held_version_may_come_again_and_restores_what_it_says() -> None:
    device = firmware()
    for number, args in enumerate(
        [
            {"version": 3, "config": {"heartbeat_s": 20}},
            {"heartbeat_s": 30},
            {"version": 3, "config": {"heartbeat_s": 20}},
        ]
    ):
        assert configure(device, f"c{number}", **args).ok
    assert birth(device) == ({"heartbeat_s": 20}, 3)


@pytest.mark.parametrize(
    ("args", "fault"),
    [
        ({"version": 2, "config": {"heartbeat_s": 20}}, "args.version: 2 is older than the held 3"),
        ({"version": 4, "config": {"heartbeat_s": 20, "colour": 1}}, "args.config: this device does not know colour"),
        ({"version": 4, "config": {"heartbeat_s": 0}}, "args.config.heartbeat_s: expected 1 to 86400"),
        ({"version": 4, "config": {"heartbeat_s": True}}, "args.config.heartbeat_s: expected 1 to 86400"),
        ({"version": 4}, "config: Field required"),
        ({"version": True, "config": {}}, "version"),
        ({"version": 4, "config": {}, "heartbeat_s": 20}, "heartbeat_s: Extra inputs"),
        ({"heartbeat_s": "20"}, "args.heartbeat_s: expected 1 to 86400"),
    ],
)
def test_a_refused_configuration_changes_nothing(args: dict[str, Any], fault: str) -> None:
    device = firmware()
    device.link_up()
    assert configure(device, "c1", version=3, config={"heartbeat_s": 45}).ok
    deliver(device, T0)
    answer = configure(device, "c2", **args)
    assert not answer.ok
    assert fault in str(answer.error)
    assert deliver(device, T0) == []
    assert birth(device) == ({"heartbeat_s": 45}, 3)


def test_a_device_with_a_label_tells_its_code_at_birth() -> None:
    device = firmware(claim="K7M2P9QX")
    (message,) = device.link_up()
    assert json.loads(message.payload)["claim"] == "K7M2P9QX"


def test_a_noisy_device_chatters_at_its_rate_in_valid_readings_without_numbers() -> None:
    device = firmware()
    device.link_up()
    device.noise_per_s = 2.5
    heard = [message for second in range(5, 65, 5) for message in device.step(T0 + second * SECOND)]
    assert len(heard) == 150
    assert {message.topic for message in heard} == {"fs/v1/s/dev/d/up/health"}
    for message in heard:
        assert decode_reading("health", message.payload).seq is None
    assert len({message.payload for message in heard}) == 150, "none is a repeated one"
    device.noise_per_s = 0.0
    assert device.step(T0 + 65 * SECOND) == []


def test_a_drifting_clock_shows_in_ts() -> None:
    device = firmware()
    device.clock.drift(500, T0)
    device.link_up()
    device.sense(presence(True), T0 + 3600 * SECOND)
    assert deliver(device, T0 + 3600 * SECOND)[0]["ts"] == T0 + 3600 * SECOND + 1800


def test_a_stuttering_device_sends_twice() -> None:
    device = firmware()
    device.repeats = 1.0
    device.link_up()
    device.sense(presence(True), T0)
    assert [body["seq"] for body in deliver(device, T0)] == [0, 0]
