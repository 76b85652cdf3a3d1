"""Recording, truth, bookings and policy files: good ones read whole, bad ones name the line."""

import gzip
import json
from pathlib import Path

import pytest

from services.contracts.errors import FileError
from services.contracts.files import read_bookings, read_policy, read_recording, read_truth

LINE = '{"at":"2021-09-07T00:00:00+08:00","topic":"fs/v1/s/dev/d/up/motion","payload":{"motion":true}}\n'
LATER = LINE.replace("T00:00:00", "T00:00:01.5")


def test_a_recording_reads_plain_and_compressed(tmp_path: Path) -> None:
    plain, packed = tmp_path / "r.ndjson", tmp_path / "r.ndjson.gz"
    plain.write_text(LINE + "\n" + LATER.replace('{"motion":true}', '"text"'), encoding="utf-8")
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    for path in (plain, packed):
        first, second = read_recording(path)
        assert json.loads(first.payload) == {"motion": True}
        assert second.payload == b"text"
        assert second.at - first.at == 1500


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (LINE + "{nonsense\n", "r.ndjson:2: expected"),
        (LINE + '{"at": 1}\n', "r.ndjson:2: expected"),
        (LINE.replace("+08:00", ""), "r.ndjson:1: .*RFC 3339"),
        (LATER + LINE, "r.ndjson:2: at goes back in time"),
    ],
)
def test_a_bad_recording_names_the_line(tmp_path: Path, text: str, fault: str) -> None:
    path = tmp_path / "r.ndjson"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(FileError, match=fault):
        list(read_recording(path))


def test_a_recording_cut_short_says_so(tmp_path: Path) -> None:
    path = tmp_path / "r.ndjson.gz"
    path.write_bytes(gzip.compress(LINE.encode() * 100)[:-20])
    with pytest.raises(FileError, match="cannot be read"):
        list(read_recording(path))


def test_truth_reads_and_an_empty_count_means_nobody_looked(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("at,site,space,people\n2021-09-07T08:00:00+08:00,s,r,2\n2021-09-07T09:00:00+08:00,s,r,\n")
    assert [row.people for row in read_truth(path)] == [2, None]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("when,people\n", "t.csv:1: expected the columns"),
        ("at,site,space,people\n2021-09-07T08:00:00+08:00,s,r,two\n", "t.csv:2: people"),
        ("at,site,space,people\nyesterday,s,r,2\n", "t.csv:2: 'yesterday'"),
    ],
)
def test_bad_truth_names_the_line(tmp_path: Path, text: str, fault: str) -> None:
    path = tmp_path / "t.csv"
    path.write_text(text)
    with pytest.raises(FileError, match=fault):
        read_truth(path)


def test_bookings_need_an_end_after_the_start(tmp_path: Path) -> None:
    row = {"id": "b1", "site": "s", "space": "r", "group": "g", "people": 4}
    path = tmp_path / "b.json"
    path.write_text(json.dumps([{**row, "start": "2021-09-07T08:00:00+08:00", "end": "2021-09-07T09:00:00+08:00"}]))
    assert read_bookings(path)[0].group == "g"
    path.write_text(json.dumps([{**row, "start": "2021-09-07T08:00:00+08:00", "end": "2021-09-07T07:00:00+08:00"}]))
    with pytest.raises(FileError, match=r"0\.end: is not after start"):
        read_bookings(path)


def test_a_policy_file_refuses_an_unknown_knob(tmp_path: Path) -> None:
    path = tmp_path / "p.toml"
    path.write_text("grace_min = 20\n")
    assert read_policy(path).grace_min == 20
    path.write_text("grace = 20\n")
    with pytest.raises(FileError, match="grace"):
        read_policy(path)


def test_a_recording_without_a_message_says_so(tmp_path: Path) -> None:
    path = tmp_path / "r.ndjson"
    path.write_text("\n")
    with pytest.raises(FileError, match=r"r\.ndjson: holds no message"):
        list(read_recording(path))


def test_truth_is_in_order_within_a_space(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    rows = ["at,site,space,people", "2021-09-07T08:00:00+08:00,s,r,2", "2021-09-07T07:00:00+08:00,s,other,2"]
    path.write_text("\n".join(rows))
    assert len(read_truth(path)) == 2
    path.write_text("\n".join([*rows, "2021-09-07T07:59:59+08:00,s,r,0"]))
    with pytest.raises(FileError, match=r"t\.csv:4: at goes back in time"):
        read_truth(path)


def test_bookings_of_a_space_do_not_overlap(tmp_path: Path) -> None:
    def row(id_: str, space: str, start: int, end: int) -> dict[str, object]:
        at = {"start": f"2021-09-07T{start:02}:00:00+08:00", "end": f"2021-09-07T{end:02}:00:00+08:00"}
        return {"id": id_, "site": "s", "space": space, "group": "g", "people": 4, **at}

    path = tmp_path / "b.json"
    path.write_text(json.dumps([row("b3", "r", 11, 12), row("b1", "r", 8, 11), row("b2", "q", 9, 10)]))
    assert len(read_bookings(path)) == 3
    path.write_text(json.dumps([row("b2", "r", 10, 12), row("b1", "r", 8, 11)]))
    with pytest.raises(FileError, match=r"b\.json: booking b2 overlaps booking b1 in s/r"):
        read_bookings(path)
