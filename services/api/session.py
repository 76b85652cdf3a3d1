"""Signing in and out, and who is signed in."""

from typing import Annotated, Any

from fastapi import Request, Response
from pydantic import BaseModel, ConfigDict, Field

from services.api.deps import Wired
from services.api.identity import COOKIE, Caller
from services.api.problems import RefusalError
from services.catalogue.people import Principal
from services.contracts.names import SECOND
from services.kit.logs import logger

log = logger("api")


class SignIn(BaseModel):
    """The body of POST /session."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=64)]
    password: Annotated[str, Field(min_length=1, max_length=256)]


def sign_in(deps: Wired, request: Request, response: Response, body: SignIn) -> dict[str, Any]:
    """Open a staff session and set its cookie."""
    address = request.client.host if request.client else ""
    now = deps.machine_clock.now()
    wait = deps.throttle.wait_ms(body.name, address, now)
    if wait:
        seconds = -(-wait // SECOND)
        log.warning("sign_in_throttled", name=body.name, address=address, wait_s=seconds)
        raise RefusalError("throttled", "sign_in_throttled", {"Retry-After": str(seconds)}, seconds=seconds)
    principal = deps.people.authenticate(body.name, body.password)
    if principal is None:
        deps.throttle.failed(body.name, address, now)
        log.warning("sign_in_failed", name=body.name, address=address)
        raise RefusalError("unauthenticated", "wrong_password")
    deps.throttle.succeeded(body.name, address)
    token = deps.people.open_session(principal, now, deps.settings.session_ttl_s)
    response.set_cookie(
        COOKIE,
        token,
        max_age=deps.settings.session_ttl_s,
        httponly=True,
        samesite="strict",
        secure=request.scope["scheme"] == "https",
    )
    log.info("signed_in", name=principal.name, role=principal.role)
    return _shown(principal)


def sign_out(deps: Wired, request: Request, response: Response) -> None:
    """End the staff session; without one there is nothing to end."""
    token = request.cookies.get(COOKIE)
    if token:
        deps.people.close_session(token)
    response.delete_cookie(COOKIE, httponly=True, samesite="strict", secure=request.scope["scheme"] == "https")


def who_am_i(caller: Caller) -> dict[str, Any]:
    """Say who is signed in, and as what."""
    return _shown(caller)


def _shown(principal: Principal) -> dict[str, Any]:
    return {"name": principal.name, "role": principal.role, "language": principal.language}
