"""Puts the files of a page together, as they are: a phone pays more for each file it asks for than for its bytes.

A page's script and everything it imports from the start become two answers, one with the *parts* and one with the
script itself. What is imported later comes file by file, and takes the parts from where they already are, so that each
module is there once. This works because the pages' modules keep to few forms: named imports and imports of a whole
module, on lines of their own, and exports of what is declared there and never assigned again.
"""

import re
from collections.abc import Callable
from pathlib import PurePosixPath

from dashboards import PARTS

Read = Callable[[str], str]
"""The text of a file, by its path below `dashboards`. Raises LookupError."""

ROOT = "/static/merged"
_IMPORT = re.compile(r'^import (?:\* as (?P<whole>\w+)|\{(?P<names>[^}]*)\}) from "(?P<path>\.{1,2}/[^"]+)";\n', re.M)
_LATER = re.compile(r'\bimport\("(\.{1,2}/[^"]+)"\)')
_EXPORT = re.compile(r"^export (?=(?:(?:async )?function|class|const) (\w+))", re.M)
_ANY = re.compile(r"""^(?:import (?:[{*]|.*["'])|export\b).*""", re.M)
_PART = re.compile(r"^( *)<!-- part: ([a-z]+) -->\n", re.M)
_SHEET = re.compile(r' *<link rel="stylesheet" href="/static/([^"]+)">\n')
_SCRIPT = re.compile(r'<script type="module" src="/static/([^"]+)\.js"></script>')


class MergeError(LookupError):
    """A file is not written in a way that it can be put together with others, or is not there."""


def order(entry: str, read: Read) -> list[str]:
    """Return the modules that a script needs from the start, each behind those that it needs itself, it last.

    Raises LookupError.
    """
    found: list[str] = []
    _visit(entry, read, found, ())
    return found


def parts(entry: str, read: Read) -> str:
    """Return all that a script needs from the start, without itself, as one module that exports each under its name."""
    modules = order(entry, read)[:-1]
    pieces = [_wrapped(path, read(path), entry, set(modules)) for path in modules]
    return "".join(pieces) + f"export {{ {', '.join(_name(path) for path in modules)} }};\n"


def alone(entry: str, path: str, read: Read) -> str:
    """Return one module, the script or what it imports later, which takes the parts from where they are."""
    known = set(order(entry, read)[:-1])
    if path in known:
        raise MergeError(f"{path}: is a part of {entry}")
    source = read(path)
    _expect_plain(path, source)

    def taken(found: re.Match[str]) -> str:
        target = _target(path, found["path"])
        if target in known:
            return f'import {{ {_name(target)} }} from "{_parts_url(entry)}";\n{_unpacked(found, target)}'
        return found[0].replace(f'"{found["path"]}"', f'"{_url(entry, target)}"')

    return _later(_IMPORT.sub(taken, source), entry, path, known)


def styles(path: str, read: Read) -> str:
    """Return the style sheets of a page as one."""
    return "".join(f"/* {sheet} */\n{read(sheet)}" for sheet in _SHEET.findall(whole(path, read)))


def whole(path: str, read: Read) -> str:
    """Return a page with what it has in common with others in its places."""

    def part(found: re.Match[str]) -> str:
        return "".join(f"{found[1]}{line}\n" for line in read(f"{PARTS}/{found[2]}.html").splitlines())

    return _PART.sub(part, read(path))


def page(path: str, read: Read) -> str:
    """Return a page that is whole, and asks for its files as they are put together here."""
    name, html = path.removesuffix(".html"), whole(path, read)
    sheet = f'  <link rel="stylesheet" href="{ROOT}/{name}.css">\n'
    once = iter([sheet])
    html = _SHEET.sub(lambda _: next(once, ""), html)

    def script(found: re.Match[str]) -> str:
        entry = f"{found[1]}.js"
        return (
            f'<link rel="modulepreload" href="{_parts_url(entry)}">\n'
            f'  <script type="module" src="{_url(entry, entry)}"></script>'
        )

    return _SCRIPT.sub(script, html)


def _visit(path: str, read: Read, found: list[str], above: tuple[str, ...]) -> None:
    if path in above:
        raise MergeError(f"{path}: imports itself by way of {' → '.join(above)}")
    if path in found:
        return
    source = read(path)
    _expect_plain(path, source)
    for one in _IMPORT.finditer(source):
        _visit(_target(path, one["path"]), read, found, (*above, path))
    found.append(path)


def _expect_plain(path: str, source: str) -> None:
    for line in _ANY.findall(_EXPORT.sub("", _IMPORT.sub("", source))):
        raise MergeError(f"{path}: {line!r} is not a form of import or export that can be put together")


def _wrapped(path: str, source: str, entry: str, known: set[str]) -> str:
    """Return a module as a function that is called once: what it declares is nobody else's."""
    exported = _EXPORT.findall(source)
    body = _IMPORT.sub(lambda found: _unpacked(found, _target(path, found["path"])), source)
    body = _later(_EXPORT.sub("", body), entry, path, known)
    return f"// {path}\nconst {_name(path)} = (() => {{\n{body}return {{ {', '.join(exported)} }};\n}})();\n"


def _unpacked(found: re.Match[str], target: str) -> str:
    if found["whole"]:
        return f"const {found['whole']} = {_name(target)};\n"
    names = " ".join(found["names"].split()).replace(" as ", ": ")
    return f"const {{ {names} }} = {_name(target)};\n"


def _later(source: str, entry: str, path: str, known: set[str]) -> str:
    """Return a module whose imports at a later time come from where these are; a part is there already."""

    def asked(found: re.Match[str]) -> str:
        target = _target(path, found[1])
        if target in known:
            return f'import("{_parts_url(entry)}").then((parts) => parts.{_name(target)})'
        return f'import("{_url(entry, target)}")'

    return _LATER.sub(asked, source)


def _target(path: str, named: str) -> str:
    folder = list(PurePosixPath(path).parent.parts)
    for part in named.split("/"):
        if part == "..":
            folder.pop()
        elif part != ".":
            folder.append(part)
    return "/".join(folder)


def _name(path: str) -> str:
    return "$" + re.sub(r"\W", "_", path.removesuffix(".js"))


def _parts_url(entry: str) -> str:
    return _url(entry, "parts.js")


def _url(entry: str, path: str) -> str:
    return f"{ROOT}/{entry.removesuffix('.js')}/{path}"
