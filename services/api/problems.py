"""Turns every error into a problem document (RFC 9457), in the caller's language."""

import secrets
from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from services.api.answers.bookings import SeriesProblem
from services.api.faults import field_of
from services.api.language import language_of
from services.contracts.communityfaults import Fault as CommunityFault
from services.contracts.errors import FoldspaceError
from services.contracts.retelling import Kept, fault_said, retold
from services.contracts.texts import text
from services.kit.logs import logger

MEDIA_TYPE = "application/problem+json"
STATUS_OF_KIND = {
    "invalid": 422,
    "file": 422,
    "unauthenticated": 401,
    "forbidden": 403,
    "not-found": 404,
    "conflict": 409,
    "stale": 412,
    "throttled": 429,
    "timeseries": 503,
    "journal": 503,
    "database": 503,
    "start": 503,
    "font": 503,
}
"""Kind of error → HTTP status; a kind that is not here is our own fault and answers 500."""
_KIND_OF_STATUS = {
    404: "not-found",
    405: "method-not-allowed",
    401: "unauthenticated",
    403: "forbidden",
    413: "too-large",
}

log = logger("api")


class Fault(BaseModel):
    """A field that is not as it has to be."""

    field: str
    message: str


class Problem(BaseModel):
    """What `problem` renders. There may be further members."""

    type: Annotated[str, Field(pattern="^urn:foldspace:problem:[a-z-]+$")]
    title: Annotated[str, Field(description="the kind of problem")]
    status: Annotated[int, Field(ge=400, le=599)]
    detail: Annotated[str, Field(description="one sentence for a person, in the language asked for")]
    errors: Annotated[list[Fault], Field(description="of 422: every field that is wrong")] = []
    problems: Annotated[list[SeriesProblem], Field(description="of a series: what cannot be had, and why")] = []


class RefusalError(FoldspaceError):
    """The API itself refuses; says why in both languages. `key` is in the section problems."""

    def __init__(
        self,
        kind: str,
        key: str,
        headers: Mapping[str, str] | None = None,
        *,
        more: Mapping[str, Any] | None = None,
        **params: Any,
    ) -> None:
        super().__init__(key=key, **params)
        self.kind = kind
        self.headers = dict(headers or {})
        self.more = dict(more or {})
        """Further members of the problem document."""


def problem(
    kind: str,
    status: int,
    detail: str,
    language: str,
    headers: Mapping[str, str] | None = None,
    **more: Any,
) -> JSONResponse:
    """Return a problem document. `detail` is one sentence for a person."""
    body = {
        "type": f"urn:foldspace:problem:{kind}",
        "title": text(f"problems.title_{kind.replace('-', '_')}", language),
        "status": status,
        "detail": detail,
        **more,
    }
    return JSONResponse(body, status, headers={"Cache-Control": "no-store", **(headers or {})}, media_type=MEDIA_TYPE)


def from_foldspace(request: Request, error: Exception) -> JSONResponse:
    """Answer an error of our family."""
    assert isinstance(error, FoldspaceError)
    status = STATUS_OF_KIND.get(error.kind)
    if status is None:
        return from_anything(request, error)
    language = language_of(request)
    if isinstance(error, RefusalError):
        detail = text(f"problems.{error.key}", language, _said(error.params, language))
        return problem(error.kind, status, detail, language, error.headers, **_said(error.more, language))
    said = error.said(language)
    detail = said if error.key or said != str(error) else _unkeyed(error, language)
    return problem(error.kind, status, detail, language)


def _unkeyed(error: FoldspaceError, language: str) -> str:
    """Return what a part says of itself in one English sentence; where nobody can tell it otherwise, its kind."""
    return retold(str(error), language) or _of_kind(error.kind, language)


def _of_kind(kind: str, language: str) -> str:
    title = text(f"problems.title_{kind.replace('-', '_')}", language)
    return text("problems.detail_of_kind", language, {"title": title})


def _said(value: Any, language: str) -> Any:
    """Return parameters or members of a problem with every fault in them as its sentence."""
    if isinstance(value, CommunityFault):
        return value.sentence(language)
    if isinstance(value, Mapping):
        return {name: _said(item, language) for name, item in value.items()}
    return [_said(item, language) for item in value] if isinstance(value, list) else value


def from_http(request: Request, error: Exception) -> JSONResponse:
    """Answer what the framework raises itself: no such path, no such method."""
    assert isinstance(error, HTTPException)
    kind = _KIND_OF_STATUS.get(error.status_code, "invalid" if error.status_code < 500 else "failed")
    phrase = HTTPStatus(error.status_code).phrase
    language = language_of(request)
    detail = text(
        f"problems.detail_{kind.replace('-', '_')}", language, {"path": request.scope["path"], "phrase": Kept(phrase)}
    )
    return problem(kind, error.status_code, detail, language, error.headers)


def from_validation(request: Request, error: Exception) -> JSONResponse:
    """Answer a body or query that does not have the right form; names every field."""
    assert isinstance(error, RequestValidationError)
    language = language_of(request)
    faults = [{"field": field_of(fault), "message": fault_said(fault, language)} for fault in error.errors()]
    first = faults[0] if faults else {"field": "", "message": ""}
    detail = text("problems.detail_fields", language, {"count": len(faults), **first})
    return problem("invalid", 422, detail, language, errors=faults)


def _path(request: Request) -> str:
    """Return what was asked for, as a log may have it: secrets that stand in a path are left out."""
    path: str = request.scope["path"]
    for name in ("secret", "token"):
        path = path.replace(str(request.path_params.get(name) or "\0"), "…")
    return path


def from_anything(request: Request, error: Exception) -> JSONResponse:
    """Answer our own fault: nothing of it leaks, an incident number finds it in the log."""
    incident = secrets.token_hex(4)
    log.error("request_failed", incident=incident, method=request.method, path=_path(request), exc_info=error)
    language = language_of(request)
    return problem("failed", 500, text("problems.detail_failed", language, {"incident": incident}), language)


def status_of(error: Exception) -> int:
    """Return the HTTP status with which an error is answered."""
    if isinstance(error, FoldspaceError):
        return STATUS_OF_KIND.get(error.kind, 500)
    if isinstance(error, HTTPException):
        return error.status_code
    return 422 if isinstance(error, RequestValidationError) else 500


def install(app: FastAPI) -> None:
    """Make problem documents the answer to every error of the application."""
    app.add_exception_handler(FoldspaceError, from_foldspace)
    app.add_exception_handler(HTTPException, from_http)
    app.add_exception_handler(RequestValidationError, from_validation)
    app.add_exception_handler(Exception, from_anything)
