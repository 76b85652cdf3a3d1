"""What a picture is made of: boxes in pixels with words, shapes, codes, bars, and how room is shared out. Pure."""

from dataclasses import dataclass

from services.signage.signs import Status
from services.signage.words import Align


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in pixels; its right and lower edges are not part of it."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def width(self) -> int:
        """Its width, never below 0."""
        return max(0, self.right - self.left)

    @property
    def height(self) -> int:
        """Its height, never below 0."""
        return max(0, self.bottom - self.top)

    def inset(self, by: int) -> "Box":
        """Return the box within, with a margin."""
        return Box(self.left + by, self.top + by, self.right - by, self.bottom - by)

    def cut_top(self, height: int) -> "tuple[Box, Box]":
        """Return its upper part and the rest."""
        at = min(self.bottom, self.top + max(0, height))
        return Box(self.left, self.top, self.right, at), Box(self.left, at, self.right, self.bottom)

    def cut_bottom(self, height: int) -> "tuple[Box, Box]":
        """Return its lower part and the rest."""
        at = max(self.top, self.bottom - max(0, height))
        return Box(self.left, at, self.right, self.bottom), Box(self.left, self.top, self.right, at)

    def cut_left(self, width: int) -> "tuple[Box, Box]":
        """Return its left part and the rest."""
        at = min(self.right, self.left + max(0, width))
        return Box(self.left, self.top, at, self.bottom), Box(at, self.top, self.right, self.bottom)

    def cut_right(self, width: int) -> "tuple[Box, Box]":
        """Return its right part and the rest."""
        at = max(self.left, self.right - max(0, width))
        return Box(at, self.top, self.right, self.bottom), Box(self.left, self.top, at, self.bottom)


@dataclass(frozen=True, slots=True)
class Words:
    """Words in a box, as large as they fit between `least` and `largest` pixels."""

    box: Box
    text: str
    largest: int
    least: int
    most_lines: int = 1
    bold: bool = False
    align: Align = "left"
    light: bool = False
    """White, on a dark bar."""
    accent: bool = False
    """Red where the panel has red."""


@dataclass(frozen=True, slots=True)
class Shape:
    """The shape of a state, in the middle of a box."""

    box: Box
    status: Status
    light: bool = False


@dataclass(frozen=True, slots=True)
class Code:
    """A QR code, in the middle of a box, with its quiet zone."""

    box: Box
    modules: tuple[tuple[bool, ...], ...]


@dataclass(frozen=True, slots=True)
class Bar:
    """A filled rectangle."""

    box: Box
    accent: bool = False


Item = Words | Shape | Code | Bar


def shared(box: Box, rows: int, gap: int) -> list[Box]:
    """Return a box shared out into so many rows of one height, with gaps between them."""
    if rows < 1:
        return []
    tall = (box.height - gap * (rows - 1)) // rows
    return [Box(box.left, top, box.right, top + tall) for top in (box.top + n * (tall + gap) for n in range(rows))]
