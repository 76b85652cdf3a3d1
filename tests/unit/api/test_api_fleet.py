"""The devices over HTTP: how each is, what it is told, and that ten thousand cost no more questions than ten."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.api.deviceview import pieces
from services.contracts.commands import Ack
from services.contracts.community import Device
from services.contracts.names import HOUR, MINUTE, Millis
from services.journal.ledger import Ledger
from services.journal.lives import DeviceLife
from services.journal.ranges import Ranges
from services.journal.records import BootSequence, Checkpoint, SequenceKey
from services.twins.records import GONE, GapRepair
from tests.unit.api.conftest import NINE, SITE, House
from tests.unit.api.fullhouse import life_of_four_days

DEVICES = "/api/v1/devices"


def remember(
    house: House, lives: dict[str, DeviceLife], boots: dict[tuple[str, str], BootSequence] | None = None
) -> None:
    """Let the books know these devices."""
    path: Path = house.deps.books.path
    with Ledger.open(path) as ledger:
        ledger.checkpoint(
            Checkpoint(
                0,
                {SequenceKey(SITE, device, boot): item for (device, boot), item in (boots or {}).items()},
                {(SITE, device): life for device, life in lives.items()},
            )
        )
    house.machine.advance(10)


def listed(house: House, query: str = "") -> list[dict[str, Any]]:
    answer = house.client.get(f"{DEVICES}{query}", headers=house.as_("steward"))
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def test_a_device_that_was_never_heard(house: House) -> None:
    [one] = listed(house)
    assert (one["id"], one["device"], one["presence"], one["heartbeat_s"]) == ("seen-a", "seen-a", "unheard", 60)
    assert [
        one[name] for name in ("last_seen", "battery", "signal", "clock", "boot", "last_seq", "desired", "reported")
    ] == [None] * 8
    assert one["gaps"] == one["commands"] == []


def test_everything_that_is_known_of_a_device(house: House) -> None:
    life = life_of_four_days()
    old = BootSequence(Ranges([(0, 1), (5, 9)]), NINE - HOUR)
    new = BootSequence(Ranges([(0, 3), (6, 7)]), NINE - MINUTE)
    remember(house, {"seen-a": life}, {("seen-a", "b1"): old, ("seen-a", "b2"): new})
    lost = GapRepair(SITE, "seen-a", "b1", 2, 3, 2, "unrepairable", NINE, reason=GONE)
    house.deps.twins.keep([], [lost])
    house.deps.twins.desire(SITE, "seen-a", {"heartbeat_s": 30}, "user:li")
    [one] = listed(house, "?lang=en")
    assert one["presence"] == "online"
    days = one["battery"].pop("days")
    assert one["battery"] == {"pct": 44, "pct_per_day": -2, "days_left": 22}
    assert [(one["day"], one["pct"]) for one in days] == [(f"2026-03-0{3 + day}", 50 - 2 * day) for day in range(4)]
    assert one["signal"] == {"dbm": -73, "dbm_per_day": -1}
    assert one["clock"] == {"offset_ms": -900, "drift_ppm": 12.35}
    assert (one["boot"], one["fw"], one["last_seq"]) == ("b2", "1.2", 7)
    assert [(gap["boot"], gap["first"], gap["last"], gap["state"]) for gap in one["gaps"]] == [
        ("b2", 4, 5, "waiting"),
        ("b1", 2, 3, "unrepairable"),
        ("b1", 4, 4, "waiting"),
    ]
    assert not one["gaps"][1]["reason"].startswith("twins."), "a sentence, not its key"
    assert one["desired"] == {"version": 1, "config": {"heartbeat_s": 30}, "refusal": None}
    assert one["reported"] == {"version": 3, "config": {"heartbeat_s": 60}}


def test_a_device_that_is_not_believed_says_why(house: House) -> None:
    remember(house, {"seen-a": DeviceLife(last_seen=NINE, online=True, doubt="stuck_on")})
    assert listed(house, "?lang=en")[0]["doubt"] == {
        "reason": "stuck_on",
        "text": "not believed: it alone keeps seeing somebody",
    }
    remember(house, {"seen-a": DeviceLife(last_seen=NINE, online=True)})
    assert listed(house)[0]["doubt"] is None


def test_how_far_its_room_believes_a_device(house: House) -> None:
    assert listed(house)[0]["trust"] is None
    house.hear()
    assert listed(house)[0]["trust"] == 1


def add(house: House, *names: str, space: str = "tea", codec: str | None = None) -> None:
    community = house.deps.catalogue_store.export()
    topic = "zigbee2mqtt/x" if codec else None
    more = tuple(Device(id=n, site=SITE, space=space, kind="presence", codec=codec, topic=topic) for n in names)
    house.deps.catalogue_store.import_community(community.model_copy(update={"devices": community.devices + more}))


def test_filters_and_pages(house: House) -> None:
    add(house, "a", "b", "c")
    seen = {"a": 0, "b": 2 * MINUTE, "c": HOUR}
    remember(house, {name: DeviceLife(last_seen=NINE - ago, online=True) for name, ago in seen.items()})
    assert [(one["id"], one["presence"]) for one in listed(house)] == [
        ("a", "online"),
        ("b", "late"),
        ("c", "offline"),
        ("seen-a", "unheard"),
    ]
    for query, expected in (
        ("?presence=late", ["b"]), ("?space=room-a", ["seen-a"]), ("?site=elsewhere", []),
        ("?presence=offline&space=room-a", []),
    ):  # fmt: skip
        assert [one["id"] for one in listed(house, query)] == expected, query
    assert house.client.get(f"{DEVICES}?presence=dead", headers=house.as_("steward")).status_code == 422
    found, after = [], ""
    while True:
        page = house.client.get(f"{DEVICES}?limit=2{after}", headers=house.as_("steward")).json()
        found += [one["id"] for one in page["items"]]
        if page["next"] is None:
            break
        after = f"&after={page['next']}"
    assert found == ["a", "b", "c", "seen-a"]


def test_more_devices_cost_no_more_questions(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    for store, name in (
        (house.deps.books, "account"),
        (house.deps.recent_commands, "of"),
        (house.deps.twins, "repairs"),
    ):
        real = getattr(type(store), name)

        def counted(self: Any, *args: Any, real: Any = real, name: str = name) -> Any:
            asked.append(name)
            return real(self, *args)

        monkeypatch.setattr(type(store), name, counted)
    add(house, *(f"n{number}" for number in range(200)))
    assert len(listed(house, "?limit=500")) == 201
    assert sorted(asked) == ["account", "of", "repairs"]


def test_a_command_is_queued_listed_and_shown_with_its_device(house: House) -> None:
    path, steward = f"{DEVICES}/{SITE}/seen-a/commands", house.as_("steward")
    ids = []
    for do, args in (
        ("identify", {}),
        ("reboot", {}),
        ("resend", {"boot": "b1", "ranges": [[2, 4]]}),
        ("identify", {}),
    ):
        queued = house.client.post(path, json={"do": do, "args": args, "ttl_s": 30}, headers=steward)
        assert queued.status_code == 202, queued.text
        ids.append(queued.json()["id"])
    house.deps.commands.pump(house.clock.now())
    house.deps.commands.on_ack(SITE, "seen-a", Ack(id=ids[0], ok=False, error="no lamp"))
    listing = house.client.get(path, headers=steward).json()["items"]
    assert [one["id"] for one in listing] == ids[::-1]
    assert (listing[-1]["state"], listing[-1]["error"]) == ("failed", "设备答复：no lamp")
    [device] = listed(house)
    assert [one["id"] for one in device["commands"]] == ids[:0:-1], "the last three"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"do": "configure", "args": {"version": 1, "config": {}}}, 422),
        ({"do": "unlock"}, 422),
        ({"do": "identify", "args": {"x": 1}}, 422),
        ({"do": "resend"}, 422),
        ({"do": "resend", "args": {"boot": "b", "ranges": [[4, 2]]}}, 422),
        ({"do": "identify", "ttl_s": 0}, 422),
    ],
)
def test_what_cannot_be_ordered_is_refused(house: House, body: dict[str, Any], status: int) -> None:
    answer = house.client.post(f"{DEVICES}/{SITE}/seen-a/commands", json=body, headers=house.as_("steward"))
    assert answer.status_code == status
    assert house.deps.recent_commands.of([(SITE, "seen-a")], 1) == {}


def test_who_is_not_there_or_does_not_speak_ours_takes_no_orders(house: House) -> None:
    add(house, "bulb", codec="zigbee2mqtt")
    steward = house.as_("steward")
    for device, status in (("nobody", 404), ("bulb", 409)):
        path = f"{DEVICES}/{SITE}/{device}"
        assert house.client.post(f"{path}/commands", json={"do": "reboot"}, headers=steward).status_code == status
        assert house.client.put(f"{path}/config", json={"config": {"a": 1}}, headers=steward).status_code == status


def test_a_configuration_counts_its_versions_up(house: House) -> None:
    path, steward = f"{DEVICES}/{SITE}/seen-a/config", house.as_("steward")
    versions = [
        house.client.put(path, json={"config": {"heartbeat_s": s}}, headers=steward).json()["version"] for s in (30, 60)
    ]
    assert versions == [1, 2]
    assert house.deps.twins.desired()[SITE, "seen-a"].config == {"heartbeat_s": 60}
    assert house.deps.twins.desired()[SITE, "seen-a"].by == "user:token-steward"
    too_long = {"config": {"x": "y" * 5000}}
    assert house.client.put(path, json=too_long, headers=steward).status_code == 422


def _repair(span: tuple[int, int]) -> GapRepair:
    return GapRepair(SITE, "d", "b", *span, span[1] - span[0] + 1, "asked", NINE)


@given(st.lists(st.integers(0, 60), unique=True).map(sorted), st.integers(5, 20), st.integers(20, 50))
def test_the_pieces_of_a_gap_are_the_gap(edges: list[Millis], first: int, last: int) -> None:
    known = [_repair((low, high)) for low, high in zip(edges[::2], edges[1::2], strict=False)]
    found = pieces((first, last), known, "en")
    covered = [seq for piece in found for seq in range(piece["first"], piece["last"] + 1)]
    assert covered == list(range(first, last + 1))
    for piece in found:
        inside = [one for one in known if one.first <= piece["first"] and piece["last"] <= one.last]
        assert piece["state"] == ("asked" if inside else "waiting")


def test_a_clock_ahead_of_the_books_makes_nobody_late(house: House) -> None:
    remember(house, {"seen-a": DeviceLife(last_seen=NINE + HOUR, online=None)})
    assert listed(house)[0]["presence"] == "online"
