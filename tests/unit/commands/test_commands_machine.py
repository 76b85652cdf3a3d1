"""Where a command may go, and where never."""

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.commands.machine import (
    ACK_TIMEOUT,
    LONGEST_BACKOFF,
    LONGEST_REASON,
    CommandRecord,
    CommandState,
    Expire,
    Send,
    acknowledge,
    due,
    supersede,
    wait_for_ack,
)
from services.contracts.commands import Ack
from services.contracts.names import MINUTE, SECOND

NEW = CommandRecord("c1", "s", "door-1", "unlock", created_at=0, expires=10 * MINUTE)
YES, NO = Ack(id="c1", ok=True), Ack(id="c1", ok=False, error="jammed")


def send(command: CommandRecord, now: int) -> CommandRecord:
    step = due(command, now)
    assert isinstance(step, Send)
    return step.command


def test_a_new_command_is_sent_at_once_and_then_waited_for() -> None:
    sent = send(NEW, 7)
    assert (sent.state, sent.attempts, sent.sent_at) == (CommandState.SENT, 1, 7)
    assert due(sent, 7 + ACK_TIMEOUT - 1) is None
    assert send(sent, 7 + ACK_TIMEOUT).attempts == 2


def test_retries_come_ever_more_slowly() -> None:
    assert [wait_for_ack(n) // SECOND for n in range(1, 8)] == [5, 10, 20, 40, 60, 60, 60]
    assert wait_for_ack(1_000_000) == LONGEST_BACKOFF
    assert wait_for_ack(1, 150 * SECOND) == 150 * SECOND
    assert wait_for_ack(5, 150 * SECOND) == 150 * SECOND


def test_a_command_expires_with_its_reason() -> None:
    unsent = due(NEW, NEW.expires)
    assert isinstance(unsent, Expire)
    assert unsent.command.error == "expired: never sent"
    unanswered = due(send(send(NEW, 0), ACK_TIMEOUT), NEW.expires)
    assert isinstance(unanswered, Expire)
    assert (unanswered.command.state, unanswered.command.finished_at) == (CommandState.EXPIRED, NEW.expires)
    assert unanswered.command.error == "expired: no answer to 2 attempt(s)"


def test_a_clock_set_back_does_not_leave_a_command_sent_for_ever() -> None:
    sent = replace(NEW, state=CommandState.SENT, attempts=1, sent_at=5 * MINUTE)
    assert send(sent, 1 * MINUTE).attempts == 2


def test_the_first_answer_counts() -> None:
    acked = acknowledge(send(NEW, 0), YES, 3)
    assert (acked.state, acked.finished_at, acked.error) == (CommandState.ACKED, 3, None)
    assert acknowledge(acked, NO, 4) is acked
    failed = acknowledge(send(NEW, 0), NO, 3)
    assert (failed.state, failed.error) == (CommandState.FAILED, "jammed")
    assert acknowledge(failed, YES, 4) is failed


def test_a_late_answer_is_the_truth_about_what_the_device_did() -> None:
    expired = due(send(NEW, 0), NEW.expires)
    assert isinstance(expired, Expire)
    late = acknowledge(expired.command, YES, NEW.expires + 1)
    assert (late.state, late.error) == (CommandState.ACKED, None)


@pytest.mark.parametrize(
    ("said", "kept"),
    [(None, "the device gave no reason"), ("", "the device gave no reason"), ("a\0b", "a�b"), ("x" * 9999, "x" * 500)],
)
def test_whatever_reason_a_device_gives_can_be_kept(said: str | None, kept: str) -> None:
    failed = acknowledge(NEW, Ack(id="c1", ok=False, error=said), 1)
    assert failed.error == kept
    assert len(kept) <= LONGEST_REASON


def command(do: str, device: str = "door-1", **args: object) -> CommandRecord:
    return replace(NEW, id=f"{do}-{device}-{args}", do=do, device=device, args=args)  # type: ignore[arg-type]  # brevity


@pytest.mark.parametrize(
    ("older", "younger", "given_up"),
    [
        (command("unlock"), command("lock"), True),
        (command("show", text="a"), command("show", text="b"), True),
        (command("charging_on", port=1), command("charging_off", port=1), True),
        (command("charging_on", port=1), command("charging_off", port=2), False),
        (command("eco_on", device="air"), command("eco_off", device="air"), True),
        (command("unlock", device="door-2"), command("lock"), False),
        (command("unlock"), command("show"), False),
        (command("resend", seq=1), command("resend", seq=2), False),
        (replace(command("unlock"), state=CommandState.ACKED), command("lock"), False),
    ],
)
def test_only_the_last_wish_about_one_thing_counts(
    older: CommandRecord, younger: CommandRecord, given_up: bool
) -> None:
    after = supersede(older, younger)
    assert (after is not None) is given_up
    if after is not None:
        assert after.state is CommandState.EXPIRED
        assert after.error == f"superseded by {younger.id}"


events = st.lists(
    st.tuples(st.integers(0, 2 * MINUTE), st.sampled_from(["tick", "tick", "tick", "yes", "no"])), max_size=40
)


@given(events, st.integers(1, 20 * MINUTE), st.integers(SECOND, 5 * MINUTE))
def test_never_sent_after_expiry_never_for_ever_and_answered_once(
    steps: list[tuple[int, str]], ttl: int, ack_timeout: int
) -> None:
    now, current, sends, answers = 0, replace(NEW, expires=ttl), [], 0
    for wait, what in steps:
        now += wait
        if what == "tick":
            step = due(current, now, ack_timeout)
            if isinstance(step, Send):
                sends.append(now)
                assert answers == 0
            current = current if step is None else step.command
            assert due(current, now, ack_timeout) is None  # one tick does all there is to do
        else:
            after = acknowledge(current, YES if what == "yes" else NO, now)
            answers += after is not current
            assert acknowledge(after, YES, now + 1) is after
            current = after
    assert all(at < ttl for at in sends)
    assert answers <= 1
    assert all(b - a >= ack_timeout for a, b in pairwise(sends))
    end = due(current, now + ttl, ack_timeout)
    assert isinstance(end, Expire) == (current.state in (CommandState.QUEUED, CommandState.SENT))
