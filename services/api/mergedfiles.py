"""Serves what `merging` puts together out of memory, and again when a file that is in it has changed."""

from collections.abc import Callable
from pathlib import Path

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from dashboards import PARTS
from services.api import merging
from services.api.pagefiles import Kept, answer, keep

FROM_THE_START = "parts.js"
_Stamp = tuple[tuple[str, int, int], ...]


class MergedFiles:
    """ASGI application over the pages' files below `folder`, of which it reads those in `folders` alone.

    `F/page.css`: the style sheets of the page F/page.html; `F/script/parts.js`: what F/script.js needs from the start;
    `F/script/G/module.js`: a module as this script takes it.
    """

    def __init__(self, folder: Path, folders: tuple[str, ...]) -> None:
        self._folder, self._read = folder.resolve(), (*folders, PARTS)
        self._kept: dict[str, tuple[_Stamp, Kept]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            raise HTTPException(404)
        if scope["method"] not in {"GET", "HEAD"}:
            raise HTTPException(405)
        path = scope["path"].removeprefix(scope.get("root_path", "")).lstrip("/")
        try:
            kept = self._of(path)
        except LookupError:
            raise HTTPException(404) from None
        await answer(kept, Headers(scope=scope))(scope, receive, send)

    def answer(self, path: str, asked: Headers) -> Response:
        """Return a page that asks for its files as they are served here, or that it is still the same.

        Raises LookupError.
        """
        return answer(self._keep(path, "text/html", lambda read: merging.page(path, read)), asked)

    def _of(self, path: str) -> Kept:
        if path.endswith(".css"):
            page = path.removesuffix(".css") + ".html"
            return self._keep(path, "text/css", lambda read: merging.styles(page, read))
        folder, _, rest = path.partition("/")
        script, *module = rest.split("/")
        if not module or not path.endswith(".js") or not {"", ".", ".."}.isdisjoint(module):
            raise LookupError(path)
        entry = f"{folder}/{script}.js"
        if module == [FROM_THE_START]:
            return self._keep(path, "text/javascript", lambda read: merging.parts(entry, read))
        return self._keep(path, "text/javascript", lambda read: merging.alone(entry, "/".join(module), read))

    def _keep(self, path: str, media: str, merge: Callable[[merging.Read], str]) -> Kept:
        known = self._kept.get(path)
        if known is not None and self._is_fresh(known[0]):
            return known[1]
        read: dict[str, tuple[int, int]] = {}

        def reader(file: str) -> str:
            read[file] = self._stamp(file)
            return (self._folder / file).read_text(encoding="utf-8")

        body = merge(reader).encode()
        stamp = tuple((file, *at) for file, at in read.items())
        self._kept[path] = stamp, keep(body, media)
        return self._kept[path][1]

    def _is_fresh(self, stamp: _Stamp) -> bool:
        try:
            return all(self._stamp(file) == (time, size) for file, time, size in stamp)
        except LookupError:  # one is gone
            return False

    def _stamp(self, file: str) -> tuple[int, int]:
        """Return when a file was changed and its size. Raises LookupError for what is not a file of the pages."""
        try:
            path = (self._folder / file).resolve()
            found = path.stat()
        except (OSError, ValueError):  # ValueError: a NUL in the path
            raise LookupError(file) from None
        if not path.is_file() or not any(path.is_relative_to(self._folder / one) for one in self._read):
            raise LookupError(file)
        return found.st_mtime_ns, found.st_size
