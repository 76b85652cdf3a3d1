"""Makes an SVG that somebody uploaded harmless: parsed without entities, rebuilt from what is known to be safe. Pure.

Nothing is taken out of the drawing; a new one is built of the elements, attributes and values on the lists below, and
what is on none of them is left behind. So whatever browsers learn to run tomorrow is left behind as well.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import Element, ParseError, SubElement, tostring

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from services.contracts.errors import FoldspaceError

MOST_BYTES = 512 * 1024
MOST_ELEMENTS = 5_000
MOST_DEPTH = 64
_MOST_TEXT = 500

_SVG = "http://www.w3.org/2000/svg"
_INKSCAPE_LABEL = "{http://www.inkscape.org/namespaces/inkscape}label"

_ELEMENTS = frozenset({
    "svg", "g", "rect", "path", "polygon", "polyline", "circle", "ellipse", "line", "text", "tspan", "title", "desc",
})  # fmt: skip
_WITH_TEXT = frozenset({"text", "tspan", "title", "desc"})

_NUMBER = r"(?>[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?)"
"""Atomic, as are the repetitions below: a long drawing must not be matched in more than one way."""
_LENGTH = re.compile(rf"\s*{_NUMBER}(?:px|pt|mm|cm|in|em|%)?\s*")
_LENGTHS = re.compile(rf"(?:[\s,]*+{_NUMBER}(?:px|pt|mm|cm|in|em|%)?+){{1,200}}+[\s,]*+")
_POINTS = re.compile(rf"(?:[\s,]*+{_NUMBER})*+[\s,]*+")
_PATH = re.compile(rf"(?:[\s,]*+(?:[MmZzLlHhVvCcSsQqTtAa]|{_NUMBER}))*+[\s,]*+")
_TRANSFORM = re.compile(
    rf"(?:[\s,]*+(?:matrix|translate|scale|rotate|skewX|skewY)\s*+\((?:[\s,]*+{_NUMBER}){{1,6}}+[\s,]*+\)){{1,20}}+\s*+"
)
_COLOUR = re.compile(
    r"\s*(?:#[0-9a-fA-F]{3,8}|[a-zA-Z]{3,20}|(?:rgb|rgba|hsl|hsla)\(\s*[\d.]+%?(?:[\s,/]+[\d.]+%?){2,3}\s*\))\s*"
)
_WORD = re.compile(r"\s*[a-z-]{1,20}\s*")
_ID = re.compile(r"[\w.:-]{1,100}")

_ATTRIBUTES: dict[str, re.Pattern[str]] = {
    **dict.fromkeys(
        ("x", "y", "x1", "y1", "x2", "y2", "cx", "cy", "r", "rx", "ry", "width", "height", "stroke-width", "opacity",
         "fill-opacity", "stroke-opacity", "font-size", "stroke-miterlimit", "stroke-dashoffset"), _LENGTH
    ),
    **dict.fromkeys(("dx", "dy", "stroke-dasharray"), _LENGTHS),
    "points": _POINTS,
    "d": _PATH,
    "transform": _TRANSFORM,
    **dict.fromkeys(("fill", "stroke"), _COLOUR),
    **dict.fromkeys(
        ("fill-rule", "stroke-linecap", "stroke-linejoin", "text-anchor", "font-weight", "font-style",
         "dominant-baseline"), _WORD
    ),
    "id": _ID,
}  # fmt: skip
_OF_STYLE = frozenset(_ATTRIBUTES) - {"id", "d", "points", "transform", "x", "y", "width", "height"}
"""What a drawing program says in `style="…"` that may be said in an attribute instead."""


class DrawingError(FoldspaceError):
    """A drawing that cannot be used; `key` is of the section `problems` of the text catalogue."""

    kind = "invalid"

    def __init__(self, key: str, message: str, **params: Any) -> None:
        super().__init__(message)
        self.key = key
        self.params = params


@dataclass(frozen=True, slots=True)
class Drawing:
    """A harmless drawing: `svg` is its text, `spaces` those whose shapes it has."""

    svg: str
    view_box: tuple[float, float, float, float]
    spaces: tuple[str, ...]


def harmless(text: str, spaces: Collection[str]) -> Drawing:
    """Return what of an uploaded SVG can do no harm. Shapes named like one of `spaces` are marked with it.

    Raises DrawingError for what is no SVG, is too large, or defines entities.
    """
    size = len(text.encode(errors="replace"))
    if size > MOST_BYTES:
        raise DrawingError("drawing_too_large", f"svg: {size} bytes; expected at most {MOST_BYTES}", most=512)
    try:
        root = fromstring(text, forbid_dtd=False, forbid_entities=True, forbid_external=True)
    except DefusedXmlException:
        raise DrawingError("drawing_with_entities", "svg: defines entities or names files outside") from None
    except (ParseError, ValueError, LookupError, RecursionError) as error:
        raise DrawingError("drawing_not_xml", f"svg: is not XML: {error}", reason=str(error)[:100]) from None
    if _local(root) != "svg":
        raise DrawingError("drawing_not_svg", "svg: expected <svg> as its outermost element")
    if sum(1 for _ in root.iter()) > MOST_ELEMENTS:
        raise DrawingError("drawing_too_many", f"svg: more than {MOST_ELEMENTS} elements", most=MOST_ELEMENTS)
    view_box = _view_box(root)
    marked: dict[str, None] = {}
    built = Element("svg", {"xmlns": _SVG, "viewBox": " ".join(f"{part:g}" for part in view_box)})
    _copy_children(root, built, frozenset(spaces), marked, 1)
    return Drawing(tostring(built, encoding="unicode"), view_box, tuple(marked))


def _copy_children(
    source: Element, target: Element, spaces: frozenset[str], marked: dict[str, None], depth: int
) -> None:
    if depth > MOST_DEPTH:
        raise DrawingError("drawing_too_deep", f"svg: elements within elements, more than {MOST_DEPTH} deep")
    with_text = _local(target) in _WITH_TEXT
    if with_text and source.text:
        target.text = _plain(source.text)
    for child in source:
        name = _local(child)
        if name in _ELEMENTS:
            copied = SubElement(target, name, _attributes(child))
            space = _space_of(child, spaces)
            if space is not None and space not in marked:
                copied.set("data-space", space)
                marked[space] = None
            _copy_children(child, copied, spaces, marked, depth + 1)
        if with_text and child.tail:
            if len(target):
                target[-1].tail = (target[-1].tail or "") + _plain(child.tail)
            else:
                target.text = (target.text or "") + _plain(child.tail)


def _attributes(element: Element) -> dict[str, str]:
    said = {name: value for name, value in element.attrib.items() if name in _ATTRIBUTES}
    for one in element.attrib.get("style", "").split(";"):
        name, _, value = one.partition(":")
        if name.strip() in _OF_STYLE:
            said[name.strip()] = value
    return {name: value.strip() for name, value in said.items() if _ATTRIBUTES[name].fullmatch(value)}


def _space_of(element: Element, spaces: frozenset[str]) -> str | None:
    for name in (element.attrib.get("data-space"), element.attrib.get("id"), element.attrib.get(_INKSCAPE_LABEL)):
        if name in spaces:
            return name
    return None


def _view_box(root: Element) -> tuple[float, float, float, float]:
    said = re.split(r"[\s,]+", root.attrib.get("viewBox", "").strip())
    if len(said) != 4:
        said = ["0", "0", _bare(root.attrib.get("width", "")), _bare(root.attrib.get("height", ""))]
    try:
        x, y, width, height = (float(part) for part in said)
    except ValueError:
        raise DrawingError("drawing_without_size", "svg: expected a viewBox, or width and height") from None
    if not (0 < width <= 1e6 and 0 < height <= 1e6 and abs(x) <= 1e6 and abs(y) <= 1e6):
        raise DrawingError("drawing_without_size", "svg: expected a viewBox, or width and height, of up to a million")
    return x, y, width, height


def _bare(length: str) -> str:
    return re.sub(r"(px|pt|mm|cm|in|em)\s*$", "", length.strip())


def _local(element: Element) -> str:
    """Return the name of an SVG element; empty for one of another namespace, or what is no element."""
    tag = element.tag
    if not isinstance(tag, str):
        return ""
    return tag.removeprefix(f"{{{_SVG}}}") if tag.startswith(f"{{{_SVG}}}") or "{" not in tag else ""


def _plain(text: str) -> str:
    """Return text without what cannot be shown, and not too much of it."""
    return "".join(one for one in text if one.isprintable() or one.isspace())[:_MOST_TEXT]
