"""Signing in at an OpenID provider: the browser goes there and comes back; the sign-in page says what became of it."""

from typing import Annotated, Any
from urllib.parse import quote

from fastapi import Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse, Response

from services.api.comings import note_coming
from services.api.deps import Deps, Wired
from services.api.identity import address_of, cookie_name
from services.api.oidc import Oidc, OidcError
from services.api.pages import SIGN_IN
from services.api.problems import RefusalError
from services.api.session import open_session
from services.catalogue.elsewhere import SIGN_IN_LASTS
from services.contracts.errors import FoldspaceError
from services.contracts.names import SECOND
from services.kit.logs import logger

STATE_COOKIE = "foldspace_oidc"
CALLBACK = "/api/v1/session/oidc/callback"
_NO_STORE = {"Cache-Control": "no-store"}

log = logger("api")

Given = Annotated[str, Query(max_length=4096)]


async def begin(deps: Wired, request: Request) -> Response:
    """Send the browser to the provider; it comes back to the callback."""
    oidc, now, address = _provider(deps), deps.machine_clock.now(), address_of(request)
    if deps.oidc_throttle.wait_ms(address, now):
        return _back("throttled")
    deps.oidc_throttle.failed(address, now)
    try:
        url, begun = await run_in_threadpool(oidc.begin, _callback(deps, request))
        await run_in_threadpool(deps.people.begin_sign_in, begun, now)
    except OidcError as error:
        return await run_in_threadpool(_refused, deps, request, error.reason, error)
    answer = RedirectResponse(url, 303, headers=_NO_STORE)
    answer.set_cookie(
        cookie_name(request, STATE_COOKIE), begun.state, max_age=SIGN_IN_LASTS // SECOND, **_attributes(request)
    )
    return answer


async def end(deps: Wired, request: Request, state: Given = "", code: Given = "", error: Given = "") -> Response:
    """Let in whom the provider vouches for, with the role that follows from what it says of them."""
    oidc = _provider(deps)
    answer = await run_in_threadpool(_end, deps, oidc, request, state, code, error)
    answer.delete_cookie(cookie_name(request, STATE_COOKIE), **_attributes(request))
    return answer


def _end(deps: Deps, oidc: Oidc, request: Request, state: str, code: str, error: str) -> Response:
    now = deps.machine_clock.now()
    # The state has to come back in this very browser, within its time, and once: else somebody is being signed in
    # as somebody else.
    mine = request.cookies.get(cookie_name(request, STATE_COOKIE))
    begun = deps.people.end_sign_in(state, now) if state and state == mine else None
    if begun is None:
        return _refused(deps, request, "stale")
    if error or not code:
        return _refused(deps, request, "denied")
    try:
        who = oidc.finish(code, begun, _callback(deps, request))
        principal = deps.people.arrived(who.issuer, who.subject, who.name, who.role, who.language)
    except OidcError as fault:
        return _refused(deps, request, fault.reason, fault)
    answer = _back("")
    open_session(deps, request, answer, principal, "oidc")
    return answer


def _refused(deps: Deps, request: Request, reason: str, error: FoldspaceError | None = None) -> Response:
    log.warning("oidc_refused", reason=reason, address=address_of(request), detail=str(error or ""))
    if deps.oidc is not None:
        deps.oidc.refused.labels(reason).inc()
    event, address = f"oidc_{reason}", address_of(request)
    # A provider that is away is nobody's attempt.
    if reason != "down" and deps.throttle.first_refusal(event, address, deps.machine_clock.now()):
        note_coming(deps, request, event, "", via="oidc")
    return _back(reason)


def _back(reason: str) -> RedirectResponse:
    """Return the way to the sign-in page, which finds the session or says the reason."""
    return RedirectResponse(f"{SIGN_IN}?oidc={quote(reason or 'done')}", 303, headers=_NO_STORE)


def _provider(deps: Deps) -> Oidc:
    if deps.oidc is None:
        raise RefusalError("not-found", "oidc_not_here")
    return deps.oidc


def _callback(deps: Deps, request: Request) -> str:
    base = deps.settings.url or str(request.base_url).rstrip("/")
    return base + CALLBACK


def _attributes(request: Request) -> dict[str, Any]:
    # Lax, not strict: the browser comes back from another site, and has to bring it along.
    return {"path": "/", "httponly": True, "samesite": "lax", "secure": request.url.scheme == "https"}
