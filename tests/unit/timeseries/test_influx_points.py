"""Points as InfluxDB keeps them: names with one type each, times that carry the identity."""

import types
import typing
from collections import Counter
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from services.contracts.readings import READING_KINDS, Reading
from services.timeseries.influx_points import FIELD_TYPES, NS, reading_line, reading_of, state_line, state_of
from services.timeseries.ports import ReadingPoint, StatePoint, Value


def reading(
    at: int = 1000, boot: str | None = "b", seq: int | None = 0, journal_id: int = 1, **fields: Value
) -> ReadingPoint:
    return ReadingPoint("s", "hall", "d", "climate", at, None, at + 5, boot, seq, journal_id, fields or {"lux": 1.0})


def time_of(point: ReadingPoint) -> int:
    return int(reading_line(point).rsplit(b" ", 1)[1])


def test_the_types_of_fields_are_those_of_the_contract() -> None:
    wanted: dict[str, type] = {}
    for model in READING_KINDS.values():
        for name, info in model.model_fields.items():
            if name not in Reading.model_fields:
                kind = plain_type(info.annotation)
                assert wanted.setdefault(info.alias or name, kind) is kind, "one name, one type"
    assert wanted == FIELD_TYPES


def plain_type(annotation: object) -> type:
    """Return the one Python type behind Annotated, Literal and `| None`."""
    origin = typing.get_origin(annotation)
    if origin is typing.Annotated:
        return plain_type(typing.get_args(annotation)[0])
    if origin is typing.Literal:
        return type(typing.get_args(annotation)[0])
    if origin in {typing.Union, types.UnionType}:
        (kept,) = {plain_type(item) for item in typing.get_args(annotation) if item is not type(None)}
        return kept
    assert isinstance(annotation, type)
    return annotation


def test_a_line_of_the_contract_looks_as_documented() -> None:
    point = ReadingPoint(
        "riverside", "hall", "air-1", "climate", 1_700_000_000_123, 1_700_000_000_100, 1_700_000_000_200, "b7", 41, 9,
        {"co2_ppm": 612, "wifi_clients": 3, "voltage": 3, "note": "窗 open", "calibrated": True, "id": 2**60},
    )  # fmt: skip
    assert reading_line(point).decode() == (
        "readings,device=air-1,kind=climate,site=riverside,space=hall"
        ' co2_ppm=612,wifi_clients=3i,voltage__n=3,note__s="窗 open",calibrated__b=true,boot="b7",seq=41i,'
        'device_at=1700000000100i,more="{\\"id\\":1152921504606846976}",journal_id=9i,received_at=1700000000200i'
        " 1700000000123753278"
    )


@given(st.text(max_size=64), st.integers(0, 2**53), st.integers(1, 999_999))
def test_readings_of_one_boot_and_millisecond_do_not_meet(boot: str, seq: int, apart: int) -> None:
    first, other = time_of(reading(boot=boot, seq=seq)), time_of(reading(boot=boot, seq=seq + apart))
    assert first != other
    assert first // NS == other // NS == 1000


@given(st.integers(0, 2**53), st.integers(1, 999_999))
def test_nameless_readings_of_one_millisecond_do_not_meet(journal_id: int, apart: int) -> None:
    assert time_of(reading(boot=None, seq=None, journal_id=journal_id)) != time_of(
        reading(boot=None, seq=None, journal_id=journal_id + apart)
    )


def test_a_redelivery_under_another_journal_id_has_the_same_time() -> None:
    assert time_of(reading(journal_id=1)) == time_of(reading(journal_id=2))


@given(
    st.lists(
        st.dictionaries(
            st.sampled_from(["people", "co2_ppm", "open", "fw", "voltage", "x y", "", "a\nb", "_z", "温度"]),
            st.one_of(st.integers(), st.floats(allow_nan=False), st.booleans(), st.text()),
            min_size=1,
        ),
        min_size=2,
        max_size=4,
    )
)
def test_no_name_ever_has_two_types(contents: list[dict[str, Value]]) -> None:
    kinds: dict[str, set[str]] = {}
    for fields in contents:
        for key, text in said(reading_line(replace(reading(), fields=fields)).decode()):
            kinds.setdefault(key, set()).add(kind_of(text))
    assert Counter(len(found) for found in kinds.values()).keys() == {1}, kinds


def said(line: str) -> list[tuple[str, str]]:
    """Return names and values of the fields of a line, strings emptied first."""
    emptied, quoted, skip = "", False, False
    for char in line:
        if quoted and skip:
            skip = False
        elif quoted and char == "\\":
            skip = True
        elif char == '"':
            quoted = not quoted
            emptied += char
        elif not quoted:
            emptied += char
    fields = emptied.replace("\\ ", "_").replace("\\,", "_").replace("\\=", "_").split(" ")[1]
    return [(pair.split("=")[0], pair.split("=")[1]) for pair in fields.split(",")]


def kind_of(text: str) -> str:
    if text.startswith('"'):
        return "string"
    if text in {"true", "false"}:
        return "boolean"
    return "integer" if text.endswith("i") else "float"


def test_a_row_becomes_the_reading_again_with_the_types_of_the_contract() -> None:
    row = {
        "time": 1000 * NS + 77, "site": "s", "space": "hall", "device": "d", "kind": "climate", "boot": "b", "seq": 0,
        "journal_id": 1, "received_at": 1005, "co2_ppm": 612, "people": 3, "voltage__n": 3, "more": '{"id": 5}',
        "somebody_elses": 1,
    }  # fmt: skip
    found = reading_of(row)
    assert found == reading(co2_ppm=612.0, people=3, voltage=3, id=5)
    assert type(found.fields["co2_ppm"]) is float


def test_a_belief_without_people_hides_those_of_an_earlier_one() -> None:
    belief = StatePoint("s", "hall", 1000, "vacant", None, 1, True)
    assert state_line(belief).decode() == (
        'states,site=s,space=hall occupancy="vacant",people=-1i,confidence=1,release_grade=true 1000000000'
    )
    row = {"time": 1000 * NS, "site": "s", "space": "hall", "occupancy": "vacant", "people": -1, "confidence": 1,
           "release_grade": True}  # fmt: skip
    assert state_of(row) == belief
