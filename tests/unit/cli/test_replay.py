"""Replaying: what is left out of a payload, and which speeds there are."""

import json

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.cli.replay import parse_speed, without_device_time


def test_the_device_time_is_left_out_and_the_rest_stays() -> None:
    payload = b'{"ts":1630944000000,"boot":"b","seq":3,"motion":true,"note":"\xe4\xb8\xad"}'
    assert json.loads(without_device_time(payload)) == {"boot": "b", "seq": 3, "motion": True, "note": "中"}


@given(st.binary())
def test_what_is_no_reading_goes_out_as_it_is(payload: bytes) -> None:
    try:
        is_object = isinstance(json.loads(payload), dict)
    except ValueError:
        is_object = False
    if not is_object:
        assert without_device_time(payload) == payload


def test_speeds() -> None:
    assert parse_speed("max") is None
    assert parse_speed("60") == 60
    for text in ("0", "-1", "fast", "nan", "inf"):
        with pytest.raises(click.BadParameter, match="above 0, or max"):
            parse_speed(text)
