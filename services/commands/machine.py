"""What happens to a command next: pure transitions, in clock time.

queued → sent → acked | failed          a device answered
queued | sent → expired                 nobody did in time, or a younger command took its place
expired → acked | failed                the answer came late: the device had obeyed in time after all
"""

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from services.contracts.commands import Ack, Action
from services.contracts.names import MINUTE, SECOND, Millis

ACK_TIMEOUT: Millis = 5 * SECOND
"""A device that is there answers within this."""

LONGEST_BACKOFF: Millis = MINUTE
"""A device that comes back after hours hears of its command within this."""

LONGEST_REASON = 500
"""Characters kept of what a device says; PostgreSQL cannot keep a NUL among them."""

MOST_MISSING = 500
"""Ranges kept of an answer's `missing`; 32 are asked for, and a device may hold every second reading of them."""


class CommandState(StrEnum):
    """Where a command stands."""

    QUEUED = "queued"
    SENT = "sent"
    ACKED = "acked"
    FAILED = "failed"
    EXPIRED = "expired"


UNFINISHED = (CommandState.QUEUED, CommandState.SENT)


@dataclass(frozen=True, slots=True)
class CommandRecord:
    """A command and what became of it."""

    id: str
    site: str
    device: str
    do: Action
    created_at: Millis
    expires: Millis
    args: dict[str, Any] = field(default_factory=dict)
    state: CommandState = CommandState.QUEUED
    attempts: int = 0
    sent_at: Millis | None = None
    finished_at: Millis | None = None
    error: str | None = None
    result: dict[str, Any] | None = None
    """What the device answered beyond ok: `missing`, ranges of `seq` it no longer holds."""
    decision: str | None = None


@dataclass(frozen=True, slots=True)
class Send:
    """Send it now; `command` is how it stands afterwards."""

    command: CommandRecord


@dataclass(frozen=True, slots=True)
class Expire:
    """Give it up; `command` is how it stands afterwards."""

    command: CommandRecord


def due(command: CommandRecord, now: Millis, ack_timeout: Millis = ACK_TIMEOUT) -> Send | Expire | None:
    """Return what to do with a command now, if anything. At and after `expires` it is never sent."""
    if command.state not in UNFINISHED:
        return None
    if now >= command.expires:
        tries = f"no answer to {command.attempts} attempt(s)" if command.attempts else "never sent"
        return Expire(replace(command, state=CommandState.EXPIRED, finished_at=now, error=f"expired: {tries}"))
    if command.sent_at is not None and 0 <= now - command.sent_at < wait_for_ack(command.attempts, ack_timeout):
        return None  # a clock set back since the last attempt must not make it wait for ever
    return Send(replace(command, state=CommandState.SENT, attempts=command.attempts + 1, sent_at=now))


def wait_for_ack(attempts: int, ack_timeout: Millis = ACK_TIMEOUT) -> Millis:
    """Return how long to wait after the given attempt (1 is the first): doubling, up to LONGEST_BACKOFF."""
    doublings = min(max(attempts - 1, 0), 16)  # the number of attempts must not overflow anything
    return min(ack_timeout << doublings, max(LONGEST_BACKOFF, ack_timeout))


def acknowledge(command: CommandRecord, ack: Ack, now: Millis) -> CommandRecord:
    """Return the command after an answer. The first answer counts; the same object comes back for any other."""
    if command.state in (CommandState.ACKED, CommandState.FAILED):
        return command
    if ack.ok:
        result = None if ack.missing is None else {"missing": [list(span) for span in ack.missing[:MOST_MISSING]]}
        return replace(command, state=CommandState.ACKED, finished_at=now, error=None, result=result)
    reason = (ack.error or "the device gave no reason")[:LONGEST_REASON].replace("\0", "\ufffd")
    return replace(command, state=CommandState.FAILED, finished_at=now, error=reason)


def supersede(older: CommandRecord, younger: CommandRecord) -> CommandRecord | None:
    """Return the older command given up for the younger, or None if both have their say.

    Without this a retried `unlock` could reach a door after the `lock` that was meant to follow it.
    """
    if older.state not in UNFINISHED or (older.site, older.device) != (younger.site, younger.device):
        return None
    target = _target(younger)
    if target is None or _target(older) != target:
        return None
    return replace(
        older, state=CommandState.EXPIRED, finished_at=younger.created_at, error=f"superseded by {younger.id}"
    )


def _target(command: CommandRecord) -> tuple[str, object] | None:
    """Return what a command sets to a value, so that only the last wish counts; None: it sets nothing."""
    match command.do:
        case "lock" | "unlock":
            return "lock", command.args.get("door")
        case "charging_on" | "charging_off":
            return "charging", command.args.get("port")
        case "eco_on" | "eco_off":
            return "eco", None
        case "show" | "configure":
            return command.do, None
        case _:
            return None
