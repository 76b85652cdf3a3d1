"""The outbox: commands are rows first and messages second, so that a restart forgets none.

A row is marked sent in a transaction before it is published. A crash in between costs one time-out; the other way
round an answer could come to a command that, by the books, was never sent.
"""

import hashlib
import json
import secrets
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

import sqlalchemy as sa
from prometheus_client import CollectorRegistry, Counter
from pydantic import ValidationError
from sqlalchemy.exc import IntegrityError

from services.commands.machine import (
    ACK_TIMEOUT,
    UNFINISHED,
    CommandRecord,
    CommandState,
    Expire,
    acknowledge,
    due,
    supersede,
)
from services.commands.tables import commands
from services.contracts.commands import Ack, Action, Command
from services.contracts.errors import InvalidError
from services.contracts.names import DAY, SECOND, Millis, is_name
from services.contracts.retelling import fault_word
from services.contracts.texts import Word
from services.contracts.topics import CmdTopic
from services.kit.clock import Clock
from services.kit.database import reading
from services.kit.logs import logger

Publish = Callable[[str, bytes], object]
"""Takes topic and payload, to publish with QoS 1; its result is not looked at."""

KEPT: Millis = 30 * DAY
"""How long it can be asked what became of a finished command."""

_IDS_AT_ONCE = 500
"""SQLite takes no more than 999 parameters on old systems."""

log = logger("commands")


class CommandOutbox:
    """Queues commands, sends them until they are answered or expire, and says what became of them.

    Safe to share between threads and processes: a row is sent by whoever marks it first.
    """

    def __init__(
        self,
        engine: sa.Engine,
        publish: Publish,
        clock: Clock,
        registry: CollectorRegistry | None = None,
        fence: Callable[[sa.Connection], None] | None = None,
    ) -> None:
        """`fence` raises in a transaction that must not write, because another scheduler leads by now."""
        self._engine = engine
        self._fence = fence
        self._publish = publish
        self._clock = clock
        registry = registry or CollectorRegistry()
        self._steps = Counter("foldspace_commands", "Steps of commands to devices.", ["do", "step"], registry=registry)
        self._ignored_acks = Counter(
            "foldspace_command_acks_ignored", "Answers that changed nothing.", ["reason"], registry=registry
        )

    def queue(
        self,
        site: str,
        device: str,
        do: Action,
        args: Mapping[str, Any] | None = None,
        ttl_s: float = 60.0,
        decision: str | None = None,
    ) -> str:
        """Queue a command for the next `pump` and return its id.

        `ttl_s` is in seconds of the clock. What one decision orders is queued once, however often it is repeated.
        An older unanswered command that sets the same thing is given up. Raises InvalidError.
        """
        now = self._clock.now()
        command = _record(site, device, do, dict(args or {}), now, now + int(ttl_s * SECOND), decision)
        try:
            with self._writing() as connection:
                replaced = [
                    given_up
                    for older in _unfinished(connection, commands.c.site == site, commands.c.device == device)
                    if (given_up := supersede(older, command)) is not None and _save(connection, older, given_up)
                ]
                connection.execute(commands.insert().values(asdict(command)))
        except IntegrityError:  # the decision has ordered this already
            return command.id
        for older in replaced:
            self._note("superseded", older, by=command.id)
        self._note("queued", command, decision=decision)
        return command.id

    def pump(self, now: Millis) -> None:
        """Send what is due, again where no answer came, and expire the rest. Call it about twice a second."""
        timeout = self._ack_timeout()
        with reading(self._engine) as connection:
            waiting = [(old, step) for old in _unfinished(connection) if (step := due(old, now, timeout)) is not None]
        if not waiting:
            return
        with self._writing() as connection:
            taken = [step for old, step in waiting if _save(connection, old, step.command)]
        for step in taken:
            if isinstance(step, Expire):
                self._note("expired", step.command, error=step.command.error)
            else:
                self._send(step.command)

    def on_ack(self, site: str, device: str, ack: Ack) -> None:
        """Take a device's answer. Repeated and unknown answers change nothing and are counted."""
        if not ack.id.isprintable():  # PostgreSQL fails on a NUL even in a question
            self._ignore_ack("unknown", site, device, ack)
            return
        with self._writing() as connection:
            query = sa.select(commands).where(
                commands.c.id == ack.id, commands.c.site == site, commands.c.device == device
            )
            row = connection.execute(query.with_for_update()).first()
            old = None if row is None else _from_row(row)
            new = None if old is None else acknowledge(old, ack, self._clock.now())
            if old is not None and new is not None and new is not old:
                _save(connection, old, new)
        if old is None or new is None:
            self._ignore_ack("unknown", site, device, ack)
        elif new is old:
            self._ignore_ack("repeated", site, device, ack)
        else:
            self._note(new.state.value, new, error=new.error, late=old.state is CommandState.EXPIRED)

    def find(self, ids: Collection[str]) -> dict[str, CommandRecord]:
        """Return the commands of these ids; one that is not there was pruned, or never was."""
        wanted = list(ids)
        found: dict[str, CommandRecord] = {}
        with reading(self._engine) as connection:
            for at in range(0, len(wanted), _IDS_AT_ONCE):
                query = sa.select(commands).where(commands.c.id.in_(wanted[at : at + _IDS_AT_ONCE]))
                found.update((row.id, _from_row(row)) for row in connection.execute(query))
        return found

    def prune(self, now: Millis) -> int:
        """Remove what was finished more than KEPT ago; return how many. Call it now and then."""
        old = commands.delete().where(commands.c.finished_at < now - KEPT, commands.c.state.not_in(UNFINISHED))
        with self._writing() as connection:
            removed = connection.execute(old).rowcount
        if removed:
            log.info("commands_pruned", count=removed)
        return removed

    @contextmanager
    def _writing(self) -> Iterator[sa.Connection]:
        with self._engine.begin() as connection:
            if self._fence is not None:
                self._fence(connection)
            yield connection

    def _ack_timeout(self) -> Millis:
        """Return ACK_TIMEOUT in clock time, but never less than as long on the machine: answers take real time."""
        real_s = self._clock.real_seconds(ACK_TIMEOUT / SECOND)
        speed = ACK_TIMEOUT / SECOND / real_s if real_s > 0 else 1.0  # a clock moved by hand passes no real time
        return int(ACK_TIMEOUT * max(1.0, speed))

    def _send(self, command: CommandRecord) -> None:
        message = Command(id=command.id, do=command.do, args=command.args, expires=command.expires)
        try:
            self._publish(str(CmdTopic(command.site, command.device)), message.model_dump_json().encode())
        except (OSError, RuntimeError, ValueError) as error:  # one that cannot go must not hold up the others
            self._note("unsent", command, attempt=command.attempts, error=str(error))
            return
        self._note("sent" if command.attempts == 1 else "retried", command, attempt=command.attempts)

    def _ignore_ack(self, reason: str, site: str, device: str, ack: Ack) -> None:
        self._ignored_acks.labels(reason).inc()
        log.warning("ack_ignored", reason=reason, site=site, device=device, id=ack.id[:64])

    def _note(self, step: str, command: CommandRecord, **fields: object) -> None:
        self._steps.labels(command.do, step).inc()
        log.info(f"command_{step}", id=command.id, site=command.site, device=command.device, do=command.do, **fields)


def _record(
    site: str, device: str, do: Action, args: dict[str, Any], now: Millis, expires: Millis, decision: str | None
) -> CommandRecord:
    where = Word("problems.command_to", do=do, site=site, device=device)
    if not is_name(site) or not is_name(device):
        raise InvalidError(key="command_names", where=where)
    if expires <= now:
        raise InvalidError(key="command_over", where=where)
    try:
        said = json.dumps([decision, site, device, do, args], sort_keys=True, allow_nan=False)
    except (TypeError, ValueError):
        raise InvalidError(key="command_not_json", where=where) from None
    id = secrets.token_hex(8) if decision is None else hashlib.sha256(said.encode()).hexdigest()[:16]
    try:
        Command(id=id, do=do, args=args, expires=expires)
    except ValidationError as error:
        raise InvalidError(key="command_fault", where=where, fault=fault_word(error)) from None
    return CommandRecord(id, site, device, do, now, expires, args, decision=decision)


def _unfinished(connection: sa.Connection, *where: sa.ColumnElement[bool]) -> list[CommandRecord]:
    query = sa.select(commands).where(commands.c.state.in_(UNFINISHED), *where).order_by(commands.c.number)
    return [_from_row(row) for row in connection.execute(query)]


def _save(connection: sa.Connection, old: CommandRecord, new: CommandRecord) -> bool:
    """Write a transition unless somebody else made one since `old` was read; tell whether it was written."""
    result = connection.execute(
        commands.update()
        .where(commands.c.id == old.id, commands.c.state == old.state, commands.c.attempts == old.attempts)
        .values(
            state=new.state,
            attempts=new.attempts,
            sent_at=new.sent_at,
            finished_at=new.finished_at,
            error=new.error,
            result=new.result,
        )
    )
    return result.rowcount == 1


def _from_row(row: sa.Row[Any]) -> CommandRecord:
    values = {name: value for name, value in row._mapping.items() if name != "number"}
    return CommandRecord(**{**values, "state": CommandState(row.state)})
