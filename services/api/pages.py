"""The pages and their files: which page is whose, on one screen."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse, Response

from dashboards import FOLDERS, page_files
from services.api.deps import Deps, deps_of
from services.api.identity import ACT, session_of
from services.api.mergedfiles import MergedFiles
from services.api.merging import ROOT
from services.api.pagefiles import PageFiles, ServedFiles
from services.api.screenfiles import worker
from services.catalogue.people import ROLES, Role
from services.contracts.errors import FoldspaceError

SIGN_IN = "/signin"
WELCOME = "/welcome"
"""Where an admin begins, while there is nothing in the catalogue; `?stay` shows the empty board all the same."""
STAFF: frozenset[Role] = frozenset(ROLES)
SET_UP: frozenset[Role] = frozenset({"scheduler", "admin"})


MERGED = ("shared", "staff", "resident", "partner")
"""Pages of these folders get their files put together. Screens keep theirs one by one, to go on without a network."""


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
    Page("/calendars", "staff/calendars.html", ACT),
    Page("/quarantine", "staff/quarantine.html", ACT),
    Page("/partner", "partner/index.html", frozenset({"partner", "admin"})),
    Page("/people", "staff/people.html", frozenset({"admin"})),
    Page("/screen/{site}", "screens/site.html", None),
    Page("/screen/{site}/{space}", "screens/door.html", None),
    Page("/screen/{site}/{space}/print", "screens/sheet.html", None),
    Page("/usage", "staff/usage.html", STAFF),
    Page("/usage/report", "staff/report.html", STAFF),
    Page("/setup", "staff/setup.html", SET_UP),
    Page(WELCOME, "staff/welcome.html", frozenset({"admin"})),
    Page(SIGN_IN, "staff/signin.html", None),
    Page("/r", "resident/index.html", None),
    Page("/r/{site}", "resident/index.html", None),
    Page("/r/{site}/{space}", "resident/door.html", None),
    Page("/me", "resident/index.html", None),
)


def install(app: FastAPI) -> None:
    """Serve the pages."""
    merged, single = MergedFiles(page_files(), MERGED), PageFiles(page_files())
    app.add_api_route("/screen/worker.js", worker, include_in_schema=False, response_model=None)
    for page in PAGES:
        files = merged if page.file.split("/")[0] in MERGED else single
        app.add_api_route(page.path, _serve(page, files), include_in_schema=False, response_model=None)
    app.mount(ROOT, merged, name="merged")
    for folder in FOLDERS:
        app.mount(f"/static/{folder}", PageFiles(page_files() / folder), name=folder)


def _serve(page: Page, files: ServedFiles) -> Callable[..., Any]:
    async def show(request: Request) -> Response:
        if page.roles is not None:
            who = await run_in_threadpool(session_of, deps_of(request), request)
            if who is None or who.role not in page.roles:
                return RedirectResponse(SIGN_IN if who is None else "/", 303, headers={"Cache-Control": "no-store"})
            begins = page.path == "/" and who.role == "admin" and "stay" not in request.query_params
            if begins and await run_in_threadpool(_nothing_yet, deps_of(request)):
                return RedirectResponse(WELCOME, 303, headers={"Cache-Control": "no-store"})
        return files.answer(page.file, request.headers)

    return show


def _nothing_yet(deps: Deps) -> bool:
    """Tell whether the catalogue is empty. A database that is away is no new one."""
    try:
        return not deps.catalogue.view().community.sites
    except FoldspaceError:
        return False
