"""InfluxDB's line protocol: names, tags and values escaped into one line for each point."""

import math
import re
from collections.abc import Iterable

Scalar = float | int | bool | str

# Backslashes stay: they mean themselves unless one of these follows. A string value has rules of its own.
_IN_MEASUREMENT = str.maketrans({",": r"\,", " ": r"\ "})
_IN_KEY = str.maketrans({",": r"\,", "=": r"\=", " ": r"\ "})

# A line feed would begin another point. Of tabs and their like servers differ in what they take in a name.
_CONTROL = re.compile(r"[\x00\t-\r]")

_INT64 = 2**63


def encode(
    measurement: str, tags: Iterable[tuple[str, str]], fields: Iterable[tuple[str, Scalar]], at_ns: int | None
) -> str:
    """Return one point as a line, without the line feed; `at_ns` None leaves the time to the server.

    Tags and fields keep their order. Raises ValueError for what the protocol cannot say.
    """
    said = ",".join([f"{key(name)}={value(content)}" for name, content in fields])
    if not said:
        raise ValueError(f"measurement {measurement!r}: a point needs at least one field")
    line = f"{series(measurement, tags)} {said}"
    return line if at_ns is None else f"{line} {at_ns}"


def series(measurement: str, tags: Iterable[tuple[str, str]]) -> str:
    """Return measurement and tags: the part that all points of a series share. Raises ValueError."""
    parts = [_name(measurement, "measurement").translate(_IN_MEASUREMENT)]
    parts += [f"{key(name)}={_name(content, 'tag value').translate(_IN_KEY)}" for name, content in tags]
    return ",".join(parts)


def key(name: str) -> str:
    """Return the name of a tag or field. Raises ValueError for one that no server could read back."""
    return _name(name, "name").translate(_IN_KEY)


def value(content: Scalar) -> str:
    """Return a field's value: floats plain, integers with `i`, strings quoted. Raises ValueError."""
    if isinstance(content, bool):
        return boolean(content)
    if isinstance(content, str):
        return text(content)
    if isinstance(content, int):
        return integer(content)
    return number(content)


def boolean(content: bool) -> str:
    """Return a boolean value."""
    return "true" if content else "false"


def text(content: str) -> str:
    """Return a string value; a line feed in it is data."""
    if "\\" in content or '"' in content:
        content = content.replace("\\", r"\\").replace('"', r"\"")
    return f'"{content}"'


def integer(content: int) -> str:
    """Return an integer value. Raises ValueError outside 64 bits."""
    if not -_INT64 <= content < _INT64:
        raise ValueError(f"integer {content}: needs more than 64 bits")
    return f"{content}i"


def number(content: float) -> str:
    """Return the shortest text that reads back as the same float, as InfluxDB writes it. Raises ValueError."""
    shown = repr(content)
    if -1e6 < content < 1e6:
        return shown[:-2] if shown.endswith(".0") else shown
    if not math.isfinite(content):
        raise ValueError(f"number {shown}: is not finite")
    if "e" in shown:
        return shown
    # From a million on InfluxDB writes an exponent, Python only from 1e16 on.
    sign = "-" if content < 0 else ""
    whole, _, fraction = shown.removeprefix("-").partition(".")
    digits = (whole + fraction).rstrip("0")
    mantissa = f"{digits[0]}.{digits[1:]}" if len(digits) > 1 else digits
    return f"{sign}{mantissa}e+{len(whole) - 1:02d}"


def _name(content: str, what: str) -> str:
    if not content:
        raise ValueError(f"{what}: is empty")
    if content.endswith("\\"):
        raise ValueError(f"{what} {content!r}: ends in a backslash, which would escape what follows")
    if _CONTROL.search(content):
        raise ValueError(f"{what} {content!r}: has a control character")
    return content
