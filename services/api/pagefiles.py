"""Serves the files of the pages out of memory, compressed once: a page asks for forty of them at the same time.

A page is put together when it is read: `<!-- part: NAME -->` on a line of its own stands for the part of that name.
"""

import gzip
import hashlib
import mimetypes
import re
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
_PART = re.compile(r"^( *)<!-- part: ([a-z]+) -->\n", re.MULTILINE)
_TEXT = ("text/", "application/json", "image/svg+xml")


@dataclass(frozen=True, slots=True)
class _Kept:
    changed: tuple[int, ...]
    """Times of change in ns, and size: a file that was edited, or a part of it, is read again."""
    body: bytes
    packed: bytes | None
    media: str
    etag: str


class PageFiles:
    """ASGI application over the files of one folder, itself flat or not. Of what lies outside only `parts` are read."""

    def __init__(self, folder: Path, parts: Path | None = None) -> None:
        self._folder = folder.resolve()
        self._parts = parts
        self._kept: dict[Path, _Kept] = {}

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
        kept = self._file(path)
        headers = {**REVALIDATE, "ETag": kept.etag, "Vary": "Accept-Encoding"}
        known = {tag.strip().removeprefix("W/") for tag in asked.get("if-none-match", "").split(",")}
        if kept.etag in known:
            return Response(status_code=304, headers=headers)
        if kept.packed is not None and "gzip" in asked.get("accept-encoding", ""):
            return Response(kept.packed, headers={**headers, "Content-Encoding": "gzip"}, media_type=kept.media)
        return Response(kept.body, headers=headers, media_type=kept.media)

    def _file(self, path: str) -> _Kept:
        """Return a file, read again when it has changed. Raises HTTPException for what is not there."""
        try:
            file = (self._folder / path).resolve()
            found = file.stat()
        except (OSError, ValueError):  # ValueError: a NUL in the path
            raise HTTPException(404) from None
        if not file.is_relative_to(self._folder) or not file.is_file():
            raise HTTPException(404)
        parts = self._parts if file.suffix == ".html" else None
        of_parts = () if parts is None else (part.stat().st_mtime_ns for part in sorted(parts.iterdir()))
        changed = (found.st_mtime_ns, found.st_size, *of_parts)
        kept = self._kept.get(file)
        if kept is None or kept.changed != changed:
            kept = self._kept[file] = _read(file, changed, parts)
        return kept


def _read(file: Path, changed: tuple[int, ...], parts: Path | None) -> _Kept:
    body = file.read_bytes() if parts is None else whole(file, parts).encode()
    media = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    packed = gzip.compress(body, _LEVEL, mtime=0) if len(body) >= _WORTH_IT and media.startswith(_TEXT) else None
    return _Kept(changed, body, packed, media, f'"{hashlib.sha256(body).hexdigest()[:24]}"')


def whole(file: Path, parts: Path) -> str:
    """Return a page with its parts in their places, as far in as they are named. Raises OSError for none such."""

    def part(found: re.Match[str]) -> str:
        lines = (parts / f"{found[2]}.html").read_text(encoding="utf-8").splitlines()
        return "".join(f"{found[1]}{line}\n" for line in lines)

    return _PART.sub(part, file.read_text(encoding="utf-8"))
