"""Serves the files of the pages out of memory, compressed once, and reads them again when they have changed."""

import gzip
import hashlib
import mimetypes
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

Read = Callable[[str], bytes]
"""The bytes of a file, by its path below the folder. Raises LookupError."""

_LEVEL = 9
_WORTH_IT = 512
"""Below so many bytes compressing saves less than a packet."""
_TEXT = ("text/", "application/json", "image/svg+xml")
_NO_NAMES = frozenset({"", ".", ".."})
"""Parts of a path that would give one file many paths, each kept by itself."""


@dataclass(frozen=True, slots=True)
class _Kept:
    of: dict[str, tuple[int, int]]
    """The files it is made of, each with its time of change in ns and its size."""
    body: bytes
    packed: bytes | None
    media: str
    etag: str


class ServedFiles(ABC):
    """ASGI application over what is made of the files of one folder. Nothing outside `within` it is ever read."""

    def __init__(self, folder: Path, within: tuple[str, ...] = ("",)) -> None:
        self._folder = folder.resolve()
        self._within = [self._folder / one for one in within]
        self._kept: dict[str, _Kept] = {}

    @abstractmethod
    def make(self, path: str, read: Read) -> bytes:
        """Return what is served under a path. Raises LookupError for nothing."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            raise HTTPException(404)
        if scope["method"] not in {"GET", "HEAD"}:
            raise HTTPException(405)
        path = scope["path"].removeprefix(scope.get("root_path", "")).lstrip("/")
        await self.answer(path, Headers(scope=scope))(scope, receive, send)

    def answer(self, path: str, asked: Headers) -> Response:
        """Return what is under a path, or that it is still the same. Raises HTTPException for nothing.

        Browsers keep it and ask about it with the ETag each time: an update reaches every board at once.
        """
        try:
            kept = self._fresh(path)
        except LookupError:
            raise HTTPException(404) from None
        headers = {"Cache-Control": "no-cache", "ETag": kept.etag, "Vary": "Accept-Encoding"}
        known = {tag.strip().removeprefix("W/") for tag in asked.get("if-none-match", "").split(",")}
        if kept.etag in known:
            return Response(status_code=304, headers=headers)
        if kept.packed is not None and "gzip" in asked.get("accept-encoding", ""):
            return Response(kept.packed, headers={**headers, "Content-Encoding": "gzip"}, media_type=kept.media)
        return Response(kept.body, headers=headers, media_type=kept.media)

    def _fresh(self, path: str) -> _Kept:
        if not _NO_NAMES.isdisjoint(path.split("/")):
            raise LookupError(path)
        kept = self._kept.get(path)
        if kept is None or not self._is_fresh(kept):
            kept = self._kept[path] = self._made(path)
        return kept

    def _made(self, path: str) -> _Kept:
        of: dict[str, tuple[int, int]] = {}

        def read(file: str) -> bytes:
            of[file] = self._changed(file)
            return (self._folder / file).read_bytes()

        body = self.make(path, read)
        media = mimetypes.guess_type(path)[0] or "application/octet-stream"
        packed = gzip.compress(body, _LEVEL, mtime=0) if len(body) >= _WORTH_IT and media.startswith(_TEXT) else None
        return _Kept(of, body, packed, media, f'"{hashlib.sha256(body).hexdigest()[:24]}"')

    def _is_fresh(self, kept: _Kept) -> bool:
        try:
            return all(self._changed(file) == at for file, at in kept.of.items())
        except LookupError:  # one is gone
            return False

    def _changed(self, file: str) -> tuple[int, int]:
        """Return when a file was changed and its size. Raises LookupError for what is no file to be read."""
        try:
            path = (self._folder / file).resolve()
            found = path.stat()
        except (OSError, ValueError):  # ValueError: a NUL in the path
            raise LookupError(file) from None
        if not path.is_file() or not any(path.is_relative_to(one) for one in self._within):
            raise LookupError(file)
        return found.st_mtime_ns, found.st_size


class PageFiles(ServedFiles):
    """The files themselves."""

    def make(self, path: str, read: Read) -> bytes:
        """Return a file as it is."""
        return read(path)
