"""Care puts books, commands and twins together; whatever fails, it tries again and goes on."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from prometheus_client import CollectorRegistry

from gateway import care as care_module
from gateway.care import Care
from services.commands.outbox import CommandOutbox
from services.commands.queries import RecentCommands
from services.contracts.commands import Ack
from services.contracts.community import Community
from services.contracts.names import DAY, MINUTE, SECOND, Millis
from services.journal.lives import DeviceLife, to_json
from services.journal.ranges import Span
from services.journal.records import Account, DeviceAccount, JournalError
from services.kit.clock import ManualClock
from services.kit.database import metadata, open_engine
from services.kit.mqtt import Broker
from services.twins.store import TwinStore

T0: Millis = 1_700_000_000_000


class FakeBooks:
    """The books of a gateway, as a test writes them."""

    def __init__(self) -> None:
        self.devices: dict[tuple[str, str | None], DeviceAccount] = {}
        self.fault: Exception | None = None

    def note(self, device: str, gaps: list[Span], *, boot: str = "b", seen: Millis = T0, **life: Any) -> None:
        state = DeviceLife(last_seen=seen, boot=boot, **{"online": True, **life})
        self.devices[device, boot] = DeviceAccount("s", device, boot, 1000, gaps, seen, to_json(state))

    def account(self) -> Account:
        if self.fault is not None:
            raise self.fault
        return Account(devices=list(self.devices.values()))


class FakeSession:
    """The wire to whoever hears alerts."""

    def __init__(self, _broker: Broker, _client_id: str) -> None:
        self.connected = True
        self.alerts: list[dict[str, Any]] = []

    def publish(self, topic: str, payload: str) -> None:
        assert topic == "fs/v1/s/events/alert"
        self.alerts.append(json.loads(payload))


class Home:
    """Care over a real database, with a clock moved by hand."""

    def __init__(self, path: Path, community: Community) -> None:
        self.clock = ManualClock(T0)
        self.books = FakeBooks()
        self.engine = open_engine(f"sqlite:///{path}")
        metadata.create_all(self.engine)
        self.sent: list[tuple[str, dict[str, Any]]] = []
        self.outbox = CommandOutbox(self.engine, self._deliver, self.clock)
        self.twins = TwinStore(self.engine, self.clock)
        self.registry = CollectorRegistry()
        self.community = community
        self.restart()

    def restart(self) -> None:
        """Begin with nothing but what is in the database."""
        self.registry = CollectorRegistry()
        self.care = Care(
            self.books,  # type: ignore[arg-type]  # fakes what is asked of Books
            self.outbox,
            self.twins,
            self.clock,
            lambda: (1, self.community),
            Broker("nowhere", 1883),
            self.registry,
        )

    @property
    def session(self) -> FakeSession:
        return self.care._session  # type: ignore[return-value]  # put there by the fixture

    def _deliver(self, topic: str, payload: bytes) -> None:
        self.sent.append((topic, json.loads(payload)))

    def pass_time(self, seconds: float) -> None:
        """Let care and the scheduler's pump run for a while."""
        for _ in range(int(seconds // 5)):
            self.clock.advance(5)
            assert self.care.try_look(self.clock.now())
            self.outbox.pump(self.clock.now())

    def answer(self, **ack: Any) -> None:
        """Let the device of the last command answer it."""
        topic, command = self.sent[-1]
        self.outbox.on_ack("s", topic.split("/")[4], Ack(id=command["id"], **{"ok": True, **ack}))

    def orders(self, do: str) -> list[dict[str, Any]]:
        """Return the arguments of the commands of a sort, each once."""
        return list({m["id"]: m["args"] for _, m in self.sent if m["do"] == do}.values())

    def count(self, name: str) -> float:
        return self.registry.get_sample_value(f"foldspace_care_{name}_total") or 0.0


@pytest.fixture
def home(
    tmp_path: Path, community_of: Callable[..., Community], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Home]]:
    monkeypatch.setattr(care_module, "MqttSession", FakeSession)
    homes: list[Home] = []

    def make(*devices: tuple[str, str]) -> Home:
        homes.append(Home(tmp_path / "db.sqlite", community_of(*(devices or (("radar", "presence"),)))))
        return homes[-1]

    yield make
    for made in homes:
        made.engine.dispose()


def test_a_gap_is_asked_for_answered_and_closed(home: Any) -> None:
    h = home()
    h.books.note("radar", [(3, 5), (9, 9)])
    h.pass_time(10)
    assert h.sent == []
    h.pass_time(10)
    assert h.orders("resend") == [{"boot": "b", "ranges": [[3, 5], [9, 9]]}]
    h.answer()
    h.books.note("radar", [(9, 9)])
    h.pass_time(5)
    assert [(one.first, one.last) for one in h.twins.repairs()["s", "radar", "b"]] == [(9, 9)]
    h.books.note("radar", [])
    h.pass_time(5)
    assert h.twins.repairs() == {}
    assert (h.count("asked"), h.count("repaired"), h.count("unrepairable")) == (1, 4, 0)
    assert h.session.alerts == []


def test_a_restart_carries_on_with_the_same_question(home: Any) -> None:
    h = home()
    h.books.note("radar", [(3, 5)])
    h.pass_time(20)
    h.restart()
    h.pass_time(60)
    assert len(h.orders("resend")) == 1
    h.answer(missing=((3, 3),))
    h.restart()
    h.pass_time(5)
    assert [(one.first, one.state) for one in h.twins.repairs()["s", "radar", "b"]] == [
        (3, "unrepairable"),
        (4, "asked"),
    ]


def test_what_is_lost_is_an_alert_said_again_and_cleared_in_the_end(home: Any) -> None:
    h = home()
    h.books.note("radar", [(3, 5)])
    h.pass_time(20)
    h.answer(missing=((3, 5),))
    h.pass_time(5)
    told = h.session.alerts
    assert [(a["key"], a["text"], a["params"], a["cleared"]) for a in told] == [
        ("gap/s/radar", "alerts.unrepairable", {"device": "radar", "count": 3}, False)
    ]
    h.pass_time(3 * 60)
    assert len(told) == 4
    h.books.note("radar", [])
    h.session.connected = False
    h.pass_time(60)
    assert len(told) == 4
    h.session.connected = True
    h.pass_time(5)
    assert [a["cleared"] for a in told[4:]] == [True]


def test_an_alert_nobody_can_act_on_ends_after_a_day_and_the_list_stays(home: Any) -> None:
    h = home()
    h.books.note("radar", [(3, 5)])
    h.pass_time(20)
    h.answer(missing=((3, 5),))
    h.pass_time(5)
    h.clock.at += DAY
    h.pass_time(5)
    assert [a["cleared"] for a in h.session.alerts] == [False, True]
    assert h.twins.repairs()["s", "radar", "b"][0].state == "unrepairable"


def test_a_vendors_device_is_listed_without_an_alert(home: Any) -> None:
    h = home()
    vendor = h.community.devices[0].model_copy(update={"codec": "zigbee2mqtt"})
    h.community = h.community.model_copy(update={"devices": (vendor,)})
    h.books.note("radar", [(3, 5)])
    h.pass_time(60)
    assert [one.reason for one in h.twins.repairs()["s", "radar", "b"]] == ["twins.cannot_resend"]
    assert (h.sent, h.session.alerts) == ([], [])


def test_what_is_not_in_the_catalogue_any_more_is_forgotten(home: Any) -> None:
    h = home()
    h.books.note("radar", [(3, 5)])
    h.pass_time(20)
    h.community = h.community.model_copy(update={"devices": ()})
    h.pass_time(5)
    assert (h.twins.repairs(), h.count("repaired")) == ({}, 0)


def test_one_devices_nonsense_does_not_stop_the_care_for_others(home: Any) -> None:
    h = home(("radar", "presence"), ("pir", "motion"))
    h.books.note("radar", [(3, 5)], boot="a\0")
    h.books.note("pir", [(1, 1)])
    h.pass_time(20)
    assert {topic for topic, _ in h.sent} == {"fs/v1/s/dev/pir/cmd"}


def test_after_an_outage_not_everybody_is_asked_at_once(home: Any) -> None:
    names = [f"radar-{n}" for n in range(care_module.AT_ONCE + 20)]
    h = home(*((name, "presence") for name in names))
    for name in names:
        h.books.note(name, [(3, 5)])
        h.twins.desire("s", name, {"heartbeat_s": 120}, "li")
    h.pass_time(5)
    assert (h.count("asked"), h.count("configured")) == (0, care_module.AT_ONCE)
    h.pass_time(10)
    assert (h.count("asked"), h.count("configured")) == (care_module.AT_ONCE, len(names))
    h.pass_time(5)
    assert h.count("asked") == len(names)
    assert {topic.split("/")[4] for topic, message in h.sent if message["do"] == "resend"} == set(names)


def test_a_desired_configuration_is_told_until_it_is_reported(home: Any) -> None:
    h = home()
    h.books.note("radar", [], config={"heartbeat_s": 60}, config_v=0)
    h.twins.desire("s", "radar", {"heartbeat_s": 120}, "li")
    h.pass_time(400)
    assert h.orders("configure") == [{"version": 1, "config": {"heartbeat_s": 120}}] * 2
    h.answer()
    h.books.note("radar", [], config={"heartbeat_s": 120}, config_v=1)
    h.pass_time(600)
    assert h.count("configured") == 2


def test_a_younger_wish_takes_the_place_of_an_unanswered_one(home: Any) -> None:
    h = home()
    h.books.note("radar", [])
    h.twins.desire("s", "radar", {"heartbeat_s": 120}, "li")
    h.pass_time(5)
    h.twins.desire("s", "radar", {"heartbeat_s": 90}, "li")
    h.pass_time(5)
    _, older = RecentCommands(h.engine).of([("s", "radar")], 2)["s", "radar"]
    assert older.error is not None
    assert older.error.startswith("superseded by")
    assert h.sent[-1][1]["args"] == {"version": 2, "config": {"heartbeat_s": 90}}


def test_a_refusal_is_kept_with_its_words_until_the_device_starts_anew(home: Any) -> None:
    h = home()
    h.books.note("radar", [])
    h.twins.desire("s", "radar", {"colour": "red"}, "li")
    h.pass_time(5)
    h.answer(ok=False, error="does not know colour")
    h.pass_time(600)
    assert h.twins.desired()["s", "radar"].refusal == "does not know colour"
    assert h.count("configured") == 1
    h.books.devices.clear()
    h.books.note("radar", [], boot="b2")
    h.pass_time(5)
    assert h.count("configured") == 2
    assert h.twins.desired()["s", "radar"].refusal is None


def test_a_version_behind_the_devices_own_is_counted_past_it(home: Any) -> None:
    h = home()
    h.books.note("radar", [], config={"heartbeat_s": 60}, config_v=7)
    h.twins.desire("s", "radar", {"heartbeat_s": 120}, "li")
    h.pass_time(10)
    assert h.orders("configure") == [{"version": 8, "config": {"heartbeat_s": 120}}]


@pytest.mark.parametrize("fault", [JournalError("journal: locked"), OSError("odd")])
def test_a_failed_look_is_counted_and_tried_again(home: Any, fault: Exception) -> None:
    h = home()
    h.books.fault = fault
    assert not h.care.try_look(T0)
    assert h.count("failures") == 1
    h.books.fault = None
    assert h.care.try_look(T0 + SECOND)


def test_a_database_that_is_away_is_tried_again(home: Any) -> None:
    h = home()
    h.books.note("radar", [(3, 5)])
    h.pass_time(10)
    with h.engine.begin() as connection:
        connection.execute(sa.text("ALTER TABLE gap_repairs RENAME TO away"))
    assert not h.care.try_look(h.clock.now() + MINUTE)
    with h.engine.begin() as connection:
        connection.execute(sa.text("ALTER TABLE away RENAME TO gap_repairs"))
    h.pass_time(15)
    assert len(h.orders("resend")) == 1


def test_finished_commands_are_pruned_along_the_way(home: Any) -> None:
    h = home()
    old = h.outbox.queue("s", "radar", "identify", {}, ttl_s=1)
    h.pass_time(5)
    h.clock.at += 31 * DAY
    h.pass_time(5)
    assert h.outbox.find([old]) == {}
