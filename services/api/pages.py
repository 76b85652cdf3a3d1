"""The pages and their files: which page is whose, on one screen."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import FileResponse, RedirectResponse, Response

from dashboards import FOLDERS, page_files
from services.api.deps import deps_of
from services.api.identity import ACT, session_of
from services.api.pagefiles import REVALIDATE, PageFiles
from services.catalogue.people import ROLES, Role

SIGN_IN = "/signin"
STAFF: frozenset[Role] = frozenset(ROLES)


@dataclass(frozen=True, slots=True)
class Page:
    """One line of the table. `roles` None: for everybody; else others are led to the sign-in page or their own."""

    path: str
    file: str
    roles: frozenset[Role] | None


PAGES = (
    Page("/", "staff/index.html", STAFF),
    Page("/decisions", "staff/decisions.html", STAFF),
    Page("/devices", "staff/devices.html", ACT),
    Page("/quarantine", "staff/quarantine.html", ACT),
    Page(SIGN_IN, "staff/signin.html", None),
)


def install(app: FastAPI) -> None:
    """Serve the pages."""
    for page in PAGES:
        app.add_api_route(page.path, _serve(page), include_in_schema=False, response_model=None)
    for folder in FOLDERS:
        app.mount(f"/static/{folder}", PageFiles(page_files() / folder), name=folder)


def _serve(page: Page) -> Callable[..., Any]:
    file: Path = page_files() / page.file

    async def show(request: Request) -> Response:
        if page.roles is not None:
            who = await run_in_threadpool(session_of, deps_of(request), request)
            if who is None or who.role not in page.roles:
                return RedirectResponse(SIGN_IN if who is None else "/", 303, headers={"Cache-Control": "no-store"})
        return FileResponse(file, headers=REVALIDATE)

    return show
