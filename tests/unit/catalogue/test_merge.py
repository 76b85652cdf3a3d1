"""One community laid over another."""

import pytest

from services.catalogue.merge import merge
from services.contracts.community import Community, Device, Site, Space
from services.contracts.errors import InvalidError
from services.contracts.policy import Policy

SITE = Site(id="s", name="社区", timezone="Asia/Shanghai")
HALL = Space(id="hall", site="s", name="大厅", capacity=10)
ROOM = Space(id="room", site="s", name="小间", capacity=5)
BEFORE = Community(sites=(SITE,), spaces=(HALL, ROOM), policy=Policy(grace_min=3))


def test_entries_keep_their_place_and_new_ones_come_last() -> None:
    nook = Space(id="nook", site="s", name="角落", capacity=1)
    larger = ROOM.model_copy(update={"capacity": 6})
    assert merge(BEFORE, Community(spaces=(nook, larger))).spaces == (HALL, larger, nook)


def test_the_policy_stays_unless_the_update_has_one() -> None:
    assert merge(BEFORE, Community(sites=(SITE,))).policy == BEFORE.policy
    assert merge(BEFORE, Community(policy=Policy())).policy == Policy()


def test_an_update_may_lean_on_what_is_there() -> None:
    device = Device(id="pir", site="s", space="room", kind="motion")
    assert merge(BEFORE, Community(devices=(device,))).devices == (device,)


def test_what_does_not_fit_together_is_refused() -> None:
    with pytest.raises(InvalidError, match="s/attic is not a space"):
        merge(BEFORE, Community(devices=(Device(id="pir", site="s", space="attic", kind="motion"),)))
