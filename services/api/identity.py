"""Finds out who is calling and whether this route is for them, before anything of the request is read."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from fastapi import Depends, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.routing import APIRoute

from services.api import scopes
from services.api.auditing import audited, note_place
from services.api.deps import Deps, deps_of
from services.api.keepable import KeepableRequest, expect_keepable
from services.api.problems import RefusalError
from services.audit.records import Act
from services.catalogue.people import Principal, Role
from services.contracts.errors import NotFoundError
from services.residents.records import SignedIn

COOKIE = "foldspace_session"
RESIDENT_COOKIE = "foldspace_resident"
CSRF_HEADER = "x-csrf"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})

ACT: frozenset[Role] = frozenset({"steward", "scheduler", "admin"})
"""Who works with bookings; everybody else looks."""

AnyRole = Role | Literal["resident"]
RESIDENTS: frozenset[AnyRole] = frozenset({"resident"})
"""People with their own cookie, on routes about what is theirs; staff and tokens are nobody there."""

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


def guarded(roles: frozenset[AnyRole] | None, path: str = "/", *, looked: bool = False) -> type[APIRoute]:
    """Return a route class that lets only these roles in; None lets everybody in.

    It stands before the framework's own parsing: a stranger learns nothing from how a body is refused. What changes
    something, and what shows other people's data (`looked`), is noted in the audit. `path` is the route's template.
    """

    class GuardedRoute(APIRoute):
        def get_route_handler(self) -> Handler:
            inner = super().get_route_handler()

            async def handle(request: Request) -> Response:
                changing = request.method not in _SAFE
                if changing:
                    refuse_foreign_origin(request)
                request = KeepableRequest(request.scope, request.receive)
                if roles is None:
                    expect_keepable(request)
                    return await inner(request)
                deps = deps_of(request)
                known = _known_resident if roles == RESIDENTS else _known_staff
                caller = await run_in_threadpool(known, deps, request)

                async def run() -> Response:
                    caller.expect(roles, path, request)
                    expect_keepable(request)
                    return await inner(request)

                if not (changing or looked):
                    return await run()
                act = replace(
                    caller.act,
                    kind="change" if changing else "look",
                    method=request.method,
                    route=path,
                    params={name: str(value)[:64] for name, value in request.path_params.items()},
                )
                return await audited(deps.audit, deps.looks, deps.machine_clock.now(), request, act, run)

            return handle

    return GuardedRoute


@dataclass(frozen=True, slots=True)
class _Known:
    """Somebody who has shown who they are: how the audit names them, and what lets them go on or refuses them."""

    act: Act
    expect: Callable[[frozenset[AnyRole], str, Request], None]
    """Raises RefusalError unless they may ask for a route: its roles, its template, the request."""


def _known_staff(deps: Deps, request: Request) -> _Known:
    """Return the caller as the request's state has them from now on. Raises RefusalError for nobody."""
    principal, by_cookie = _identify(deps, request)
    if principal is None:
        raise RefusalError("unauthenticated", "sign_in_first", {"WWW-Authenticate": 'Bearer realm="foldspace"'})
    request.state.principal, request.state.by_cookie = principal, by_cookie
    via = "session" if by_cookie else "token"
    act = Act("change", principal.name, principal.role, via, address=address_of(request))
    return _Known(act, lambda roles, path, asked: _expect_allowed(principal, roles, path, asked, by_cookie=by_cookie))


def _expect_allowed(
    principal: Principal, roles: frozenset[AnyRole], path: str, request: Request, *, by_cookie: bool
) -> None:
    if by_cookie:
        _expect_own_page(request)
    if principal.role not in roles:
        raise RefusalError("forbidden", "role_not_allowed", role=principal.role)
    needed = scopes.scope_of(scopes.area_of(path), request.method)
    if not scopes.allows(principal.scopes, needed):
        raise RefusalError("forbidden", "scope_missing", scope=needed)


def _known_resident(deps: Deps, request: Request) -> _Known:
    """Return the resident as the request's state has them from now on. Raises RefusalError for nobody.

    From where they ask is not noted: an address is theirs as their number is.
    """
    signed_in = resident_of(deps, request)
    if signed_in is None:
        raise RefusalError("unauthenticated", "resident_needed", {"WWW-Authenticate": 'Bearer realm="foldspace"'})
    request.state.resident = signed_in
    handle = signed_in.resident.handle
    if request.method not in _SAFE:  # anybody may become a resident: whoever does fills no books
        deps.turnstile.take({"changes_handle": handle}, deps.machine_clock.now())
    return _Known(
        Act("change", resident_actor(handle), "resident", "session"),
        lambda _roles, _path, asked: _expect_own_page(asked),
    )


def _expect_own_page(request: Request) -> None:
    """Refuse what changes something in somebody's session and comes from another site's page. Raises RefusalError."""
    if request.method not in _SAFE and not _same_origin(request):
        raise RefusalError("forbidden", "foreign_origin")


def resident_of(deps: Deps, request: Request) -> SignedIn | None:
    """Return the resident who is signed in with their cookie."""
    cookie = request.cookies.get(RESIDENT_COOKIE)
    return deps.residents.session(cookie, deps.machine_clock.now()) if cookie else None


def _identify(deps: Deps, request: Request) -> tuple[Principal | None, bool]:
    """Return the caller, and whether the cookie said so. A header, once sent, is what counts."""
    authorization = request.headers.get("authorization")
    if authorization is not None:
        scheme, _, value = authorization.partition(" ")
        token = value.strip()
        known = deps.people.token(token, deps.machine_clock.now()) if scheme.lower() == "bearer" and token else None
        return known, False
    return session_of(deps, request), True


def still_allowed(deps: Deps, request: Request) -> Callable[[], bool]:
    """Return what tells whether the caller of a request that goes on may still do what they could when it began.

    It is over with the session or token, and when their role, or where they are in charge, is another: they ask anew.
    """
    first: Principal = request.state.principal

    def tell() -> bool:
        now, _ = _identify(deps, request)
        return now is not None and (now.name, now.role, now.spaces) == (first.name, first.role, first.spaces)

    return tell


def cookie_name(request: Request, name: str = COOKIE) -> str:
    """Return what a cookie is called: over HTTPS so that no other host of the domain can set it."""
    return f"__Host-{name}" if request.url.scheme == "https" else name


def address_of(request: Request) -> str:
    """Return from where a request comes, as the proxy in front says it if that is trusted."""
    return request.client.host if request.client else ""


def session_of(deps: Deps, request: Request) -> Principal | None:
    """Return who is signed in with the staff cookie."""
    cookie = request.cookies.get(cookie_name(request))
    if not cookie:
        return None
    return deps.people.session(cookie, deps.machine_clock.now(), deps.settings.session_idle_s)


def refuse_foreign_origin(request: Request) -> None:
    """Refuse what a browser says comes from another site's page, whoever it is from. Raises RefusalError."""
    if _origin(request) is False:
        raise RefusalError("forbidden", "foreign_origin")


def _same_origin(request: Request) -> bool:
    """Tell whether a cookie's request is our own page's: the browser says so, or our header does.

    Another site's page cannot send the header without asking first, and we never answer such a question.
    """
    origin = _origin(request)
    return CSRF_HEADER in request.headers if origin is None else origin


def _origin(request: Request) -> bool | None:
    """Return whether the browser calls this same-origin; None when it says nothing."""
    fetch_site = request.headers.get("sec-fetch-site")
    if fetch_site is not None:
        return fetch_site == "same-origin"
    origin = request.headers.get("origin")
    if origin is None:
        return None
    try:
        return urlsplit(origin).netloc == request.headers.get("host", "")
    except ValueError:  # no address at all, such as http://[
        return False


def _caller(request: Request) -> Principal:
    principal: Principal = request.state.principal
    return principal


Caller = Annotated[Principal, Depends(_caller)]


def _by_cookie(request: Request) -> bool:
    by_cookie: bool = request.state.by_cookie
    return by_cookie


ByCookie = Annotated[bool, Depends(_by_cookie)]
"""Whether the caller is a person in a session, and not a program with a token."""


def _me(request: Request) -> SignedIn:
    signed_in: SignedIn = request.state.resident
    return signed_in


Me = Annotated[SignedIn, Depends(_me)]
"""The resident who is calling."""


def actor(principal: Principal) -> str:
    """Return how decisions name a person who acts."""
    return f"user:{principal.name}"


def resident_actor(handle: str) -> str:
    """Return how decisions and the audit name a resident who acts."""
    return f"resident:{handle}"


def in_charge(deps: Deps, principal: Principal, site: str, space: str | None = None) -> bool:
    """Tell whether the caller is in charge of a space, or of the whole site.

    Whoever is in charge of a space is so of its parts; whoever has all its parts has the whole.
    """
    if not principal.spaces or site in principal.spaces:
        return True
    if space is None:
        return False
    mine: set[str] = set()
    for place in principal.spaces:
        where, _, one = place.partition("/")
        if where == site:
            mine |= _rooms(deps, site, one)
    return _rooms(deps, site, space) <= mine


def _rooms(deps: Deps, site: str, space: str) -> set[str]:
    """Return the rooms a space is made of in the end; one that is not in the catalogue is a room of its own."""
    view = deps.catalogue.view()
    try:
        return {one for one in view.claims(site, space) if len(view.claims(site, one)) == 1}
    except NotFoundError:
        return {space}


def expect_in_charge(deps: Deps, principal: Principal, site: str, space: str | None = None) -> None:
    """Refuse whoever is in charge of some spaces what is not about them; None: about the whole site.

    It also tells the audit where the request acts. Raises RefusalError.
    """
    note_place(site, space)
    if not in_charge(deps, principal, site, space):
        raise RefusalError("forbidden", "not_in_charge", name=principal.name, place=space or site)


def expect_everywhere(principal: Principal) -> None:
    """Refuse whoever is in charge of some spaces what is about none in particular. Raises RefusalError."""
    if principal.spaces:
        raise RefusalError("forbidden", "not_everywhere", name=principal.name)


def may_act(principal: Principal) -> bool:
    """Tell whether this is staff, who may see the codes of bookings and offers."""
    return principal.role in ACT
