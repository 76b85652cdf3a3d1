"""Notes in the audit who came and went, and who did not get in."""

from fastapi import Request

from services.api.deps import Deps
from services.api.identity import address_of, resident_actor
from services.api.problems import RefusalError
from services.audit.records import Act, AuditError


def note_coming(
    deps: Deps, request: Request, event: str, name: str, role: str = "", via: str = "", status: int | None = None
) -> None:
    """Note that somebody came, went or was not let in. Raises RefusalError when it cannot be noted.

    Whoever cannot be noted does not come in: nobody acts unseen.
    """
    status = status or (200 if event in ("signed_in", "signed_out") else 401)
    _note(deps, Act("session", name, role, via, event, status=status, address=address_of(request)))


def note_resident(deps: Deps, event: str, handle: str, via: str = "") -> None:
    """Note that a resident came or went, by their handle alone. Raises RefusalError when it cannot be noted."""
    _note(deps, Act("session", resident_actor(handle), "resident", via, event, status=200))


def note_joined(deps: Deps, route: str, handle: str) -> None:
    """Note that somebody became a resident; whoever cannot be noted is forgotten at once. Raises RefusalError.

    Before there is a handle nobody is there to be named: what strangers try in vain fills no books.
    """
    act = Act("change", resident_actor(handle), "resident", method="POST", route=route, status=201)
    try:
        _note(deps, act)
    except RefusalError:
        deps.residents.erase(handle)
        raise


def _note(deps: Deps, act: Act) -> None:
    try:
        deps.audit.begin(act)
    except AuditError:
        if act.event != "signed_out":  # leaving is never refused; the failure is counted and logged
            raise RefusalError("database", "audit_unwritable") from None
