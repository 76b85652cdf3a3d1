"""Line protocol: whatever goes in comes out of an independent reading of the grammar."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.timeseries import lineprotocol
from services.timeseries.lineprotocol import Scalar

_UNSAID = "\x00\t\n\x0b\x0c\r"
NAMES = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters=_UNSAID), min_size=1).filter(
    lambda name: not name.endswith("\\")
)
SCALARS = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False),
    st.integers(-(2**63), 2**63 - 1),
    st.booleans(),
    st.text(st.characters(blacklist_categories=["Cs"])),
)


def split(text: str, separators: str, special: str, *, quotes: bool = False) -> list[str]:
    """Cut at separators that are neither escaped nor inside quotes; a backslash counts only before `special`."""
    parts, now, quoted, index = [], "", False, 0
    while index < len(text):
        char = text[index]
        after = text[index + 1 : index + 2]
        if char == "\\" and after and (after in special or (quoted and after in '"\\')):
            now += text[index : index + 2]
            index += 2
            continue
        if quotes and char == '"':
            quoted = not quoted
        if char in separators and not quoted:
            parts.append(now)
            now = ""
        else:
            now += char
        index += 1
    return [*parts, now]


def plain(text: str, special: str) -> str:
    found, index = "", 0
    while index < len(text):
        index += text[index] == "\\" and text[index + 1 : index + 2] != "" and text[index + 1] in special
        found += text[index]
        index += 1
    return found


def scalar(text: str) -> Scalar:
    if text.startswith('"'):
        return plain(text[1:-1], '"\\')
    if text in {"true", "false"}:
        return text == "true"
    return int(text[:-1]) if text.endswith("i") else float(text)


@given(
    NAMES,
    st.lists(st.tuples(NAMES, NAMES), max_size=3),
    st.lists(st.tuples(NAMES.map(lambda name: name.replace('"', "'")), SCALARS), min_size=1, max_size=4),
    st.integers(-(2**63) + 2, 2**63 - 2),
)
def test_a_line_says_what_the_point_said(
    measurement: str, tags: list[tuple[str, str]], fields: list[tuple[str, Scalar]], at_ns: int
) -> None:
    line = lineprotocol.encode(measurement, tags, fields, at_ns)
    head, said, at = cut(line)
    name, *pairs = split(head, ",", ",= ")
    assert plain(name, ", ") == measurement
    assert [tuple(plain(side, ",= ") for side in split(pair, "=", ",= ")) for pair in pairs] == tags
    found = []
    for pair in split(said, ",", ",= ", quotes=True):
        key, content = pair[: (at_sign := len(split(pair, "=", ",= ")[0]))], pair[at_sign + 1 :]
        found.append((plain(key, ",= "), scalar(content)))
    assert [(key, type(content), content) for key, content in found] == [(k, type(v), v) for k, v in fields]
    assert int(at) == at_ns


def cut(line: str) -> list[str]:
    """Cut a line into its three parts; quotes count only after the first blank."""
    head = split(line, " ", ",= ")[0]
    rest = line[len(head) + 1 :]
    said, at = split(rest, " ", ",= ", quotes=True)
    return [head, said, at]


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_is_read_back_to_the_bit(number: float) -> None:
    text = lineprotocol.number(number)
    assert math.copysign(1, float(text)) == math.copysign(1, number)
    assert float(text) == number


@pytest.mark.parametrize(
    ("number", "text"),
    [(1.0, "1"), (-0.0, "-0"), (612.5, "612.5"), (999_999.5, "999999.5"), (1e6, "1e+06"), (6632243.0, "6.632243e+06"),
     (-1234567.5, "-1.2345675e+06"), (1e15, "1e+15"), (1e16, "1e+16"), (0.0001, "0.0001"), (0.00001, "1e-05"),
     (5e-324, "5e-324"), (1.7976931348623157e308, "1.7976931348623157e+308")],
)  # fmt: skip
def test_a_number_looks_as_influxdb_writes_it(number: float, text: str) -> None:
    assert lineprotocol.number(number) == text


@pytest.mark.parametrize(
    "point",
    [
        ("", [], [("f", 1)]),
        ("m", [], []),
        ("m", [("", "v")], [("f", 1)]),
        ("m", [("t", "")], [("f", 1)]),
        ("m", [("t", "v\\")], [("f", 1)]),
        ("m", [("t", "v\nforged f=1")], [("f", 1)]),
        ("m\n", [], [("f", 1)]),
        ("m", [], [("f\n", 1)]),
        ("m", [], [("f\\", 1)]),
        ("m", [], [("f", math.nan)]),
        ("m", [], [("f", -math.inf)]),
        ("m", [], [("f", 2**63)]),
    ],
)
def test_what_cannot_be_said_is_refused_in_a_sentence(
    point: tuple[str, list[tuple[str, str]], list[tuple[str, Scalar]]],
) -> None:
    with pytest.raises(ValueError, match=": "):
        lineprotocol.encode(*point, 1)


def test_a_point_without_a_time_leaves_it_to_the_server() -> None:
    assert lineprotocol.encode("m", [], [("ok", True)], None) == "m ok=true"
