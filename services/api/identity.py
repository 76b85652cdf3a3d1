"""Finds out who is calling and whether this route is for them, before anything of the request is read."""

from collections.abc import Callable, Coroutine, Iterable
from typing import Annotated, Any
from urllib.parse import urlsplit

from fastapi import Depends, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.routing import APIRoute

from services.api.deps import Deps, deps_of
from services.api.keepable import KeepableRequest, expect_keepable
from services.api.problems import RefusalError
from services.catalogue.people import Principal, Role
from services.contracts.errors import NotFoundError

COOKIE = "foldspace_session"
CSRF_HEADER = "x-csrf"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})

ACT: frozenset[Role] = frozenset({"steward", "scheduler", "admin"})
"""Who works with bookings; everybody else looks."""

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


def guarded(roles: frozenset[Role] | None) -> type[APIRoute]:
    """Return a route class that lets only these roles in; None lets everybody in.

    It stands before the framework's own parsing: a stranger learns nothing from how a body is refused.
    """

    class GuardedRoute(APIRoute):
        def get_route_handler(self) -> Handler:
            inner = super().get_route_handler()

            async def handle(request: Request) -> Response:
                if request.method not in _SAFE:
                    refuse_foreign_origin(request)
                if roles is not None:
                    request.state.principal = await run_in_threadpool(_admit, deps_of(request), request, roles)
                expect_keepable(request)
                return await inner(KeepableRequest(request.scope, request.receive))

            return handle

    return GuardedRoute


def _admit(deps: Deps, request: Request, roles: frozenset[Role]) -> Principal:
    principal, by_cookie = _identify(deps, request)
    if principal is None:
        raise RefusalError("unauthenticated", "sign_in_first", {"WWW-Authenticate": 'Bearer realm="foldspace"'})
    if by_cookie and request.method not in _SAFE and not _same_origin(request):
        raise RefusalError("forbidden", "foreign_origin")
    if principal.role not in roles:
        raise RefusalError("forbidden", "role_not_allowed", role=principal.role)
    return principal


def _identify(deps: Deps, request: Request) -> tuple[Principal | None, bool]:
    """Return the caller, and whether the cookie said so. A header, once sent, is what counts."""
    authorization = request.headers.get("authorization")
    if authorization is not None:
        scheme, _, value = authorization.partition(" ")
        token = value.strip()
        return (deps.people.token(token) if scheme.lower() == "bearer" and token else None), False
    return session_of(deps, request), True


def session_of(deps: Deps, request: Request) -> Principal | None:
    """Return who is signed in with the staff cookie."""
    cookie = request.cookies.get(COOKIE)
    return deps.people.session(cookie, deps.machine_clock.now()) if cookie else None


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


def actor(principal: Principal) -> str:
    """Return how decisions name a person who acts."""
    return f"user:{principal.name}"


def in_charge(principal: Principal, site: str, claimed: Iterable[str]) -> bool:
    """Tell whether the caller is in charge of a space; `claimed` are the space and its parts."""
    return (
        not principal.spaces or site in principal.spaces or all(f"{site}/{one}" in principal.spaces for one in claimed)
    )


def expect_in_charge(deps: Deps, principal: Principal, site: str, space: str | None = None) -> None:
    """Refuse a steward of some spaces what is not about them; None: about the whole site. Raises RefusalError.

    A space that is not in the catalogue is nobody's in particular: what the caller wanted says so itself.
    """
    if not principal.spaces:
        return
    try:
        claimed = {"*"} if space is None else deps.catalogue.claims(site, space)
    except NotFoundError:
        claimed = frozenset({str(space)})
    if not in_charge(principal, site, claimed):
        raise RefusalError("forbidden", "not_in_charge", name=principal.name, place=space or site)


def may_act(principal: Principal) -> bool:
    """Tell whether this is staff, who may see the codes of bookings and offers."""
    return principal.role in ACT
