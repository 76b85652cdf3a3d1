"""Twins keep their promises over every database."""

import threading
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from services.contracts.errors import InvalidError
from services.kit.clock import ManualClock
from services.kit.database import DatabaseUnavailableError, open_engine
from services.twins.records import Desired, GapRepair
from services.twins.store import TwinStore

KEY = ("s", "radar")


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(1_000_000)


@pytest.fixture
def store(engine: sa.Engine, clock: ManualClock) -> TwinStore:
    return TwinStore(engine, clock)


def repair(first: int, last: int, boot: str = "b", **more: Any) -> GapRepair:
    return GapRepair("s", "radar", boot, first, last, last - first + 1, "asked", 5, **more)


def test_versions_count_up_by_device(store: TwinStore, clock: ManualClock) -> None:
    assert store.desire(*KEY, {"heartbeat_s": 60}, "li") == Desired(1, {"heartbeat_s": 60}, clock.now(), "li")
    clock.advance(1)
    second = store.desire(*KEY, {"heartbeat_s": 90}, "wang")
    other = store.desire("s", "pir", {"led": None, "名": "灯\0"}, "li")
    assert (second.version, other.version) == (2, 1)
    assert store.desired() == {KEY: second, ("s", "pir"): other}


def test_wishes_at_the_same_moment_each_get_a_version(store: TwinStore) -> None:
    together = threading.Barrier(4)
    versions: list[int] = []

    def wish(n: int) -> None:
        together.wait()
        versions.append(store.desire(*KEY, {"heartbeat_s": n}, "li").version)

    threads = [threading.Thread(target=wish, args=(n,)) for n in range(together.parties)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(versions) == [1, 2, 3, 4]


def test_what_was_told_and_refused_belongs_to_its_version(store: TwinStore) -> None:
    first = store.desire(*KEY, {"heartbeat_s": 60}, "li")
    store.told(KEY, 1, "c1", "b1")
    store.refused(KEY, 1, "no such key")
    assert store.desired()[KEY] == replace(first, command="c1", boot="b1", refusal="no such key")
    second = store.desire(*KEY, {"heartbeat_s": 90}, "li")
    store.told(KEY, 1, "c1", "b1")
    store.refused(KEY, 1, "too late")
    assert store.desired()[KEY] == second


def test_telling_again_takes_the_refusal_back(store: TwinStore) -> None:
    first = store.desire(*KEY, {"heartbeat_s": 60}, "li")
    store.refused(KEY, 1, "busy")
    store.told(KEY, 1, "c2", None)
    assert store.desired()[KEY] == replace(first, command="c2")


def test_a_version_is_counted_past_the_one_a_device_holds(store: TwinStore) -> None:
    store.desire(*KEY, {"heartbeat_s": 60}, "li")
    store.told(KEY, 1, "c1", "b1")
    store.outrank(KEY, 1, 7)
    store.outrank(KEY, 1, 20)
    assert (store.desired()[KEY].version, store.desired()[KEY].command) == (8, None)
    assert store.desire(*KEY, {"heartbeat_s": 90}, "li").version == 9


@pytest.mark.parametrize(
    ("device", "config", "sentence"),
    [
        ("a/#", {"x": 1}, "must be names"),
        ("a", {}, "at least one"),
        ("a", {"x": float("inf")}, "JSON"),
        ("a", {"x": object()}, "JSON"),
        ("a", {"x": "y" * 5000}, "at most 4096 bytes"),
    ],
)
def test_a_configuration_no_device_could_take_is_refused(
    store: TwinStore, device: str, config: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(InvalidError, match=sentence):
        store.desire("s", device, config, "li")
    assert store.desired() == {}


def test_repairs_are_kept_by_boot_in_order_and_replaced_as_a_whole(store: TwinStore) -> None:
    old = [repair(9, 9), repair(2**53 - 5, 2**53, attempts=2, asked_at=7, command="c"), repair(1, 3, boot="a")]
    store.keep((), old)
    assert store.repairs() == {("s", "radar", "a"): [old[2]], ("s", "radar", "b"): old[:2]}
    cut = [replace(old[1], first=2**53 - 4, count=5), repair(9, 9, reason="设备的话")]
    store.keep(old, cut)
    assert store.repairs() == {("s", "radar", "b"): [cut[1], cut[0]]}
    store.keep(cut, ())
    assert store.repairs() == {}


def test_a_database_that_is_away_says_so(tmp_path: Any, clock: ManualClock) -> None:
    away = TwinStore(open_engine(f"sqlite:///{tmp_path}/none/x.sqlite"), clock)
    for use in (
        away.repairs,
        away.desired,
        lambda: away.desire(*KEY, {"x": 1}, "li"),
        lambda: away.keep((), [repair(1, 1)]),
    ):
        with pytest.raises(DatabaseUnavailableError, match="database"):
            use()
