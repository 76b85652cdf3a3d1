"""What was learned of a space over HTTP: from what the gateway has kept, for those who look after its sensors."""

import json
from pathlib import Path
from typing import Any

from services.journal.learned import KEPT_AT
from services.journal.ledger import Ledger
from services.journal.records import Checkpoint
from tests.unit.api.conftest import NINE, SITE, House

PATH = f"/api/v1/spaces/{SITE}/room-a/learned"

RADAR = {
    "presence": {"settle": 41_500}, "motion": None, "count": None, "air": None,
    "trust": {"level": 0.2, "doubt": "stuck_on"},
}  # fmt: skip
AIR = {"gauges": {"co2_ppm": {
    "cells": 9, "quiet": 447.777, "quiet_stir": None, "spread": 15.0, "floor": None, "peak": 1200.0,
}}}  # fmt: skip


def keep(house: House, sensors: dict[str, Any]) -> None:
    path: Path = house.deps.books.path
    memory = {"sensors": sensors, "filter": {"vacant_min": 98.34, "occupied_min": 45.0}, "hold": 480_000}
    with Ledger.open(path) as ledger:
        ledger.checkpoint(Checkpoint(0, snapshots={f"{SITE}/room-a": json.dumps(memory), KEPT_AT: str(NINE)}))


def learned(house: House, query: str = "") -> dict[str, Any]:
    answer = house.client.get(PATH + query, headers=house.as_("steward"))
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_before_anything_was_kept_nothing_was_learned(house: House) -> None:
    assert learned(house) == {
        "site": SITE, "space": "room-a", "as_of": None, "usual_vacant_min": None, "usual_occupied_min": None,
        "motion_hold_min": None, "sensors": [],
    }  # fmt: skip


def test_what_was_learned_is_told_in_words_and_units(house: House) -> None:
    keep(house, {"seen-a": {**RADAR, "air": AIR}, "moved-away": RADAR})
    found = learned(house, "?lang=en")
    assert (found["as_of"], found["usual_vacant_min"]) == ("2026-03-03T09:00:00.000+08:00", 98.3)
    assert found["motion_hold_min"] is None, "there is no motion sensor that it would hold for"
    [sensor] = found["sensors"]
    assert (sensor["device"], sensor["kind"], sensor["trust"], sensor["settle_s"]) == ("seen-a", "presence", 0.2, 41.5)
    assert sensor["doubt"] == {"reason": "stuck_on", "text": "not believed: it alone keeps seeing somebody"}
    assert sensor["baseline"] == [
        {
            "quantity": "co2_ppm",
            "known_h": 27,
            "quiet": 447.78,
            "stir": None,
            "spread": 15.0,
            "floor": None,
            "peak": 1200,
        }
    ]


def test_the_hold_time_is_told_where_a_motion_sensor_is(house: House) -> None:
    keep(house, {"seen-a": {**RADAR, "motion": {"motion": False}}})
    assert learned(house)["motion_hold_min"] == 8.0


def test_what_cannot_be_answered_is_a_problem(house: House) -> None:
    steward = house.as_("steward")
    unknown = house.client.get(PATH.replace("room-a", "cellar"), headers=steward)
    keep(house, {"seen-a": {"presence": "gibberish"}})
    unreadable = house.client.get(PATH, headers=steward)
    assert [answer.status_code for answer in (unknown, unreadable)] == [404, 503]
    assert {answer.headers["content-type"] for answer in (unknown, unreadable)} == {"application/problem+json"}


def test_only_those_who_look_after_sensors_are_told(house: House) -> None:
    refused = [house.client.get(PATH, headers=house.as_(role)).status_code for role in ("viewer", "partner")]
    assert (house.client.get(PATH).status_code, refused) == (401, [403, 403])
