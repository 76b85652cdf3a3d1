"""Puts the application together from the table of routes, the pages, the problem documents and the armour."""

from importlib.metadata import version

from fastapi import FastAPI
from starlette.middleware.gzip import GZipMiddleware

from services.api import pages, problems, routes
from services.api.armour import Armour
from services.api.deps import Deps
from services.api.document import ABOUT, DocumentedApi


def create_app(deps: Deps) -> FastAPI:
    """Return the application. It starts nothing: `server` runs it, and `deps.live` is started there."""
    app = DocumentedApi(
        title="foldspace",
        version=version("foldspace"),
        description=ABOUT,
        openapi_url=f"{routes.PREFIX}/openapi.json",
        docs_url=None,  # the documentation pages of the framework load scripts from elsewhere
        redoc_url=None,
        redirect_slashes=False,
    )
    app.state.deps = deps
    app.state.scopes = routes.SCOPES
    app.add_middleware(GZipMiddleware, minimum_size=1024, compresslevel=6)  # streams of events pass as they are
    app.add_middleware(Armour, max_body_bytes=routes.body_limits(deps.settings.max_body_bytes))
    problems.install(app)
    routes.install(app)
    pages.install(app)
    return app
