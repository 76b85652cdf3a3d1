"""Places have the windows that a machine may offer."""

import pytest

from services.contracts.community import Community
from services.scheduler.places import Places
from tests.unit.scheduler.stories import a_community, at


def _with(**terms: object) -> Community:
    community = a_community()
    window = community.supply[0].model_copy(update=terms)
    return community.model_copy(update={"supply": (window,)})


def test_a_space_of_the_community_is_always_there_and_a_lent_one_in_its_windows() -> None:
    places = Places(a_community()).at(at("08:00"))
    assert places["wuhan/rongqu"].windows is None
    assert [(one.start, one.end) for one in places["wuhan/tea"].windows or ()] == [(at("09:00"), at("11:00"))]


@pytest.mark.parametrize("terms", [{"approval": "host"}, {"notice_min": 60}])
def test_what_asks_for_more_than_a_machine_can_give_is_not_offered(terms: dict[str, object]) -> None:
    assert Places(_with(**terms)).at(at("08:00"))["wuhan/tea"].windows == ()
