"""A device is told its configuration until it has it, says no, or is believed."""

from dataclasses import replace

import pytest

from services.twins.reconcile import Configure, Outrank, Refused, Step, reconcile
from services.twins.records import CANNOT_CONFIGURE, Answer, Desired, Reported

WISH = Desired(3, {"heartbeat_s": 120}, 0, "li")
TOLD = replace(WISH, command="c", boot="b1")
HOLDS_OLD = Reported(True, True, "b1", 2, {"heartbeat_s": 60})


def test_a_device_with_an_older_version_is_told() -> None:
    assert reconcile(WISH, HOLDS_OLD, None) == Configure("b1")


def test_a_device_that_reports_the_version_is_left_alone() -> None:
    assert reconcile(TOLD, replace(HOLDS_OLD, version=3, config={"heartbeat_s": 119}), None) is None


def test_nobody_tells_a_device_that_is_offline() -> None:
    assert reconcile(WISH, replace(HOLDS_OLD, online=False), None) is None


@pytest.mark.parametrize(
    ("state", "step"),
    [("unfinished", None), ("ok", None), ("unanswered", Configure("b1")), ("refused", Refused("no such key"))],
)
def test_what_follows_an_answer(state: str, step: Step | None) -> None:
    assert reconcile(TOLD, HOLDS_OLD, Answer(state, 0, "no such key")) == step  # type: ignore[arg-type]  # from above


def test_a_refusal_is_kept_and_final_until_the_device_starts_anew() -> None:
    refused, answer = replace(TOLD, refusal="no such key"), Answer("refused", 0, "no such key")
    assert reconcile(refused, HOLDS_OLD, answer) is None
    assert reconcile(refused, replace(HOLDS_OLD, boot="b2"), answer) == Configure("b2")


def test_a_device_that_forgets_in_a_reboot_is_told_again() -> None:
    silent_about_it = Reported(True, True, "b1")
    assert reconcile(TOLD, silent_about_it, Answer("ok", 0)) is None
    assert reconcile(TOLD, replace(silent_about_it, boot="b2"), Answer("ok", 0)) == Configure("b2")


def test_a_device_with_a_younger_version_is_outranked_unless_it_is_set_up_as_wished() -> None:
    assert reconcile(WISH, replace(HOLDS_OLD, version=9), None) == Outrank(9)
    assert reconcile(WISH, replace(HOLDS_OLD, version=9, config={"heartbeat_s": 120, "led": 1}), None) is None


def test_another_configuration_by_the_same_number_is_not_ours() -> None:
    assert reconcile(WISH, replace(HOLDS_OLD, version=3), None) == Outrank(3)


def test_a_device_that_speaks_through_a_codec_cannot_be_configured_and_that_is_said_once() -> None:
    vendor = replace(HOLDS_OLD, speaks=False, version=None, config=None)
    assert reconcile(WISH, vendor, None) == Refused(CANNOT_CONFIGURE)
    assert reconcile(replace(WISH, refusal=CANNOT_CONFIGURE), vendor, None) is None
