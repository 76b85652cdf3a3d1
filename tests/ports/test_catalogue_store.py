"""The catalogue store does the same over every database."""

import threading
from collections.abc import Callable

import pytest
import sqlalchemy as sa

from services.catalogue.cached import CachedCatalogue
from services.catalogue.store import CatalogueStore
from services.contracts.community import (
    Changeover,
    Community,
    Device,
    Group,
    Holiday,
    Hours,
    Site,
    Space,
    Standing,
    Supply,
)
from services.contracts.errors import ConflictError, InvalidError, NotFoundError
from services.contracts.policy import Policy

HOME = Community(
    sites=(Site(id="lingli", name="邻里中心", timezone="Asia/Shanghai"),),
    spaces=(
        Space(id="hall", site="lingli", name="邻里会客厅", capacity=60, functions=("council",), parts=("b", "a")),
        Space(id="a", site="lingli", name="议事厅", capacity=30, functions=("council", "reading"), group="会客厅"),
        Space(id="b", site="lingli", name="活动厅", capacity=30, features=("mirror", "piano")),
    ),
    devices=(
        Device(id="pir-1", site="lingli", space="a", kind="motion", heartbeat_s=0.1),
        Device(id="door-1", site="lingli", space="b", kind="door", codec="zigbee", topic="z/2"),
    ),
    supply=(
        Supply(
            id="tea", site="lingli", space="a", owner="茶楼", functions=("reading",), days=("mon",), start="09:00",
            end="24:00", terms="自带茶杯",
        ),
    ),
    policy=Policy(grace_min=7, shadow=("a",), protect_longer_than_min=float("inf")),
)  # fmt: skip


@pytest.fixture
def store(engine: sa.Engine) -> CatalogueStore:
    return CatalogueStore(engine)


def test_what_is_imported_is_exported_in_the_order_of_the_file(store: CatalogueStore) -> None:
    assert store.is_empty()
    assert (store.version(), store.export()) == (0, Community())
    store.import_community(HOME)
    assert not store.is_empty()
    assert store.export() == HOME


def test_importing_again_updates_adds_and_leaves_the_rest(store: CatalogueStore) -> None:
    store.import_community(HOME)
    wider = HOME.spaces[0].model_copy(update={"capacity": 80, "parts": ("a",)})
    new = Device(id="co2", site="lingli", space="hall", kind="climate")
    site = Site(id="lingli", name="邻里中心二期", timezone="Asia/Shanghai")
    store.import_community(Community(sites=(site,), spaces=(wider, *HOME.spaces[1:]), devices=(new,)))
    after = store.export()
    assert after.sites == (site,)
    assert after.spaces == (wider, *HOME.spaces[1:])
    assert after.devices == (*HOME.devices, new)
    assert after.supply == HOME.supply
    assert after.policy == HOME.policy


def test_an_import_that_does_not_fit_changes_nothing(store: CatalogueStore) -> None:
    store.import_community(HOME)
    version = store.version()
    # Alone this is a good community; but a supply window already there lends `a` for reading.
    poorer = Community(sites=HOME.sites, spaces=(HOME.spaces[1].model_copy(update={"functions": ("council",)}),))
    with pytest.raises(InvalidError, match="'reading' is not a function of 'a'"):
        store.import_community(poorer)
    assert (store.version(), store.export()) == (version, HOME)


def test_devices_come_and_go(store: CatalogueStore) -> None:
    store.import_community(HOME)
    device = Device(id="seat", site="lingli", space="a", kind="presence")
    store.add_device(device)
    with pytest.raises(ConflictError, match="device lingli/seat: the name is taken"):
        store.add_device(device)
    assert store.export().devices == (*HOME.devices, device)
    store.remove_device("lingli", "pir-1")
    with pytest.raises(NotFoundError, match="device lingli/pir-1"):
        store.remove_device("lingli", "pir-1")
    assert store.export().devices == (HOME.devices[1], device)


def test_a_device_in_an_unknown_space_is_refused(store: CatalogueStore) -> None:
    store.import_community(HOME)
    with pytest.raises(InvalidError, match="device lingli/seat: lingli/attic is not a space"):
        store.add_device(Device(id="seat", site="lingli", space="attic", kind="presence"))
    assert store.export() == HOME


TERMS = Community(
    sites=(Site(id="lingli", name="邻里中心", timezone="Asia/Shanghai", hours=(Hours(start="08:00", end="21:00"),)),),
    spaces=(
        HOME.spaces[1].model_copy(
            update={"cleaning_min": 10, "capacity_by_function": {"council": 20},
                    "hours": (Hours(start="18:00", end="02:00"),)}
        ),
    ),
    groups=(Group(id="choir", site="lingli", name="合唱团", weekly_quota_min=240, function="council"),),
    supply=(
        Supply.model_validate(
            {
                "id": "evenings", "site": "lingli", "space": "a", "owner": "茶楼", "functions": ["council"],
                "start": "18:00", "end": "21:00", "rrule": "FREQ=WEEKLY;BYDAY=TU", "dtstart": "2026-09-01",
                "exdate": ["2026-10-06"], "rdate": ["2026-10-07"], "groups": ["choir"], "notice_min": 120,
                "recall": [{"before_min": 2880}, {"before_min": 120, "with_replacement": True}], "approval": "host",
                "rules": "散场前收好桌椅", "approve_within_min": 60, "valid_until": "2027-01-31",
            }
        ),
    ),
    holidays=(
        Holiday.model_validate({"id": "spring", "site": "lingli", "name": "春节", "first_day": "2027-02-06",
                                "last_day": "2027-02-12", "hours": [{"start": "09:00", "end": "12:00"}]}),
    ),
    standing=(
        Standing.model_validate({"id": "tai-chi", "site": "lingli", "space": "a", "group": "太极队", "title": "晨练",
                                 "people": 20, "start": "07:00", "end": "08:00", "rrule": "FREQ=DAILY",
                                 "dtstart": "2026-09-01", "exdate": ["2026-10-01"]}),
    ),
    changeover=(Changeover(site="lingli", space="a", before="council", after="*", minutes=20),),
)  # fmt: skip


def test_the_terms_of_supply_are_kept_and_updated(store: CatalogueStore) -> None:
    store.import_community(HOME)
    store.import_community(TERMS)
    kept = store.export()
    assert (kept.holidays, kept.changeover, kept.groups) == (TERMS.holidays, TERMS.changeover, TERMS.groups)
    assert kept.standing == TERMS.standing
    assert (kept.sites, kept.spaces[1], kept.supply) == (TERMS.sites, TERMS.spaces[0], (*HOME.supply, *TERMS.supply))
    quicker = TERMS.changeover[0].model_copy(update={"minutes": 5})
    longer = TERMS.holidays[0].model_copy(update={"last_day": None})
    store.import_community(Community(changeover=(quicker,), holidays=(longer,)))
    assert (store.export().changeover, store.export().holidays) == ((quicker,), (longer,))


def test_holidays_come_and_go(store: CatalogueStore) -> None:
    store.import_community(TERMS)
    holiday = TERMS.holidays[0].model_copy(update={"id": "may", "space": "a"})
    store.add_holiday(holiday)
    with pytest.raises(ConflictError, match="holiday lingli/may: the name is taken"):
        store.add_holiday(holiday)
    with pytest.raises(InvalidError, match="lingli/attic is not a space"):
        store.add_holiday(holiday.model_copy(update={"id": "x", "space": "attic"}))
    store.remove_holiday("lingli", "spring")
    with pytest.raises(NotFoundError, match="holiday lingli/spring"):
        store.remove_holiday("lingli", "spring")
    assert store.export().holidays == (holiday,)


def test_a_window_in_anothers_way_is_refused(store: CatalogueStore) -> None:
    store.import_community(HOME)
    beside = HOME.supply[0].model_copy(update={"id": "more", "start": "10:00"})
    with pytest.raises(InvalidError, match=r"'more' lends 'a' on .* when 'tea' lends it for the same"):
        store.add_supply(beside)
    assert store.export() == HOME


def test_supply_windows_come_and_go(store: CatalogueStore) -> None:
    store.import_community(HOME)
    window = HOME.supply[0].model_copy(update={"id": "tea-2", "functions": ("council",)})
    store.add_supply(window)
    with pytest.raises(ConflictError, match="tea-2"):
        store.add_supply(window)
    store.remove_supply("lingli", "tea")
    with pytest.raises(NotFoundError, match="supply window lingli/tea"):
        store.remove_supply("lingli", "tea")
    assert store.export().supply == (window,)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"space": "attic"}, "attic is not a space"),
        ({"functions": ("karaoke",)}, "'karaoke' is not a function of 'a' "),
        ({"start": "12:00", "end": "11:00"}, "11:00 is not after start 12:00"),
    ],
)
def test_a_supply_window_that_cannot_be_meant_is_refused(
    store: CatalogueStore, change: dict[str, object], sentence: str
) -> None:
    store.import_community(HOME)
    with pytest.raises(InvalidError, match=sentence):
        store.add_supply(HOME.supply[0].model_copy(update={"id": "other", **change}))
    assert store.export() == HOME


def test_the_policy_is_replaced_and_checked(store: CatalogueStore) -> None:
    store.import_community(HOME)
    store.set_policy(Policy(never_release=("hall",)))
    assert store.export().policy == Policy(never_release=("hall",))
    with pytest.raises(InvalidError, match="'attic' is not a space"):
        store.set_policy(Policy(never_release=("attic",)))
    assert store.export().policy == Policy(never_release=("hall",))


def test_every_change_moves_the_version_and_reading_does_not(store: CatalogueStore) -> None:
    changes: tuple[Callable[[], None], ...] = (
        lambda: store.import_community(HOME),
        lambda: store.add_device(Device(id="seat", site="lingli", space="a", kind="presence")),
        lambda: store.remove_device("lingli", "seat"),
        lambda: store.remove_supply("lingli", "tea"),
        lambda: store.add_supply(HOME.supply[0]),
        lambda: store.set_policy(Policy()),
    )
    seen = [store.version()]
    for change in changes:
        change()
        store.export()
        seen.append(store.version())
    assert seen == sorted(set(seen))


def test_parts_that_start_together_on_an_empty_catalogue_all_load_it(store: CatalogueStore) -> None:
    faults: list[Exception] = []
    together = threading.Barrier(6)

    def load() -> None:
        together.wait()
        try:
            store.import_community(HOME)
        except Exception as fault:  # noqa: BLE001  # handed to the test's own thread
            faults.append(fault)

    threads = [threading.Thread(target=load) for _ in range(together.parties)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert store.export() == HOME


def test_a_text_the_database_cannot_keep_is_refused_or_kept_whole(store: CatalogueStore) -> None:
    odd = Community(sites=(Site(id="lingli", name="a\0b", timezone="UTC"),))
    try:
        store.import_community(odd)
    except InvalidError:
        assert store.is_empty()
    else:
        assert store.export() == odd


def test_the_cache_follows_every_change(store: CatalogueStore) -> None:
    cached = CachedCatalogue(store)
    assert cached.current() == (0, Community())
    store.import_community(HOME)
    assert cached.current() == (store.version(), HOME)
    assert cached.view() is cached.view()
    assert cached.zone("lingli") == "Asia/Shanghai"
    assert cached.claims("lingli", "hall") == {"hall", "a", "b"}
    store.add_device(Device(id="seat", site="lingli", space="a", kind="presence"))
    assert [device.id for device in cached.devices_of("lingli", "a")] == ["pir-1", "seat"]
    assert cached.device("lingli", "seat").kind == "presence"
    assert cached.space("lingli", "b").features == ("mirror", "piano")
