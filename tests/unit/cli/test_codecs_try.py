"""`foldspace codecs`: what a pasted message would become."""

import pytest

from services.cli.codecs import list_codecs, try_codec
from services.contracts.errors import InvalidError, NotFoundError, PayloadError


def test_the_list_names_every_codec(capsys: pytest.CaptureFixture[str]) -> None:
    list_codecs()
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == [
        "zigbee2mqtt", "tasmota", "shelly", "chirpstack", "things_stack", "ocpp",
    ]  # fmt: skip


def test_a_message_is_shown_as_readings_of_the_contract(capsys: pytest.CaptureFixture[str]) -> None:
    try_codec("zigbee2mqtt", "zigbee2mqtt/pir", b'{"occupancy": true, "battery": 200}', "motion")
    assert capsys.readouterr().out.splitlines() == [
        "zigbee2mqtt, for a device of kind motion:",
        '  fs/v1/site/dev/device/up/motion  {"motion":true}',
        "  note: battery_out_of_range",
    ]


def test_without_a_name_those_that_find_something_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    try_codec(None, "tele/board/LWT", b"Offline", "motion")
    assert capsys.readouterr().out.splitlines() == [
        "tasmota, for a device of kind motion:",
        "  the device is offline",
    ]


def test_a_message_that_says_nothing_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    try_codec(None, "zigbee2mqtt/door", b'{"linkquality": 5}', "door")
    assert capsys.readouterr().out.splitlines() == [
        "zigbee2mqtt, for a device of kind door:",
        "  note: no_door  (another --kind may fit)",
        "  it says nothing of the device",
    ]


@pytest.mark.parametrize(
    ("name", "kind", "error", "words"),
    [
        ("zigbee", "motion", NotFoundError, "codec 'zigbee'"),
        (None, "smell", InvalidError, "kind 'smell'"),
        (None, "motion", PayloadError, "no codec understands this message: zigbee2mqtt: not JSON"),
        ("ocpp", "motion", PayloadError, "not JSON"),
    ],
)
def test_what_cannot_be_is_one_sentence(name: str | None, kind: str, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        try_codec(name, "x", b"{", kind)
