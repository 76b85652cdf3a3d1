"""Fits words into a box: the largest size and the fewest lines that hold them, else as many as do, and an ellipsis."""

import re
from dataclasses import dataclass
from typing import Literal

from services.signage.fonts import Faces

_LEADING = 1.24
"""Height of a line for a size of 1: CJK characters fill their square."""
_BASELINE = 0.96
_SMALLER = 0.92
_ELLIPSIS = "…"
_PIECES = re.compile(r"[^\s\u2e80-\uffff]+[，。、；：！？」』）》”’…]*|\s+|.[，。、；：！？」』）》”’…]*")
"""Where a line may end: between words, and between any two Chinese characters, but not before what closes."""

Align = Literal["left", "middle", "right"]


@dataclass(frozen=True, slots=True)
class Fitted:
    """Lines of words at a size, and where the baseline of each is, from the top of their box."""

    lines: tuple[str, ...]
    size: int
    baselines: tuple[int, ...]
    height: int


def fit(
    faces: Faces,
    text: str,
    width: int,
    height: int,
    largest: int,
    least: int,
    *,
    most_lines: int = 1,
    bold: bool = False,
) -> Fitted | None:
    """Return the words as they fit into `width` × `height` pixels; None: not a single character does."""
    said = faces.readable(text)
    if not said or width < 1 or height < 1:
        return None
    size = max(min(largest, int(height / _LEADING)), 1)
    while size >= least:
        lines = _wrapped(faces, said, width, size, bold=bold)
        if (
            len(lines) <= most_lines
            and len(lines) * line_height(size) <= height
            and _within(faces, lines, width, size, bold)
        ):
            return _fitted(lines, size)
        size = min(size - 1, int(size * _SMALLER))
    if least * _LEADING > height:
        return None
    room = min(most_lines, int(height // line_height(least)))
    lines = _wrapped(faces, said, width, least, bold=bold, breaking=True)
    cut = _shortened(faces, _joined(lines[room - 1 :]), width, least, bold=bold) if room >= 1 else ""
    kept = [*lines[: room - 1], cut]
    return _fitted(kept, least) if cut and _within(faces, kept, width, least, bold) else None


def line_height(size: int) -> int:
    """Return the height of a line in pixels."""
    return max(1, round(size * _LEADING))


def width_of(faces: Faces, text: str, size: int, *, bold: bool = False) -> int:
    """Return the width of a text in pixels, rounded up."""
    return int(faces.at(size, bold=bold).getlength(text)) + 1


def _fitted(lines: list[str], size: int) -> Fitted:
    tall = line_height(size)
    baselines = tuple(
        round(number * tall + _BASELINE * size + (tall - size) / 2 - 0.08 * size) for number in range(len(lines))
    )
    return Fitted(tuple(lines), size, baselines, tall * len(lines))


def _within(faces: Faces, lines: list[str], width: int, size: int, bold: bool) -> bool:
    return all(width_of(faces, line, size, bold=bold) <= width for line in lines)


def _wrapped(faces: Faces, text: str, width: int, size: int, *, bold: bool, breaking: bool = False) -> list[str]:
    """Return the lines of a text; with `breaking` a word that is too long for a line is broken, else it is too long."""
    lines: list[str] = []
    line = ""
    pieces: list[str] = _PIECES.findall(text)
    if breaking:
        wide = (list(piece) if width_of(faces, piece, size, bold=bold) > width else [piece] for piece in pieces)
        pieces = [part for parts in wide for part in parts]
    for piece in pieces:
        longer = line + piece
        if not line or width_of(faces, longer.rstrip(), size, bold=bold) <= width:
            line = longer.lstrip()
            continue
        lines.append(line.rstrip())
        line = piece.lstrip()
    return [*lines, line.rstrip()] if line.strip() else lines


def _joined(lines: list[str]) -> str:
    """Return lines as one again, with the blanks that were lost between English words."""
    text = ""
    for line in lines:
        text += f" {line}" if text[-1:].isascii() and line[:1].isascii() and text else line
    return text


def _shortened(faces: Faces, text: str, width: int, size: int, *, bold: bool) -> str:
    """Return as much of a text as fits, with an ellipsis where something was left out."""
    if width_of(faces, text, size, bold=bold) <= width:
        return text
    least, most = 0, len(text)
    while least < most:
        middle = (least + most + 1) // 2
        shown = text[:middle].rstrip() + _ELLIPSIS
        least, most = (middle, most) if width_of(faces, shown, size, bold=bold) <= width else (least, middle - 1)
    return text[:least].rstrip() + _ELLIPSIS if least else ""
