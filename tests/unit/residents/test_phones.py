"""Phone numbers come in every form and are kept in one."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.residents.phones import normalised


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("13800138000", "+8613800138000"),
        (" 138 0013 8000 ", "+8613800138000"),
        ("138-0013-8000", "+8613800138000"),
        ("+86 138 0013 8000", "+8613800138000"),
        ("0086 13800138000", "+8613800138000"),
        ("１３８００１３８０００", "+8613800138000"),
        ("027-87654321", "+862787654321"),
        ("(0755) 8765 4321", "+8675587654321"),
        ("+86 27 8765 4321", "+862787654321"),
        ("010 65432109", "+861065432109"),
        ("+86 10 6543 2109", "+861065432109"),
        ("+44 20 7946 0958", "+442079460958"),
        ("0044 20 7946 0958", "+442079460958"),
    ],
)
def test_a_number_is_kept_in_one_form(typed: str, kept: str) -> None:
    assert normalised(typed) == kept
    assert normalised(kept) == kept


@pytest.mark.parametrize(
    "typed", ["", "12345", "12800138000", "1380013800", "138001380001", "+86 1380013800", "+0 123456789", "call me",
              "+861234567890123456", "٠١٢٣٤٥٦٧٨٩", "138001380\x000", "+"]
)  # fmt: skip
def test_what_nobody_could_call_is_refused(typed: str) -> None:
    assert normalised(typed) is None


@given(st.text(max_size=32))
def test_whatever_is_typed_is_a_number_of_the_one_form_or_none(typed: str) -> None:
    kept = normalised(typed)
    assert kept is None or (re.fullmatch(r"\+[1-9]\d{7,14}", kept, re.ASCII) and normalised(kept) == kept)
