"""Looking things up in a community."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.catalogue.view import CatalogueView
from services.contracts.community import Community, Device, Site, Space
from services.contracts.errors import NotFoundError


def view_of(parts: dict[str, tuple[str, ...]]) -> CatalogueView:
    spaces = tuple(Space(id=name, site="s", name=name, capacity=1, parts=of) for name, of in parts.items())
    devices = (
        Device(id="pir", site="s", space="a", kind="motion"),
        Device(id="co2", site="s", space="hall", kind="climate"),
    )
    return CatalogueView(
        7, Community(sites=(Site(id="s", name="社区", timezone="Asia/Urumqi"),), spaces=spaces, devices=devices)
    )


HOUSE = view_of({"hall": ("east", "c"), "east": ("a", "b"), "a": (), "b": (), "c": (), "west": ("b", "c"), "yard": ()})


def test_a_space_claims_itself_and_all_its_parts() -> None:
    assert HOUSE.claims("s", "hall") == {"hall", "east", "a", "b", "c"}
    assert HOUSE.claims("s", "a") == {"a"}


@pytest.mark.parametrize(
    ("one", "other", "clash"),
    [
        ("hall", "a", True),
        ("hall", "west", True),
        ("east", "west", True),
        ("a", "west", False),
        ("yard", "hall", False),
    ],
)
def test_spaces_clash_if_they_share_a_room(one: str, other: str, clash: bool) -> None:
    assert bool(HOUSE.claims("s", one) & HOUSE.claims("s", other)) is clash


@given(st.dictionaries(st.sampled_from("abcdef"), st.sets(st.sampled_from("abcdef")), min_size=1))
def test_claims_end_and_are_closed_whatever_the_parts(raw: dict[str, set[str]]) -> None:
    parts = {name: tuple(sorted(of & raw.keys() - {name})) for name, of in raw.items()}
    view = view_of(parts)
    for name in parts:
        claimed = view.claims("s", name)
        assert name in claimed
        assert all(view.claims("s", inner) <= claimed for inner in claimed)


def test_lookups() -> None:
    assert HOUSE.version == 7
    assert HOUSE.zone("s") == "Asia/Urumqi"
    assert HOUSE.space("s", "west").parts == ("b", "c")
    assert HOUSE.device("s", "co2").space == "hall"
    assert [device.id for device in HOUSE.devices_of("s", "hall")] == ["co2"]
    assert HOUSE.devices_of("s", "yard") == ()


@pytest.mark.parametrize(
    "ask",
    [
        lambda: HOUSE.zone("x"),
        lambda: HOUSE.space("s", "x"),
        lambda: HOUSE.space("x", "hall"),
        lambda: HOUSE.device("s", "x"),
        lambda: HOUSE.claims("s", "x"),
    ],
)
def test_what_is_not_there_is_named(ask: Callable[[], object]) -> None:
    with pytest.raises(NotFoundError, match=r"(site|space|device) (s/)?x.* is not in the catalogue"):
        ask()
