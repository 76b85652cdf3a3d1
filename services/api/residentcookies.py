"""The cookie by which a resident's device is known, and the kind of device it is."""

from fastapi import Request, Response

from services.api.deps import Deps
from services.api.identity import RESIDENT_COOKIE
from services.contracts.names import SECOND
from services.residents.store import SESSION

_KINDS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("HarmonyOS", "HarmonyOS"),
    ("OpenHarmony", "HarmonyOS"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Macintosh", "Mac"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


def open_session(deps: Deps, request: Request, response: Response, handle: str) -> None:
    """Sign this device in. Raises NotFoundError when the person is gone."""
    secret = deps.residents.open_session(handle, device_of(request), deps.machine_clock.now())
    _keep(deps, request, response, secret)


def close_session(deps: Deps, request: Request, response: Response) -> None:
    """Sign this device out; one that is signed out stays so."""
    secret = request.cookies.get(RESIDENT_COOKIE)
    if secret:
        deps.residents.close_session(secret)
    response.delete_cookie(RESIDENT_COOKIE, httponly=True, samesite="strict", secure=_secure(deps, request))


def renew(deps: Deps, request: Request, response: Response) -> None:
    """Let the browser keep the cookie as long as the session lasts from now on."""
    secret = request.cookies.get(RESIDENT_COOKIE)
    if secret:
        _keep(deps, request, response, secret)


def device_of(request: Request) -> str:
    """Return the kind of device a request comes from: enough for its owner, nothing that tells two apart."""
    agent = request.headers.get("user-agent", "")
    return next((kind for mark, kind in _KINDS if mark in agent), "")


def address_of(request: Request) -> str:
    """Return the address a request comes from; only to count by, never kept."""
    return request.client.host if request.client else ""


def public_url(deps: Deps, request: Request) -> str:
    """Return where people reach the pages."""
    return deps.settings.url or str(request.base_url).rstrip("/")


def _keep(deps: Deps, request: Request, response: Response, secret: str) -> None:
    response.set_cookie(
        RESIDENT_COOKIE,
        secret,
        max_age=SESSION // SECOND,
        httponly=True,
        samesite="strict",
        secure=_secure(deps, request),
    )


def _secure(deps: Deps, request: Request) -> bool:
    return public_url(deps, request).startswith("https://")
