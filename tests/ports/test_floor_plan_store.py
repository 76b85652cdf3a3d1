"""Floor plans and single changes of the catalogue do the same over every database."""

from dataclasses import replace

import pytest
import sqlalchemy as sa

from services.catalogue.editing import adding, changeover_of, changing, removing
from services.catalogue.floorplans.store import Area, FloorPlan, FloorPlanStore
from services.catalogue.store import CatalogueStore
from services.contracts.community import Changeover, Community, Device, Group, Holiday, Site, Space
from services.contracts.errors import ConflictError, InvalidError, NotFoundError, StaleError
from services.contracts.policy import Policy

HOME = Community(
    sites=(Site(id="yard", name="大院", timezone="Asia/Shanghai"), Site(id="lane", name="里弄", timezone="UTC")),
    spaces=(
        Space(id="hall", site="yard", name="大厅", capacity=60, functions=("tea",), parts=("a", "b")),
        Space(id="a", site="yard", name="甲", capacity=30, functions=("tea",)),
        Space(id="b", site="yard", name="乙", capacity=30),
    ),
    devices=(Device(id="pir", site="yard", space="a", kind="motion"),),
    groups=(Group(id="choir", site="yard", name="合唱团"),),
    holidays=(Holiday(id="fair", site="yard", space="b", name="集市", first_day="2027-01-01"),),
    changeover=(Changeover(site="yard", before="tea", after="*", minutes=5),),
)  # fmt: skip
PLAN = FloorPlan("yard", "ground", "一层", (0, 0, 100, 50.5), "<svg/>", (Area("hall", 1, 2, 3, 4.25),))


@pytest.fixture
def store(engine: sa.Engine) -> CatalogueStore:
    store = CatalogueStore(engine)
    store.import_community(HOME)
    return store


def test_a_plan_is_kept_replaced_and_removed(store: CatalogueStore, engine: sa.Engine) -> None:
    plans = FloorPlanStore(engine)
    plans.add(PLAN)
    assert plans.plans("yard") == [PLAN]
    assert plans.plans("lane") == []
    with pytest.raises(ConflictError):
        plans.add(PLAN)
    with pytest.raises(InvalidError):
        plans.add(replace(PLAN, site="nowhere"))
    bare = replace(PLAN, svg=None, name="地下")
    assert plans.replace(bare, seen=1) == replace(bare, version=2)
    with pytest.raises(StaleError):
        plans.replace(PLAN, seen=1)
    assert plans.replace(PLAN).version == 3
    with pytest.raises(NotFoundError):
        plans.replace(replace(PLAN, id="attic"))
    plans.remove("yard", "ground")
    with pytest.raises(NotFoundError):
        plans.remove("yard", "ground")


def test_a_site_takes_its_plans_with_it(store: CatalogueStore, engine: sa.Engine) -> None:
    plans = FloorPlanStore(engine)
    plans.add(replace(PLAN, site="lane"))
    store.edit(removing("sites", "lane"), "test")
    assert plans.plans() == []


def test_single_changes_are_written_and_counted(store: CatalogueStore) -> None:
    version = store.version()
    wider = HOME.spaces[1].model_copy(update={"capacity": 40})
    done = store.edit(changing("spaces", ("yard", "a"), lambda _: wider), "test", ("spaces", "yard/a"), version)
    assert (done.version, store.version()) == (version + 1, version + 1)
    assert [(one.table, one.key, one.what, set(one.fields)) for one in done.differences] == [
        ("spaces", "yard/a", "changed", {"capacity"})
    ]
    assert store.export().spaces[1] == wider
    with pytest.raises(StaleError):
        store.edit(removing("spaces", ("yard", "a")), "test", ("spaces", "yard/a"), version)
    store.edit(adding("groups", Group(id="chess", site="yard", name="棋社")), "test", ("groups", "yard/chess"), version)
    with pytest.raises(ConflictError):
        store.edit(adding("groups", HOME.groups[0]), "test")
    with pytest.raises(NotFoundError):
        store.edit(removing("groups", ("yard", "nobody")), "test")
    assert store.version() == version + 2


def test_what_would_not_fit_changes_nothing(store: CatalogueStore) -> None:
    before = store.read()
    with pytest.raises(InvalidError, match="'a' is not another space"):
        store.edit(removing("spaces", ("yard", "a")), "test")
    assert store.read() == before


def test_a_space_goes_with_its_parts_holidays_and_changeovers(store: CatalogueStore) -> None:
    store.edit(removing("spaces", ("yard", "hall")), "test")
    store.edit(removing("spaces", ("yard", "b")), "test")
    after = store.export()
    assert [space.id for space in after.spaces] == ["a"]
    assert after.holidays == ()
    store.edit(adding("spaces", HOME.spaces[2]), "test")
    assert store.export().spaces[-1] == HOME.spaces[2]


def test_the_changeovers_of_a_site_are_one_entry(store: CatalogueStore) -> None:
    version = store.version()
    row = Changeover(site="yard", space="hall", before="*", after="tea", minutes=9)
    store.edit(changeover_of("yard", (row,)), "test", ("changeover", "yard"), version)
    assert store.export().changeover == (row,)
    with pytest.raises(StaleError):
        store.edit(changeover_of("yard", ()), "test", ("changeover", "yard"), version)


def test_a_replacing_import_leaves_exactly_what_it_says(store: CatalogueStore) -> None:
    smaller = Community(sites=HOME.sites[:1], spaces=HOME.spaces[1:2], devices=HOME.devices, policy=Policy(grace_min=3))
    store.import_community(smaller, replace=True)
    assert store.export() == smaller
    store.import_community(HOME, replace=True)
    after = store.export()
    assert {space.id: space for space in after.spaces} == {space.id: space for space in HOME.spaces}
    assert after.policy == Policy()
