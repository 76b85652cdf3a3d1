"""Tables as CSV that a spreadsheet opens as it is: RFC 4180, with a byte order mark, and nothing that it would run."""

import csv
import io
from collections.abc import Iterable, Sequence

BOM = "\ufeff"
_RUNS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""A text that begins so is a formula to some spreadsheet, or begins one once blanks are gone."""

Value = str | float | int | bool | None


def csv_text(header: Sequence[str], rows: Iterable[Sequence[Value]]) -> str:
    """Return a table as text; None is an empty cell."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)  # its habits are those of RFC 4180
    writer.writerow([_plain(cell) for cell in header])
    writer.writerows([_plain(cell) for cell in row] for row in rows)
    return BOM + out.getvalue()


def _plain(cell: Value) -> Value:
    """Return a cell that is text to every spreadsheet: names of spaces and groups are typed by people."""
    if isinstance(cell, str) and cell.lstrip(" \u00a0\u3000").startswith(_RUNS):
        return "'" + cell
    return int(cell) if isinstance(cell, bool) else cell
