"""Serves the files of the pages out of memory, compressed once: a page asks for forty of them at the same time."""

import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from pathlib import Path

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

REVALIDATE = {"Cache-Control": "no-cache"}
"""Kept by the browser, asked about with the ETag each time: an update reaches every board at once."""
_LEVEL = 9
_WORTH_IT = 512
"""Below so many bytes compressing saves less than a packet."""
_TEXT = ("text/", "application/json", "image/svg+xml")


@dataclass(frozen=True, slots=True)
class Kept:
    """A file in memory, as it is and compressed."""

    changed: tuple[int, int]
    """Time of change in ns, and size: a file that was edited is read again."""
    body: bytes
    packed: bytes | None
    media: str
    etag: str


class PageFiles:
    """ASGI application over the files of one folder, itself flat or not. Nothing outside the folder is ever read."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()
        self._kept: dict[Path, Kept] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            raise HTTPException(404)
        if scope["method"] not in {"GET", "HEAD"}:
            raise HTTPException(405)
        path = scope["path"].removeprefix(scope.get("root_path", "")).lstrip("/")
        await self.answer(path, Headers(scope=scope))(scope, receive, send)

    def answer(self, path: str, asked: Headers) -> Response:
        """Return a file, or that it is still the same. Raises HTTPException for what is not there."""
        return answer(self._file(path), asked)

    def _file(self, path: str) -> Kept:
        """Return a file, read again when it has changed. Raises HTTPException for what is not there."""
        try:
            file = (self._folder / path).resolve()
            found = file.stat()
        except (OSError, ValueError):  # ValueError: a NUL in the path
            raise HTTPException(404) from None
        if not file.is_relative_to(self._folder) or not file.is_file():
            raise HTTPException(404)
        changed = (found.st_mtime_ns, found.st_size)
        kept = self._kept.get(file)
        if kept is None or kept.changed != changed:
            kept = self._kept[file] = _read(file, changed)
        return kept


def answer(kept: Kept, asked: Headers) -> Response:
    """Return what is kept of a file as somebody asked for it."""
    headers = {**REVALIDATE, "ETag": kept.etag, "Vary": "Accept-Encoding"}
    known = {tag.strip().removeprefix("W/") for tag in asked.get("if-none-match", "").split(",")}
    if kept.etag in known:
        return Response(status_code=304, headers=headers)
    if kept.packed is not None and "gzip" in asked.get("accept-encoding", ""):
        return Response(kept.packed, headers={**headers, "Content-Encoding": "gzip"}, media_type=kept.media)
    return Response(kept.body, headers=headers, media_type=kept.media)


def _read(file: Path, changed: tuple[int, int]) -> Kept:
    return keep(file.read_bytes(), mimetypes.guess_type(file.name)[0] or "application/octet-stream", changed)


def keep(body: bytes, media: str, changed: tuple[int, int] = (0, 0)) -> Kept:
    """Return a file to be kept; text that is long enough is compressed, once."""
    packed = gzip.compress(body, _LEVEL, mtime=0) if len(body) >= _WORTH_IT and media.startswith(_TEXT) else None
    return Kept(changed, body, packed, media, f'"{hashlib.sha256(body).hexdigest()[:24]}"')
