"""Rows of text as aligned columns on a terminal."""

import unicodedata
from collections.abc import Iterator, Sequence


def columns(rows: Sequence[Sequence[str]], left: int = 1) -> Iterator[str]:
    """Yield the rows with their columns aligned as a terminal shows them; the first `left` begin at their left."""
    widths = [max(_width(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        cells = []
        for column, (cell, width) in enumerate(zip(row, widths, strict=True)):
            gap = " " * (width - _width(cell))
            cells.append(cell + gap if column < left else gap + cell)
        yield "  ".join(cells).rstrip()


def _width(cell: str) -> int:
    """Return how many places a text takes on a terminal, where a Chinese character takes two."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in cell)
