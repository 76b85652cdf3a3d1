"""Signing in and out, who is signed in, and what they change about themselves."""

from typing import Annotated, Any, Literal

from fastapi import Path as PathPart
from fastapi import Request, Response
from pydantic import BaseModel, ConfigDict, Field

from services.api import pages
from services.api.comings import note_coming
from services.api.deps import Deps, Wired
from services.api.identity import ByCookie, Caller, address_of, cookie_name
from services.api.problems import RefusalError
from services.catalogue.passwords import MIN_LENGTH
from services.catalogue.people import Principal, Role
from services.contracts.instants import to_rfc3339
from services.contracts.names import SECOND
from services.kit.logs import logger

PARTNERS_PAGE = "/partner"
RESIDENTS_PAGE = "/r"

log = logger("api")

Password = Annotated[str, Field(min_length=1, max_length=256)]


class SignIn(BaseModel):
    """The body of POST /session."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=64)]
    password: Password


class NewPassword(BaseModel):
    """The body of POST /session/password."""

    model_config = ConfigDict(extra="forbid")

    old: Password
    new: Annotated[str, Field(min_length=MIN_LENGTH, max_length=256)]


class OwnChange(BaseModel):
    """The body of PATCH /session."""

    model_config = ConfigDict(extra="forbid")

    language: Literal["zh", "en"]


class WhoAmI(BaseModel):
    """Who is signed in, and as what."""

    name: str
    role: Role
    language: str
    spaces: Annotated[list[str], Field(description="site or site/space where they are in charge; none: everywhere")]
    scopes: Annotated[list[str], Field(description="of a token; none: all that its role may")]
    home: Annotated[str, Field(description="the page to begin with")]


class SignInWays(BaseModel):
    """How people may sign in here."""

    password: bool
    oidc: bool
    residents: Annotated[bool, Field(description="residents have a page of their own here, at /r")]


class OwnSession(BaseModel):
    """A session of the caller's own."""

    id: str
    current: Annotated[bool, Field(description="it is the one this is asked in")]
    opened_at: str
    seen_at: Annotated[str, Field(description="last use, to the minute")]
    expires: str
    address: str
    agent: Annotated[str, Field(description="what the browser says it is")]


class OwnSessions(BaseModel):
    """The sessions of the caller, the last used first."""

    items: list[OwnSession]
    next: None = None


def ways(deps: Wired) -> SignInWays:
    """How people may sign in here, for the sign-in page."""
    return SignInWays(password=True, oidc=deps.oidc is not None, residents=_has_page(RESIDENTS_PAGE))


def sign_in(deps: Wired, request: Request, response: Response, body: SignIn) -> WhoAmI:
    """Open a staff session and set its cookie. A session that the browser had ends."""
    address = address_of(request)
    now = deps.machine_clock.now()
    wait = deps.throttle.wait_ms(body.name, address, now)
    # People type passwords into the field of the name: what is no name of ours is not written anywhere.
    name = body.name if deps.people.known(body.name) else ""
    if wait:
        seconds = -(-wait // SECOND)
        log.warning("sign_in_throttled", name=name, address=address, wait_s=seconds)
        if deps.throttle.first_refusal(body.name, address, now):
            note_coming(deps, request, "sign_in_throttled", name)
        raise RefusalError("throttled", "sign_in_throttled", {"Retry-After": str(seconds)}, seconds=seconds)
    principal = deps.people.authenticate(body.name, body.password)
    if principal is None:
        deps.throttle.failed(body.name, address, now)
        log.warning("sign_in_failed", name=name, address=address)
        note_coming(deps, request, "sign_in_failed", name)
        raise RefusalError("unauthenticated", "wrong_password")
    deps.throttle.succeeded(body.name, address)
    open_session(deps, request, response, principal, "password")
    return _shown(principal)


def open_session(deps: Deps, request: Request, response: Response, principal: Principal, via: str) -> None:
    """Let somebody in who has shown who they are: a new session, whatever the browser brought along."""
    note_coming(deps, request, "signed_in", principal.name, principal.role, via)
    before = request.cookies.get(cookie_name(request))
    if before:
        deps.people.close_session(before)
    ttl = deps.settings.session_ttl_s
    agent = request.headers.get("user-agent", "")
    token = deps.people.open_session(principal, deps.machine_clock.now(), ttl, address_of(request), agent)
    response.set_cookie(cookie_name(request), token, max_age=ttl, path="/", **_attributes(request))
    log.info("signed_in", name=principal.name, role=principal.role, via=via)


def sign_out(deps: Wired, request: Request, response: Response) -> None:
    """End the staff session; without one there is nothing to end."""
    token = request.cookies.get(cookie_name(request))
    if token:
        who = deps.people.session(token, deps.machine_clock.now())
        if who is not None:
            note_coming(deps, request, "signed_out", who.name, who.role, "session")
        deps.people.close_session(token)
    response.delete_cookie(cookie_name(request), path="/", **_attributes(request))


def who_am_i(caller: Caller) -> WhoAmI:
    """Say who is signed in, and as what."""
    return _shown(caller)


def change_own(deps: Wired, caller: Caller, by_cookie: ByCookie, body: OwnChange) -> WhoAmI:
    """Change the language in which the caller is spoken to."""
    _expect_person(caller, by_cookie=by_cookie)
    account = deps.people.change_user(caller.name, language=body.language)
    return _shown(Principal(account.name, account.role, account.language, account.spaces))


def change_password(deps: Wired, request: Request, caller: Caller, by_cookie: ByCookie, body: NewPassword) -> WhoAmI:
    """Change the caller's own password. Every other session of theirs ends; this one goes on."""
    _expect_person(caller, by_cookie=by_cookie)
    address, now = address_of(request), deps.machine_clock.now()
    wait = deps.throttle.wait_ms(caller.name, address, now)
    if wait:
        seconds = -(-wait // SECOND)
        raise RefusalError("throttled", "sign_in_throttled", {"Retry-After": str(seconds)}, seconds=seconds)
    if deps.people.authenticate(caller.name, body.old) is None:
        deps.throttle.failed(caller.name, address, now)
        raise RefusalError("invalid", "wrong_old_password")
    deps.throttle.succeeded(caller.name, address)
    deps.people.set_password(caller.name, body.new, keep=request.cookies.get(cookie_name(request)))
    return _shown(caller)


def own_sessions(deps: Wired, request: Request, caller: Caller, by_cookie: ByCookie) -> OwnSessions:
    """The sessions of the caller, the last used first."""
    _expect_person(caller, by_cookie=by_cookie)
    mine = deps.people.session_name(request.cookies.get(cookie_name(request), ""))
    found = deps.people.sessions_of(caller.name, deps.machine_clock.now(), deps.settings.session_idle_s)
    zone = first_zone(deps)
    items = [
        OwnSession(
            id=one.id,
            current=one.id == mine,
            opened_at=to_rfc3339(one.opened_at, zone),
            seen_at=to_rfc3339(one.seen_at, zone),
            expires=to_rfc3339(one.expires, zone),
            address=one.address,
            agent=one.agent,
        )
        for one in found
    ]
    return OwnSessions(items=items)


def end_own_session(
    deps: Wired, caller: Caller, by_cookie: ByCookie, id: Annotated[str, PathPart(max_length=64)]
) -> None:
    """End a session of the caller's own."""
    _expect_person(caller, by_cookie=by_cookie)
    deps.people.end_session(caller.name, id)


def end_other_sessions(deps: Wired, request: Request, caller: Caller, by_cookie: ByCookie) -> None:
    """End every session of the caller but this one."""
    _expect_person(caller, by_cookie=by_cookie)
    deps.people.end_other_sessions(caller.name, request.cookies.get(cookie_name(request), ""))


def first_zone(deps: Deps) -> str:
    """Return the zone in which instants are shown that belong to no site."""
    sites = deps.catalogue.view().community.sites
    return sites[0].timezone if sites else "UTC"


def _expect_person(caller: Principal, *, by_cookie: bool) -> None:
    """Refuse a token: it may be called like a user, and is not that user. Raises RefusalError."""
    if not by_cookie:
        raise RefusalError("forbidden", "only_in_a_session", name=caller.name)


def _attributes(request: Request) -> dict[str, Any]:
    return {"httponly": True, "samesite": "strict", "secure": request.url.scheme == "https"}


def _shown(principal: Principal) -> WhoAmI:
    return WhoAmI(
        name=principal.name,
        role=principal.role,
        language=principal.language,
        spaces=list(principal.spaces),
        scopes=list(principal.scopes),
        home=_home(principal.role),
    )


def _home(role: Role) -> str:
    """Return the page to begin with: partners look after what they lend."""
    return PARTNERS_PAGE if role == "partner" and _has_page(PARTNERS_PAGE) else "/"


def _has_page(path: str) -> bool:
    return any(one.path == path for one in pages.PAGES)
