"""Why a space is believed to be as it is, in words: how likely, who speaks for what, and what it is good for."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.api import weighing
from services.api.why import why
from services.contracts.events import Alert
from services.contracts.states import Evidence, Occupancy, RoomState
from services.contracts.texts import LANGUAGES
from tests.unit.api.conftest import NINE, SITE, House


def said(device: str, kind: str, says: str, weight: float, trust: float = 1.0, age_s: float = 12) -> Evidence:
    return Evidence(device=device, kind=kind, says=says, age_s=age_s, weight=weight, trust=trust)


def state(occupancy: Occupancy, *evidence: Evidence, release_grade: bool = False, space: str = "room-a") -> RoomState:
    return RoomState(
        site=SITE,
        space=space,
        occupancy=occupancy,
        confidence=0.9,
        probability=0.04,
        release_grade=release_grade,
        since=NINE,
        as_of=NINE,
        reason="states.absent",
        evidence=evidence,
    )


RADAR = said("seen-a", "presence", "absent", -34.0)
AIR = said("air-a", "climate", "air_quiet", -0.4)
STUCK = said("stuck", "presence", "present", 0.0, trust=0.0)


def shown(house: House, heard: RoomState, lang: str) -> dict[str, Any]:
    house.deps.live.receive(f"fs/v1/{SITE}/space/{heard.space}/state", heard.model_dump_json().encode())
    path = f"/api/v1/spaces/{SITE}/{heard.space}?lang={lang}"
    answer: dict[str, Any] = house.client.get(path, headers=house.as_("viewer")).json()["state"]
    return answer


def test_the_state_tells_how_likely_and_what_it_is_good_for(house: House) -> None:
    chinese = shown(house, state("vacant", AIR), "zh")
    assert chinese["probability"] == 0.04
    assert chinese["likelihood"] == "多半无人（有人的可能性 4%）"
    assert chinese["promise"].startswith("只供展示，不会据此取消预约")
    assert shown(house, state("vacant", AIR), "en")["likelihood"].startswith("Probably nobody is there (4%")


def test_each_word_has_its_side_its_strength_and_its_mark(house: House) -> None:
    half = said("half", "motion", "motion", 0.2, trust=0.5)
    shut = said("door", "door", "closed", 0.0)
    entries = shown(house, state("vacant", RADAR, AIR, half, STUCK, shut), "en")["evidence"]
    assert [(one["device"], one["side"], one["strength"]) for one in entries] == [
        ("seen-a", "against", "strong"),
        ("air-a", "against", "clear"),
        ("half", "for", "slight"),
        ("stuck", "none", None),
        ("door", "none", None),
    ]
    assert [one["strength_text"] for one in entries] == ["strongly", "clearly", "slightly", None, None]
    assert [one["mark"] for one in entries] == [
        None,
        None,
        {"believed": "less", "text": "believed less (50%)"},
        {"believed": "no", "text": "not believed"},
        None,
    ]


def test_who_is_not_believed_says_why_once_the_alert_has_told_it(house: House) -> None:
    alert = Alert(
        key=f"doubt/{SITE}/stuck", level="warning", at=NINE, text="states.alert_doubt_stuck_on",
        params={"device": "stuck", "space": "room-a", "space_name": "甲室", "reason": "stuck_on"},
    )  # fmt: skip
    house.deps.live.receive(f"fs/v1/{SITE}/events/alert", alert.model_dump_json().encode())
    [entry] = shown(house, state("vacant", STUCK), "zh")["evidence"]
    assert entry["mark"] == {"believed": "no", "text": "暂不采信：独自一直显示有人"}


def test_a_hall_names_the_part_that_a_device_is_in(house: House) -> None:
    assert [one["place"] for one in shown(house, state("vacant", RADAR, AIR, space="hall"), "zh")["evidence"]] == [
        "甲室",
        None,
    ]
    assert shown(house, state("vacant", RADAR), "zh")["evidence"][0]["place"] is None


@pytest.mark.parametrize(
    ("heard", "sentence"),
    [
        (state("occupied"), "No booking is taken away while a space is in use."),
        (state("unknown"), "Not certain, so no booking is taken away on this."),
        (state("vacant", RADAR, release_grade=True), "It is confirmed that they left"),
        (state("vacant", RADAR), "nothing has confirmed yet that they left"),
        (state("vacant"), "nothing has confirmed yet that they left"),
        (state("vacant", AIR), "air, sound and Wi-Fi alone cannot confirm"),
        (state("vacant", RADAR, STUCK), "a sensor that is not believed still sees somebody"),
        (state("vacant", RADAR, said("c", "count", "3 people", 0.0, trust=0.0)), "still sees somebody"),
        (state("vacant", RADAR, said("c", "count", "nobody", 0.0, trust=0.0)), "nothing has confirmed yet"),
    ],
)
def test_what_it_is_good_for_and_if_not_why(heard: RoomState, sentence: str) -> None:
    assert sentence in weighing.promise(heard, "en")


def words(probability: float, language: str) -> str:
    """Return how likely that sounds, without the figure."""
    return (weighing.likelihood(probability, language) or "").split("（")[0].split(" (")[0]


@given(st.floats(0, 1), st.floats(0, 1), st.sampled_from(LANGUAGES))
def test_more_likely_never_sounds_less_likely(one: float, other: float, language: str) -> None:
    steps = [words(p, language) for p in (0.0, 0.1, 0.3, 0.5, 0.7, 0.9, 1.0)]
    assert len(set(steps)) == 7, "each step has its own words"
    low, high = (steps.index(words(p, language)) for p in sorted((one, other)))
    assert low <= high


def test_nothing_is_ever_shown_as_certain() -> None:
    assert "<1%" in (weighing.likelihood(0.0, "zh") or "")
    assert ">99%" in (weighing.likelihood(1.0, "zh") or "")
    assert weighing.likelihood(None, "zh") is None, "a gateway of before tells no probability"


def test_the_line_on_the_tile_names_those_who_lead_to_the_belief() -> None:
    charging = said("port", "charging", "charging", 4.0)
    assert "absent" not in why(state("occupied", RADAR, charging), "en")
    assert "charging" not in why(state("vacant", RADAR, charging), "en")
    assert "absent" in why(state("unknown", RADAR, charging), "en")
    assert "(present" not in why(state("occupied", STUCK), "en"), "who is not believed is no reason"


def test_the_age_is_that_of_what_was_said() -> None:
    silent = said("radar", "presence", "silent", 0.0, age_s=300)
    assert "(silent, last heard 5 min ago)" in why(state("unknown", silent), "en")
    assert "never heard)" in why(state("unknown", said("radar", "presence", "never_heard", 0.0, age_s=0)), "en")
