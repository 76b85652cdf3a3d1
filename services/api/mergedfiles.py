"""Serves what `merging` puts together of the files of the pages."""

from pathlib import Path

from dashboards import PARTS
from services.api import merging
from services.api.pagefiles import Read, ServedFiles

FROM_THE_START = "parts.js"


class MergedFiles(ServedFiles):
    """Pages that ask for their files as they are served here.

    `F/page.html` and `F/page.css`: a page and its style sheets; `F/script/parts.js`: what F/script.js needs from the
    start; `F/script/G/module.js`: a module as this script takes it.
    """

    def __init__(self, folder: Path, folders: tuple[str, ...]) -> None:
        super().__init__(folder, (*folders, PARTS))

    def make(self, path: str, read: Read) -> bytes:
        """Return what is put together under a path. Raises LookupError."""
        return _merged(path, lambda file: read(file).decode()).encode()


def _merged(path: str, read: merging.Read) -> str:
    name, _, form = path.rpartition(".")
    if form == "html":
        return merging.page(path, read)
    if form == "css":
        return merging.styles(f"{name}.html", read)
    folder, _, rest = path.partition("/")
    script, _, module = rest.partition("/")
    if form != "js" or not module:
        raise LookupError(path)
    entry = f"{folder}/{script}.js"
    return merging.parts(entry, read) if module == FROM_THE_START else merging.alone(entry, module, read)
