"""The staff pages and their files."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import FileResponse, RedirectResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.types import Scope

from dashboards import staff_files
from services.api.deps import deps_of
from services.api.identity import session_of

_REVALIDATE = {"Cache-Control": "no-cache"}
"""Kept by the browser, asked about with the ETag each time: an update reaches every board at once."""

SIGN_IN = "/signin"
GUARDED = {"/": "index.html", "/devices": "devices.html", "/quarantine": "quarantine.html"}
"""Pages for those who are signed in; everybody else is led to the sign-in page."""


class _Files(StaticFiles):
    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers.update(_REVALIDATE)
        return response


def install(app: FastAPI) -> None:
    """Serve the pages."""
    files = staff_files()
    for path, name in GUARDED.items():
        app.add_api_route(path, _guarded(files / name), include_in_schema=False, response_model=None)
    app.add_api_route(SIGN_IN, _open(files / "signin.html"), include_in_schema=False, response_model=None)
    app.mount("/static", _Files(directory=files), name="static")


def _guarded(file: Path) -> Callable[..., Any]:
    async def page(request: Request) -> Response:
        if await run_in_threadpool(session_of, deps_of(request), request) is None:
            return RedirectResponse(SIGN_IN, 303, headers={"Cache-Control": "no-store"})
        return FileResponse(file, headers=_REVALIDATE)

    return page


def _open(file: Path) -> Callable[..., Any]:
    async def page() -> Response:
        return FileResponse(file, headers=_REVALIDATE)

    return page
