"""Notes in the audit who came and went, and who did not get in."""

from fastapi import Request

from services.api.deps import Deps
from services.api.identity import address_of
from services.api.problems import RefusalError
from services.audit.records import Act, AuditError


def note_coming(
    deps: Deps, request: Request, event: str, name: str, role: str = "", via: str = "", status: int | None = None
) -> None:
    """Note that somebody came, went or was not let in. Raises RefusalError when it cannot be noted.

    Whoever cannot be noted does not come in: nobody acts unseen.
    """
    status = status or (200 if event in ("signed_in", "signed_out") else 401)
    act = Act("session", name, role, via, event, status=status, address=address_of(request))
    try:
        deps.audit.begin(act)
    except AuditError:
        if event != "signed_out":  # leaving is never refused; the failure is counted and logged
            raise RefusalError("database", "audit_unwritable") from None
