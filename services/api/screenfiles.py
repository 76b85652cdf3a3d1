"""The files of the screens' pages as one version: what a screen keeps to go on without a network."""

import hashlib
import json
from functools import cache

from fastapi.responses import Response

from dashboards import page_files
from services.contracts.texts import LANGUAGES, catalogue

_FOLDERS = ("screens", "shared")
_SUFFIXES = frozenset({".html", ".css", ".js", ".svg"})
_WORKER = "worker.js"
SECTIONS = ("page", "screen")
"""Sections of the text catalogue that the pages ask for."""


@cache
def files_version() -> str:
    """Return what names the files and words of the screens' pages as they are in this program."""
    digest = hashlib.sha256()
    for path in _paths():
        digest.update(path.encode())
        digest.update((page_files() / path).read_bytes())
    words = {key: said for key, said in catalogue().items() if key.split(".")[0] in SECTIONS}
    digest.update(json.dumps(words, sort_keys=True).encode())
    return digest.hexdigest()[:12]


def worker() -> Response:
    """The service worker of the screens: the files' list and version, and what it does with them.

    A browser that finds it changed fetches all of them anew, whole or not at all.
    """
    texts = [f"/api/v1/texts?lang={language}&section={'&section='.join(SECTIONS)}" for language in LANGUAGES]
    kept = [f"/static/{path}" for path in _paths() if not path.endswith(_WORKER)]
    head = f"const VERSION = {json.dumps(files_version())};\nconst FILES = {json.dumps([*kept, *texts])};\n"
    script = (page_files() / "screens" / _WORKER).read_text(encoding="utf-8")
    headers = {"Cache-Control": "no-cache", "Service-Worker-Allowed": "/screen/"}
    return Response(head + script, media_type="text/javascript", headers=headers)


def _paths() -> list[str]:
    folder = page_files()
    return sorted(
        path.relative_to(folder).as_posix()
        for name in _FOLDERS
        for path in (folder / name).iterdir()
        if path.suffix in _SUFFIXES
    )
