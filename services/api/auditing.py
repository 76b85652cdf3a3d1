"""Notes in the audit what goes through the guarded routes: before it is done, and again when its end is known."""

import json
import re
import threading
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from dataclasses import dataclass, field, replace

from fastapi import Request, Response
from fastapi.concurrency import run_in_threadpool

from services.api.problems import RefusalError, status_of
from services.audit.records import Act, AuditError
from services.audit.store import AuditStore
from services.contracts.names import MINUTE, Millis, is_name

LOOKED_ANEW: Millis = 10 * MINUTE
"""A page that is open asks again and again: the same look of the same person is noted once in so long."""
_LOOKS_KEPT = 10_000
_FIELD = re.compile(r"[a-z][a-z0-9_]{0,31}")
_FIELDS_SHOWN = 20


@dataclass(slots=True)
class _Noted:
    """What an endpoint tells of the request it serves."""

    place: tuple[str, str | None] | None = None
    params: dict[str, str] = field(default_factory=dict)


_noted: ContextVar[_Noted | None] = ContextVar("foldspace_audit_noted", default=None)


def note_place(site: str, space: str | None) -> None:
    """Tell where the request that is being served acts; the first place told stands."""
    noted = _noted.get()
    if noted is not None and noted.place is None:
        noted.place = (site, space)


def note_about(**params: str) -> None:
    """Tell what the request that is being served is about, where its path does not say so: names, never secrets."""
    noted = _noted.get()
    if noted is not None:
        noted.params.update(params)


class Looks:
    """Remembers who has just looked at what, so that a page that asks every few seconds is one look."""

    def __init__(self) -> None:
        self._seen: OrderedDict[tuple[str, ...], Millis] = OrderedDict()
        self._lock = threading.Lock()

    def new(self, act: Act, now: Millis) -> bool:
        """Tell whether this look is to be noted, and remember it."""
        key = (act.who, act.via, act.route, str(act.status), *(f"{name}={act.params[name]}" for name in act.params))
        with self._lock:
            before = self._seen.get(key)
            if before is not None and now - before < LOOKED_ANEW:
                return False
            self._seen[key] = now
            self._seen.move_to_end(key)
            while len(self._seen) > _LOOKS_KEPT:
                self._seen.popitem(last=False)
        return True

    def forget(self) -> None:
        """Forget every look: the last one could not be noted."""
        with self._lock:
            self._seen.clear()


async def audited(
    store: AuditStore, looks: Looks, now: Millis, request: Request, act: Act, run: Callable[[], Awaitable[Response]]
) -> Response:
    """Serve a request that changes something or shows other people's data, and note it with how it ended.

    A change that cannot be noted is not made, a look that cannot be noted shows nothing. Raises RefusalError.
    """
    mark = _noted.set(_Noted())
    try:
        number = await _begun(store, act) if act.kind == "change" else None
        try:
            response = await run()
        except Exception as error:  # however it ends, it is noted; whoever answers errors answers it
            await _settle(store, looks, now, number, _ended(request, act, status_of(error)))
            raise
        await _settle(store, looks, now, number, _ended(request, act, response.status_code))
        return response
    finally:
        _noted.reset(mark)


async def _settle(store: AuditStore, looks: Looks, now: Millis, number: int | None, act: Act) -> None:
    if number is not None:
        try:
            await run_in_threadpool(store.settle, number, act)
        except AuditError:
            return  # counted and logged there; it stands in the book as begun, and what is done is done
    elif act.status in (401, 403) or (act.status or 0) < 400:
        if not looks.new(act, now):
            return
        try:
            await _begun(store, act)
        except RefusalError:
            looks.forget()
            raise


async def _begun(store: AuditStore, act: Act) -> int:
    try:
        return await run_in_threadpool(store.begin, act)
    except AuditError:
        raise RefusalError("database", "audit_unwritable") from None


def _ended(request: Request, act: Act, status: int) -> Act:
    """Return the act with how it ended, where, and which fields it named."""
    noted = _noted.get() or _Noted()
    body = _body(request) if status < 400 else {}
    site, space = noted.place or _place(act.params) or _place(body) or (None, None)
    fields = [name for name in body if _FIELD.fullmatch(name)][:_FIELDS_SHOWN]
    params = {**act.params, **noted.params}
    return replace(act, status=status, site=site, space=space, fields=tuple(fields), params=params)


def _place(said: object) -> tuple[str, str | None] | None:
    if not isinstance(said, dict):
        return None
    site, space = said.get("site"), said.get("space")
    if not isinstance(site, str) or not is_name(site):
        return None
    return site, space if isinstance(space, str) and is_name(space) else None


def _body(request: Request) -> dict[str, object]:
    """Return the body that an endpoint has read and found good; of another there is nothing to say."""
    read = getattr(request, "_body", b"")
    try:
        said = json.loads(read) if read else {}
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}
