"""What Home Assistant is told: every configuration keeps the rules that were tried against a real one."""

import json
import re
from typing import Any

import jinja2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.discovery import GATEWAY_STATUS_TOPIC, discovery, own_filter, withdrawn
from services.contracts.community import Community, parse_community
from services.contracts.names import is_name
from services.contracts.states import Charging, DeviceTally, RoomState
from services.contracts.texts import LANGUAGES
from services.contracts.topics import StateTopic, parse

COMPONENTS = {"binary_sensor", "sensor"}
LEGAL_TOPIC = re.compile(r"(?P<component>\w+)/[a-zA-Z0-9_-]+/[a-zA-Z0-9_-]+/config")
REQUIRED = {"name", "unique_id", "state_topic", "value_template", "availability", "device", "origin"}


def _community(*spaces: dict[str, Any], devices: tuple[tuple[str, str], ...] = (), sites: int = 1) -> Community:
    return parse_community(
        {
            "sites": [
                {"id": f"s{number}", "name": f"社区{number}", "timezone": "Asia/Shanghai"} for number in range(sites)
            ],
            "spaces": [{"site": "s0", "name": f"名-{space['id']}", "capacity": 9, **space} for space in spaces],
            "devices": [
                {"id": f"d{number}", "site": "s0", "space": space, "kind": kind}
                for number, (space, kind) in enumerate(devices)
            ],
        },
        "test",
    )


def _bodies(community: Community) -> dict[str, dict[str, Any]]:
    """Return the configurations by `space/what`."""
    found = (json.loads(payload) for payload in discovery(community).values())
    return {body["unique_id"].split("/", 2)[2]: body for body in found}


def _filter_matches(topic_filter: str, topic: str) -> bool:
    wanted, levels = topic_filter.split("/"), topic.split("/")
    return len(wanted) == len(levels) and all(a in ("+", b) for a, b in zip(wanted, levels, strict=True))


def test_a_space_has_the_entities_its_devices_can_speak_for() -> None:
    community = _community(
        {"id": "hall"},
        {"id": "corner"},
        {"id": "attic"},
        devices=(("hall", "count"), ("corner", "charging"), ("corner", "motion")),
    )
    assert set(_bodies(community)) == {
        "hall/occupancy", "hall/people", "hall/offline",
        "corner/occupancy", "corner/charging", "corner/offline",
        "attic/occupancy",
    }  # fmt: skip


def test_the_people_of_a_whole_are_known_when_every_part_counts() -> None:
    spaces = ({"id": "hall", "parts": ["a", "wing"]}, {"id": "wing", "parts": ["b"]}, {"id": "a"}, {"id": "b"})
    assert "hall/people" in _bodies(_community(*spaces, devices=(("a", "count"), ("b", "count"))))
    assert "hall/people" not in _bodies(_community(*spaces, devices=(("a", "count"), ("b", "presence"))))


def test_every_entity_follows_the_retained_state_and_the_gateway() -> None:
    for key, body in _bodies(_community({"id": "hall"}, devices=(("hall", "count"), ("hall", "charging")))).items():
        assert set(body) >= REQUIRED, key
        assert parse(body["state_topic"]) == StateTopic("s0", "hall")
        assert [one["topic"] for one in body["availability"]] == [GATEWAY_STATUS_TOPIC]
        assert body["availability_mode"] == "all"
        assert body["device"]["identifiers"] == ["foldspace/s0/hall"]
        # Home Assistant reads no attributes from a template that has no topic.
        assert ("json_attributes_template" in body) == ("json_attributes_topic" in body)
        assert body.get("json_attributes_topic", body["state_topic"]) == body["state_topic"]
        assert "object_id" not in body, "Home Assistant warned about it from 2025.10 and dropped it in 2026.4"


def test_the_names_are_those_of_the_catalogue_and_of_the_space() -> None:
    community = _community({"id": "hall", "name": "议事厅"}, devices=(("hall", "count"),))
    assert _bodies(community)["hall/occupancy"]["name"] == "有人"
    assert _bodies(community)["hall/people"]["device"]["name"] == "议事厅"
    english = [json.loads(body)["name"] for body in discovery(community, language="en").values()]
    assert set(english) == {"Occupancy", "People", "Devices offline"}


def test_the_identity_of_an_entity_does_not_depend_on_the_language() -> None:
    community = _community({"id": "hall"}, devices=(("hall", "count"), ("hall", "charging")))
    topics, ids = zip(
        *(
            (set(found), {json.loads(body)["unique_id"] for body in found.values()})
            for found in (discovery(community, language=language) for language in LANGUAGES)
        ),
        strict=True,
    )
    assert topics[0] == topics[1]
    assert ids[0] == ids[1]


@pytest.mark.parametrize(
    ("space", "sites", "area"),
    [
        ({"id": "a", "group": "会客厅"}, 1, "会客厅"),
        ({"id": "a", "name": "书店"}, 1, "书店"),
        ({"id": "a", "group": "会客厅"}, 2, "社区0 会客厅"),
    ],
)
def test_the_suggested_area_is_the_group_and_with_several_sites_says_which(
    space: dict[str, Any], sites: int, area: str
) -> None:
    assert _bodies(_community(space, sites=sites))["a/occupancy"]["device"]["suggested_area"] == area


def test_what_is_gone_is_withdrawn_whoever_announced_it() -> None:
    before = discovery(_community({"id": "a"}, {"id": "b"}, devices=(("a", "count"),)))
    after = discovery(_community({"id": "a"}, devices=(("a", "presence"),)))
    assert withdrawn(before, after) == [
        "homeassistant/binary_sensor/foldspace/b_AT_s0_occupancy/config",
        "homeassistant/sensor/foldspace/a_AT_s0_people/config",
    ]
    assert withdrawn(after, before) == []


def test_a_prefix_moves_every_configuration() -> None:
    found = discovery(_community({"id": "a"}), prefix="ha2")
    assert list(found) == ["ha2/binary_sensor/foldspace/a_AT_s0_occupancy/config"]
    assert _filter_matches(own_filter("ha2"), next(iter(found)))


names = st.text("ab0_-", min_size=1, max_size=6).filter(is_name)


@given(st.sets(st.tuples(names, names), min_size=1, max_size=8))
def test_no_two_spaces_share_a_topic_or_an_id_and_all_topics_are_legal(keys: set[tuple[str, str]]) -> None:
    community = Community.model_validate(
        {
            "sites": [{"id": site, "name": site, "timezone": "UTC"} for site in {site for site, _ in keys}],
            "spaces": [{"id": space, "site": site, "name": space, "capacity": 1} for site, space in keys],
            "devices": [
                {"id": f"d-{space}-{kind}", "site": site, "space": space, "kind": kind}
                for site, space in keys
                for kind in ("count", "charging")
            ],
        }
    )
    found = discovery(community)
    assert len(found) == 4 * len(keys)
    assert len({json.loads(body)["unique_id"] for body in found.values()}) == len(found)
    for topic in found:
        match = LEGAL_TOPIC.fullmatch(topic.removeprefix("homeassistant/"))
        assert match, topic
        assert match["component"] in COMPONENTS
        assert _filter_matches(own_filter(), topic)


def _template(what: str, field: str) -> jinja2.Template:
    community = _community({"id": "hall"}, devices=(("hall", "count"), ("hall", "charging")))
    return jinja2.Template(_bodies(community)[f"hall/{what}"][field], undefined=jinja2.StrictUndefined)


def _rendered(what: str, field: str = "value_template", **state: Any) -> str:
    """Return what a template makes of a room state, as Home Assistant would."""
    body = RoomState(**{"site": "s0", "space": "hall", "confidence": 0.9, "since": 1, "as_of": 2, **state})
    return _template(what, field).render(value_json=json.loads(body.model_dump_json()))


@pytest.mark.parametrize(("occupancy", "shown"), [("occupied", "ON"), ("vacant", "OFF"), ("unknown", "None")])
def test_unknown_is_never_off(occupancy: str, shown: str) -> None:
    assert _rendered("occupancy", occupancy=occupancy) == shown


def test_whether_a_vacant_room_may_be_given_away_is_an_attribute() -> None:
    attributes = _rendered("occupancy", "json_attributes_template", occupancy="vacant", release_grade=True)
    assert json.loads(attributes) == {"release_grade": True}


@pytest.mark.parametrize(("people", "shown"), [(None, "None"), (0, "0"), (12, "12")])
def test_people_nobody_counted_are_unknown_rather_than_none(people: int | None, shown: str) -> None:
    assert _rendered("people", occupancy="unknown", people=people) == shown


@pytest.mark.parametrize(
    ("charging", "shown"), [(Charging(), "None"), (Charging(ports=4), "0"), (Charging(ports=4, in_use=3, fault=1), "3")]
)
def test_ports_in_use_are_unknown_until_one_was_heard(charging: Charging, shown: str) -> None:
    assert _rendered("charging", occupancy="unknown", charging=charging) == shown
    attributes = json.loads(_rendered("charging", "json_attributes_template", occupancy="unknown", charging=charging))
    assert attributes == {"ports": charging.ports, "fault": charging.fault}


@pytest.mark.parametrize(("offline", "shown"), [(0, "OFF"), (2, "ON")])
def test_a_lost_device_is_a_problem(offline: int, shown: str) -> None:
    tally = DeviceTally(online=3, offline=offline)
    assert _rendered("offline", occupancy="unknown", devices=tally) == shown
    assert json.loads(_rendered("offline", "json_attributes_template", occupancy="unknown", devices=tally)) == {
        "online": 3,
        "offline": offline,
    }


@pytest.mark.parametrize("what", ["occupancy", "people", "charging", "offline"])
def test_a_withdrawn_state_is_unknown(what: str) -> None:
    assert _template(what, "value_template").render() == "None"


@pytest.mark.parametrize("what", ["occupancy", "charging", "offline"])
def test_a_withdrawn_state_has_no_attributes(what: str) -> None:
    assert json.loads(_template(what, "json_attributes_template").render()) == {}
