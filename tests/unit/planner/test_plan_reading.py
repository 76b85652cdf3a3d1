"""What cannot be meant is refused in one sentence that names it; anything else that is JSON is, too."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.contracts.errors import InvalidError
from services.planner.reading import read_instance
from tests.planning import Raw, problem, problems, request, space

GOOD = problem([space("a"), space("b"), space("hall", parts=("a", "b"))], [request("r"), request("q")])


def with_space(**changes: Any) -> Raw:
    return GOOD | {"spaces": [GOOD["spaces"][0] | changes, *GOOD["spaces"][1:]]}


def with_request(**changes: Any) -> Raw:
    return GOOD | {"requests": [GOOD["requests"][0] | changes, *GOOD["requests"][1:]]}


def fixed(**changes: Any) -> Raw:
    return GOOD | {"fixed": [{"request": "r", "space": "a", "start": "2026-04-15T09:00:00+08:00"} | changes]}


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        (None, "instance: is missing, expected an object"),
        ([], "instance: is [], expected an object"),
        ({}, "instance: has no spaces, expected a list of them"),
        (GOOD | {"requests": {}}, "requests: is {}, expected a list"),
        (GOOD | {"grid_min": 0}, "grid_min is 0, expected a whole number of minutes from 1"),
        (GOOD | {"grid_min": True}, "grid_min is True"),
        (GOOD | {"spaces": [space("a"), space("a")]}, "spaces[1]: id 'a' stands there twice"),
        (GOOD | {"requests": [request("r"), request("r")]}, "requests[1]: id 'r' stands there twice"),
        (with_space(id=7), "spaces[0]: id is 7, expected text"),
        (with_space(capacity=-1), "space 'a': capacity is -1, expected a whole number of people from 0"),
        (with_space(capacity=1.5), "space 'a': capacity is 1.5"),
        (with_space(features="piano"), "space 'a': features is 'piano', expected a list of texts"),
        (with_space(parts=["attic"]), "space 'a': part 'attic' is not a space of the instance"),
        (with_space(parts=["hall"]), "is a part of itself, expected parts without a circle"),
        (with_space(parts=["a"]), "space 'a': is a part of itself"),
        (with_space(open=[["2026-04-15T09:00:00+08:00"]]), "expected [start, end]"),
        (with_space(open=[["2026-04-15T09:00:00", "2026-04-15T10:00:00"]]), "expected a time with an offset"),
        (
            with_space(open=[["2026-04-15T10:00:00+08:00", "2026-04-15T09:00:00+08:00"]]),
            "space 'a': open ends at 2026-04-15T09:00:00+08:00 before it starts",
        ),
        (with_request(people=-3), "request 'r': people is -3"),
        (with_request(people="ten"), "request 'r': people is 'ten'"),
        (with_request(duration_min=0), "request 'r': duration_min is 0, expected a whole number of minutes from 1"),
        (with_request(duration_min=None), "request 'r': duration_min is missing"),
        (with_request(weight=-1), "request 'r': weight is -1, expected a number from 0"),
        (with_request(weight=float("nan")), "request 'r': weight is nan"),
        (with_request(weight=10**12, people=1000), "with it all requests are worth more than 1000000000000"),
        (with_request(earliest="noon"), "request 'r': earliest is 'noon', expected a time with an offset"),
        (with_request(latest_end="2026-04-14T09:00:00+08:00"), "is before earliest 2026-04-15T09:00:00+08:00"),
        (with_request(group=5), "request 'r': group is 5, expected text"),
        (fixed(request="nobody"), "fixed[0]: request 'nobody' is not a request of the instance"),
        (fixed(space="attic"), "fixed[0]: space 'attic' is not a space of the instance"),
        (fixed(start="09:00"), "fixed[0]: start is '09:00', expected a time with an offset"),
        (GOOD | {"fixed": fixed()["fixed"] * 2}, "fixed[1]: request 'r' stands there twice, expected once"),
        (fixed() | {"current": fixed(space="b")["fixed"]}, "current: request 'r' is fixed elsewhere"),
        (GOOD | {"move_cost": -1}, "move_cost is -1, expected a whole number of person-minutes from 0"),
        (
            fixed() | {"fixed": [], "current": fixed()["fixed"], "move_cost": 10**12} | with_request(weight=1 / 3),
            "at most",
        ),
        (GOOD | {"max_shift_min": "x"}, "max_shift_min is 'x'"),
    ],
)
def test_what_cannot_be_meant_is_named(raw: object, told: str) -> None:
    with pytest.raises(InvalidError) as error:
        read_instance(raw)
    assert told in str(error.value)
    assert "\n" not in str(error.value)


@settings(max_examples=30, deadline=None)
@given(
    problems(),
    st.lists(st.sampled_from(["spaces", "requests", "fixed", "open", "id", "start", "parts", 0, 1]), max_size=4),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    ),
)
def test_any_json_anywhere_is_read_or_refused(raw: Raw, path: list[str | int], garbage: object) -> None:
    spoiled = json.loads(json.dumps(raw))
    place: Any = spoiled
    for step in path:
        inside = isinstance(place, dict) and step in place
        if not inside and not (isinstance(place, list) and isinstance(step, int) and step < len(place)):
            break
        if isinstance(place[step], dict | list) and place[step]:
            place = place[step]
        else:
            place[step] = garbage
            break
    try:
        read_instance(spoiled)
    except InvalidError as error:
        assert "\n" not in str(error)


def test_weights_count_to_the_sixth_decimal() -> None:
    assert read_instance(with_request(weight=2)).scale == 1
    assert read_instance(with_request(weight=0.25)).scale == 100
    instance = read_instance(with_request(weight=1 / 3))
    assert instance.requests[0].worth / instance.scale == pytest.approx(200, rel=1e-5)
    assert instance.requests[0].worth >= 200 * instance.scale


def test_a_long_chain_of_parts_is_no_circle() -> None:
    chain = [space("s0"), *(space(f"s{number}", parts=(f"s{number - 1}",)) for number in range(1, 3000))]
    assert {each.rooms for each in read_instance(problem(chain, [])).spaces} == {(0,)}
