"""The outbox keeps its promises over every database."""

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
import sqlalchemy as sa
from prometheus_client import CollectorRegistry

from services.commands.machine import CommandRecord, CommandState
from services.commands.outbox import CommandOutbox
from services.commands.queries import RecentCommands
from services.contracts.commands import Ack
from services.contracts.errors import InvalidError
from services.contracts.names import SECOND
from services.kit.clock import ManualClock


class FastClock(ManualClock):
    """A clock moved by hand that claims to run 30 times as fast as the machine."""

    def real_seconds(self, seconds: float) -> float:
        return seconds / 30


@dataclass
class Wire:
    """What was published."""

    messages: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    broken: bool = False

    def publish(self, topic: str, payload: bytes) -> None:
        if self.broken:
            raise ValueError("payload too large")
        self.messages.append((topic, json.loads(payload)))

    @property
    def ids(self) -> list[str]:
        return [message["id"] for _, message in self.messages]


@pytest.fixture
def wire() -> Wire:
    return Wire()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(1_000_000)


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


@pytest.fixture
def outbox(engine: sa.Engine, wire: Wire, clock: ManualClock, registry: CollectorRegistry) -> CommandOutbox:
    return CommandOutbox(engine, wire.publish, clock, registry)


Recent = Callable[[str, int], list[CommandRecord]]


@pytest.fixture
def recent(engine: sa.Engine) -> Recent:
    """Return what reads the last so many commands of a device, newest first."""
    return lambda device, each: RecentCommands(engine).of([("s", device)], each)["s", device]


def pump(outbox: CommandOutbox, clock: ManualClock, *waits_s: float) -> None:
    for seconds in waits_s or (0,):
        clock.advance(seconds)
        outbox.pump(clock.now())


def state(recent: Recent, device: str = "door-1") -> CommandState:
    return recent(device, 1)[0].state


def count(registry: CollectorRegistry, name: str, **labels: str) -> float:
    return registry.get_sample_value(name, labels) or 0.0


def test_a_command_goes_out_as_the_contract_says(
    outbox: CommandOutbox, wire: Wire, clock: ManualClock, recent: Recent
) -> None:
    id = outbox.queue("s", "door-1", "unlock", {"door": 1}, ttl_s=60, decision="d1")
    assert wire.messages == []
    pump(outbox, clock)
    expires = clock.now() + 60 * SECOND
    message = {"id": id, "do": "unlock", "args": {"door": 1}, "expires": expires}
    assert wire.messages == [("fs/v1/s/dev/door-1/cmd", message)]
    record = recent("door-1", 10)[0]
    assert (record.id, record.decision, record.sent_at, record.attempts) == (id, "d1", clock.now(), 1)


def test_it_is_sent_again_until_it_is_answered(
    outbox: CommandOutbox, wire: Wire, clock: ManualClock, recent: Recent
) -> None:
    id = outbox.queue("s", "door-1", "unlock", {}, ttl_s=600)
    pump(outbox, clock, 0, 4, 1, 9, 1)
    assert wire.ids == [id] * 3
    outbox.on_ack("s", "door-1", Ack(id=id, ok=True))
    pump(outbox, clock, 60, 600)
    assert wire.ids == [id] * 3
    assert state(recent) is CommandState.ACKED


def test_it_expires_and_is_never_sent_afterwards(
    outbox: CommandOutbox, wire: Wire, clock: ManualClock, recent: Recent
) -> None:
    outbox.queue("s", "door-1", "unlock", {}, ttl_s=8)
    late = outbox.queue("s", "door-2", "unlock", {}, ttl_s=8)
    clock.advance(8)
    pump(outbox, clock, 0, 100)
    assert late not in wire.ids
    assert wire.messages == []
    assert state(recent) is CommandState.EXPIRED


def test_a_restart_forgets_nothing(
    outbox: CommandOutbox, engine: sa.Engine, wire: Wire, clock: ManualClock, recent: Recent
) -> None:
    sent = outbox.queue("s", "door-1", "unlock", {}, ttl_s=600)
    pump(outbox, clock)
    queued = outbox.queue("s", "door-2", "unlock", {}, ttl_s=600)
    again = Wire()
    restarted = CommandOutbox(engine, again.publish, clock)
    pump(restarted, clock, 5)
    assert again.ids == [sent, queued]
    restarted.on_ack("s", "door-1", Ack(id=sent, ok=True))
    assert state(recent) is CommandState.ACKED


def test_nothing_stays_sent_for_ever_across_a_restart(
    outbox: CommandOutbox, engine: sa.Engine, clock: ManualClock
) -> None:
    id = outbox.queue("s", "door-1", "unlock", {}, ttl_s=60)
    pump(outbox, clock)
    again = Wire()
    restarted = CommandOutbox(engine, again.publish, clock)
    pump(restarted, clock, 3600)
    assert again.messages == []
    record = restarted.find([id])[id]
    assert (record.state, record.error) == (CommandState.EXPIRED, "expired: no answer to 1 attempt(s)")


def test_what_a_device_no_longer_holds_is_kept_with_its_answer(outbox: CommandOutbox, clock: ManualClock) -> None:
    with_gaps = outbox.queue("s", "door-1", "resend", {"boot": "b", "ranges": [[0, 9]]})
    whole = outbox.queue("s", "door-1", "resend", {"boot": "c", "ranges": [[0, 9]]})
    pump(outbox, clock)
    outbox.on_ack("s", "door-1", Ack(id=with_gaps, ok=True, missing=((1, 2), (7, 7))))
    outbox.on_ack("s", "door-1", Ack(id=whole, ok=True))
    found = outbox.find([with_gaps, whole, "nobody"])
    assert {id: record.result for id, record in found.items()} == {
        with_gaps: {"missing": [[1, 2], [7, 7]]},
        whole: None,
    }


def test_many_commands_are_found_at_once(outbox: CommandOutbox) -> None:
    id = outbox.queue("s", "door-1", "identify", {})
    assert list(outbox.find([*(f"no-{n}" for n in range(2000)), id])) == [id]


def test_finished_commands_are_removed_after_a_month(outbox: CommandOutbox, clock: ManualClock) -> None:
    done = outbox.queue("s", "door-1", "identify", {})
    pump(outbox, clock)
    outbox.on_ack("s", "door-1", Ack(id=done, ok=True))
    clock.advance(30 * 86_400)
    young = outbox.queue("s", "door-1", "identify", {}, ttl_s=10**7)
    assert outbox.prune(clock.now()) == 0
    clock.advance(1)
    assert outbox.prune(clock.now()) == 1
    assert list(outbox.find([done, young])) == [young]


def test_answers_are_taken_once(
    outbox: CommandOutbox, clock: ManualClock, registry: CollectorRegistry, recent: Recent
) -> None:
    id = outbox.queue("s", "door-1", "unlock", {})
    pump(outbox, clock)
    outbox.on_ack("s", "door-1", Ack(id=id, ok=False, error="jammed"))
    outbox.on_ack("s", "door-1", Ack(id=id, ok=True))
    record = recent("door-1", 1)[0]
    assert (record.state, record.error) == (CommandState.FAILED, "jammed")
    assert count(registry, "foldspace_command_acks_ignored_total", reason="repeated") == 1


@pytest.mark.parametrize("made_up", ["", "nobody", "a\0b", "x" * 5000])
def test_answers_to_nothing_are_counted(outbox: CommandOutbox, registry: CollectorRegistry, made_up: str) -> None:
    outbox.on_ack("s", "door-1", Ack(id=made_up, ok=True))
    assert count(registry, "foldspace_command_acks_ignored_total", reason="unknown") == 1


def test_a_device_answers_only_for_itself(outbox: CommandOutbox, clock: ManualClock, recent: Recent) -> None:
    id = outbox.queue("s", "door-1", "unlock", {})
    pump(outbox, clock)
    outbox.on_ack("s", "door-2", Ack(id=id, ok=True))
    outbox.on_ack("other", "door-1", Ack(id=id, ok=True))
    assert state(recent) is CommandState.SENT


def test_what_a_decision_orders_is_queued_once(outbox: CommandOutbox, wire: Wire, clock: ManualClock) -> None:
    first = outbox.queue("s", "door-1", "unlock", {"door": 1}, decision="d1")
    assert outbox.queue("s", "door-1", "unlock", {"door": 1}, decision="d1") == first
    others = {
        outbox.queue("s", "door-1", "identify", {"door": 1}, decision="d1"),
        outbox.queue("s", "door-2", "unlock", {"door": 1}, decision="d1"),
        outbox.queue("s", "door-1", "unlock", {"door": 2}, decision="d1"),
        outbox.queue("s", "door-1", "identify", {}),
        outbox.queue("s", "door-1", "identify", {}),
    }
    assert len(others | {first}) == 6
    pump(outbox, clock)
    assert sorted(wire.ids) == sorted(others | {first})


def test_a_later_wish_replaces_an_unanswered_one(
    outbox: CommandOutbox, wire: Wire, clock: ManualClock, registry: CollectorRegistry, recent: Recent
) -> None:
    unlock = outbox.queue("s", "door-1", "unlock", {}, ttl_s=600)
    pump(outbox, clock)
    lock = outbox.queue("s", "door-1", "lock", {}, ttl_s=600)
    pump(outbox, clock, 0, 5)
    assert wire.ids == [unlock, lock, lock]
    assert [record.error for record in recent("door-1", 2)] == [None, f"superseded by {lock}"]
    assert count(registry, "foldspace_commands_total", do="unlock", step="superseded") == 1


def test_answers_get_real_time_on_a_fast_clock(engine: sa.Engine, wire: Wire) -> None:
    clock = FastClock()
    outbox = CommandOutbox(engine, wire.publish, clock)
    id = outbox.queue("s", "door-1", "unlock", {}, ttl_s=600)
    pump(outbox, clock, 0, 149)
    assert wire.ids == [id]
    pump(outbox, clock, 1)
    assert wire.ids == [id, id]


def test_one_command_that_cannot_go_does_not_hold_up_the_pump(
    outbox: CommandOutbox, wire: Wire, clock: ManualClock, registry: CollectorRegistry
) -> None:
    wire.broken = True
    outbox.queue("s", "door-1", "unlock", {}, ttl_s=600)
    pump(outbox, clock)
    assert count(registry, "foldspace_commands_total", do="unlock", step="unsent") == 1
    wire.broken = False
    pump(outbox, clock, 5)
    assert len(wire.ids) == 1


def test_two_pumps_send_once(outbox: CommandOutbox, engine: sa.Engine, wire: Wire, clock: ManualClock) -> None:
    other = CommandOutbox(engine, wire.publish, clock)
    id = outbox.queue("s", "door-1", "unlock", {})
    pump(outbox, clock)
    pump(other, clock)
    assert wire.ids == [id]


def test_pumps_at_the_same_moment_send_each_command_once(
    outbox: CommandOutbox, engine: sa.Engine, wire: Wire, clock: ManualClock
) -> None:
    ids = [outbox.queue("s", f"door-{n}", "unlock", {}) for n in range(20)]
    together = threading.Barrier(4)

    def one_process() -> None:
        own = CommandOutbox(engine, wire.publish, clock)
        together.wait()
        own.pump(clock.now())

    threads = [threading.Thread(target=one_process) for _ in range(together.parties)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(wire.ids) == sorted(ids)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"device": "door/#"}, "must be names"),
        ({"site": "S"}, "must be names"),
        ({"do": "explode"}, "do: "),
        ({"args": {"x": object()}}, "JSON"),
        ({"args": {"x": float("nan")}}, "JSON"),
        ({"ttl_s": 0}, "ttl_s"),
    ],
)
def test_a_command_that_cannot_be_sent_is_refused(
    outbox: CommandOutbox, change: dict[str, Any], sentence: str, recent: Recent
) -> None:
    given: dict[str, Any] = {"site": "s", "device": "door-1", "do": "unlock", "args": {}, "ttl_s": 60, **change}
    with pytest.raises(InvalidError, match=sentence):
        outbox.queue(**given)
    assert recent("door-1", 1) == []


def test_recent_is_newest_first_and_of_one_device(outbox: CommandOutbox, recent: Recent) -> None:
    ids = [outbox.queue("s", "door-1", "identify", {"n": n}) for n in range(3)]
    outbox.queue("s", "door-2", "identify", {})
    assert [record.id for record in recent("door-1", 2)] == [ids[2], ids[1]]
    assert recent("door-1", 2)[0].args == {"n": 2}
