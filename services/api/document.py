"""The OpenAPI document: who may call what, how it is refused, and what everything is called. Derived from the table."""

import inspect
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from services.api.identity import COOKIE, CSRF_HEADER
from services.api.problems import MEDIA_TYPE, Problem
from services.catalogue.people import ROLES

if TYPE_CHECKING:
    from services.api.routes import Route

Json = dict[str, Any]

ABOUT = """Community space: live states, bookings, decisions.

Lists answer `{"items": [...], "next": cursor or null}`; give `next` as `after` for the page that follows.
Instants are RFC 3339 with an offset. Errors are problem details (RFC 9457).
`?lang=` chooses Chinese or English; without it a resident's account does, and for all others `Accept-Language`.
"""
_REFUSALS = {
    400: ("Unreadable", "The body is no text in UTF-8."),
    401: ("Unauthenticated", "Nobody is signed in, or the token, name or password is wrong."),
    403: ("Forbidden", "The role does not allow it, or the request came from another site's page."),
    404: ("NotFound", "What the path or the body names is not there."),
    409: ("Conflict", "Things are not so any more that this could be done, or somebody else was first."),
    413: ("TooLarge", "The body is larger than the limit."),
    422: ("Invalid", "Something is missing, malformed or cannot be meant; `errors` names fields."),
    429: ("Throttled", "Too many attempts."),
    503: ("Unavailable", "The database, the journal or the history does not answer now."),
}
"""Status → name and description of the answer in the document."""
_HEADERS = {401: ("WWW-Authenticate", "string"), 429: ("Retry-After", "integer")}
_SAFE = frozenset({"GET", "HEAD"})
_DOORS = frozenset({"me", "public"})
"""Tags that say who is asking, not what it is about."""
_SCHEMES = {
    "token": {
        "type": "http",
        "scheme": "bearer",
        "description": "An API token; `foldspace up` leaves one in admin.token.",
    },
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": COOKIE,
        "description": "The staff cookie of POST /session. What changes something also needs the header "
        f"{CSRF_HEADER}, unless the browser itself says that the request is same-origin.",
    },
    "resident": {
        "type": "apiKey",
        "in": "cookie",
        "name": "foldspace_resident",
        "description": "The cookie of a resident.",
    },
}


class DocumentedApi(FastAPI):
    """The application, with the document completed from the table of routes."""

    table: tuple["Route", ...] = ()
    """The routes of the document."""
    prefix: str = ""

    def openapi(self) -> Json:
        """Return the document; it is made once."""
        if self.openapi_schema is None:
            schema = get_openapi(
                title=self.title,
                version=self.version,
                description=self.description,
                routes=self.routes,
                tags=_tags(self.table),
            )
            self.openapi_schema = _completed(schema, self.table, self.prefix)
        return self.openapi_schema


def tag(route: "Route") -> str:
    """Return what a route is about: the first word of its path."""
    return route.path.split("/")[1]


def operation_id(route: "Route") -> str:
    """Return the name of an operation, such as `list_spaces`, `keep_booking` or `quarantine_export`.

    It is that of the function, with what the path is about where the function does not say it: an act names its
    object last, a look first.
    """
    name, about = route.endpoint.__name__, tag(route).replace("-", "_")
    if about in _DOORS:
        return _behind(about, route.path, name)
    one = {"ies": f"{about[:-3]}y", "ves": f"{about[:-3]}f"}.get(about[-3:], about.removesuffix("s"))
    said = any(word.startswith(one) for word in name.split("_")) or about in name or one.startswith(name)
    if said or name.startswith("list_"):
        return name
    return f"{one}_{name}" if route.method in _SAFE else f"{name}_{one}"


def _behind(door: str, path: str, name: str) -> str:
    """Return the name of an operation for residents or passers-by, whose functions are named as those of staff are."""
    words = name.split("_")
    within = [part for part in path.split("/")[2:3] if "{" not in part and part.removesuffix("s") not in name]
    return name if door in words else "_".join([door, *(part.replace("-", "_") for part in within), name])


def _tags(table: Iterable["Route"]) -> list[Json]:
    """Return the tags in the order of the table; each is described by the first line of its first module."""
    described: dict[str, str] = {}
    for route in table:
        module = inspect.getmodule(route.endpoint)
        lines = (inspect.getdoc(module) or "").splitlines()
        described.setdefault(tag(route), lines[0] if lines else "")
    return [{"name": name, "description": description} for name, description in described.items()]


def _completed(schema: Json, table: Iterable["Route"], prefix: str) -> Json:
    used: set[str] = set()
    for route in table:
        operation = schema["paths"][prefix + route.path][route.method.lower()]
        operation["security"] = [{scheme: []} for scheme in _schemes(route)]
        used.update(_schemes(route))
        answers = {code: answer for code, answer in operation["responses"].items() if code < "400"}
        refusals = {str(status): _reference(status) for status in sorted(_statuses(route, operation))}
        operation["responses"] = {**answers, **refusals}
    components = schema.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    for name in ("HTTPValidationError", "ValidationError"):  # the framework's own; ours are problems
        schemas.pop(name, None)
    told = Problem.model_json_schema(mode="serialization", ref_template="#/components/schemas/{model}")
    schemas.update({**told.pop("$defs"), "Problem": told})
    components["responses"] = {name: _refusal(status) for status, (name, _) in _REFUSALS.items()}
    components["securitySchemes"] = {name: scheme for name, scheme in _SCHEMES.items() if name in used}
    return schema


def _schemes(route: "Route") -> list[str]:
    if route.roles is None:
        return []
    return ["resident"] if route.roles.isdisjoint(ROLES) else ["token", "session"]


def _statuses(route: "Route", operation: Json) -> set[int]:
    """Return how a route may refuse, by what it takes and who may call it."""
    changes, body = route.method not in _SAFE, "requestBody" in operation
    named = body or "{" in route.path
    applies = {
        400: body,
        401: route.roles is not None or body,
        403: route.roles is not None or changes,
        404: named,
        409: changes and named,
        413: body,
        422: True,  # whatever the address has besides, it must be text
        429: body if route.roles is None else changes and route.roles.isdisjoint(ROLES),
        503: True,
    }
    return {status for status, may in applies.items() if may} | set(route.refuses)


def _reference(status: int) -> Json:
    return {"$ref": f"#/components/responses/{_REFUSALS[status][0]}"}


def _refusal(status: int) -> Json:
    said: Json = {
        "description": _REFUSALS[status][1],
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    if status in _HEADERS:
        name, kind = _HEADERS[status]
        said["headers"] = {name: {"schema": {"type": kind}}}
    return said
