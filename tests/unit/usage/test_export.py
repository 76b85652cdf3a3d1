"""CSV: RFC 4180, for spreadsheets, and nothing in it that one would run."""

import csv
import io

from hypothesis import given
from hypothesis import strategies as st

from services.usage.export import BOM, csv_text


def test_a_table_as_a_spreadsheet_reads_it() -> None:
    text = csv_text(["空间", "小时"], [['甲"室', 1.5], ["a,b\nc", None]])
    assert text == '\ufeff空间,小时\r\n"甲""室",1.5\r\n"a,b\nc",\r\n'


@given(st.lists(st.lists(st.text(), min_size=2, max_size=2)))
def test_no_text_begins_like_a_formula_and_all_of_it_comes_back(rows: list[list[str]]) -> None:
    text = csv_text(["a", "b"], rows)
    read = list(csv.reader(io.StringIO(text.removeprefix(BOM), newline="")))[1:]
    assert len(read) == len(rows)
    for line, row in zip(read, rows, strict=True):
        for cell, said in zip(line, row, strict=True):
            assert cell.removeprefix("'") == said.removeprefix("'")
            assert not cell.lstrip(" \u00a0\u3000").startswith(("=", "+", "-", "@", "\t", "\r", "＝"))


def test_numbers_stay_numbers() -> None:
    assert csv_text(["a"], [[-1.5], [True], [0]]).splitlines()[1:] == ["-1.5", "1", "0"]
