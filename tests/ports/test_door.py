"""The embedded broker's door with real sessions of both versions: own topics only, within limits, cut when revoked."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

import services.access.tables
import services.catalogue.tables  # noqa: F401  # both declare the tables that create_all makes
from services.access.enrolment import Enrolment
from services.access.gatekeeper import StoredGatekeeper
from services.access.store import CredentialStore
from services.catalogue.passwords import Passwords
from services.catalogue.store import CatalogueStore
from services.kit import doorframes as mqtt
from services.kit.broker import EmbeddedBroker
from services.kit.clock import WallClock
from services.kit.database import metadata, open_engine
from services.kit.doorguard import Limits
from services.kit.doorkeeper import Refused, Standing, Visitor
from services.kit.doorrights import Rights
from services.kit.mqtt import MQTT5, MQTT311, Broker, Message, MqttSession, Will
from tests.driving import drive, linger
from tests.servers import free_port
from tests.unit.access.access_community import COMMUNITY

RIGHTS = Rights(publish=("fs/v1/lane/dev/d/#",), subscribe=("fs/v1/lane/dev/d/cmd",), never=("fs/v1/lane/dev/d/cmd",))
OWN = "fs/v1/lane/dev/d/up/motion"
LIMITS = Limits(payload_bytes=2000, messages_per_s=50, burst=20, topics=3)


@dataclass
class OneDevice:
    """Lets `lane.d` in with the password `right`, until told otherwise."""

    stamp: int | None = 1
    asked: threading.Event = field(default_factory=threading.Event)

    def admit(self, visitor: Visitor) -> Standing | Refused:
        found = self.standing(visitor.username or "")
        if found is None or visitor.password != b"right":
            return Refused("credentials", mqtt.BAD_CREDENTIALS)
        return found

    def standing(self, username: str) -> Standing | None:
        self.asked.set()
        return Standing(RIGHTS, self.stamp) if username == "lane.d" and self.stamp is not None else None


@dataclass
class House:
    broker: EmbeddedBroker
    keeper: OneDevice
    port: int
    heard: list[Message] = field(default_factory=list)

    def device(self, protocol: int, password: str | None = "right", **options: object) -> MqttSession:
        who = Broker("127.0.0.1", self.port, username="lane.d" if password else None, password=password)
        return MqttSession(who, "sensor-7", protocol=protocol, **options)  # type: ignore[arg-type]  # test sugar

    def listener(self) -> MqttSession:
        """A part of ours, behind the door."""
        return MqttSession(
            Broker.parse(self.broker.url), "foldspace-test", filters=("#",), on_message=self.heard.append
        )


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    keeper, port = OneDevice(), free_port()
    broker = EmbeddedBroker("127.0.0.1", port, tmp_path, keeper, limits=LIMITS, trust_loopback=False)
    broker.start()
    yield House(broker, keeper, port)
    broker.stop()


both = pytest.mark.parametrize("protocol", [MQTT311, MQTT5])


@both
def test_a_device_with_its_password_publishes_its_own_and_hears_its_commands(house: House, protocol: int) -> None:
    got: list[Message] = []
    device = house.device(protocol, filters=("fs/v1/lane/dev/d/cmd",), on_message=got.append)
    part = house.listener()
    drive(device, part, until=lambda: device.connected and part.connected)
    linger(device, part)
    told = device.publish(OWN, b"{}")
    part.publish("fs/v1/lane/dev/d/cmd", b"do")
    drive(device, part, until=lambda: told.done and got and len(house.heard) == 2)
    assert {message.topic for message in house.heard} == {OWN, "fs/v1/lane/dev/d/cmd"}


@both
@pytest.mark.parametrize("password", [None, "wrong"])
def test_without_the_password_the_answer_is_a_refusal(house: House, protocol: int, password: str | None) -> None:
    device = house.device(protocol, password)
    drive(device, until=lambda: device.last_error)
    assert "refused" in str(device.last_error)
    assert not device.connected
    assert house.broker.counts.of("refused", "credentials" if password else "anonymous") >= 1


@both
@pytest.mark.parametrize(
    ("act", "cause"),
    [
        (lambda device: device.publish("fs/v1/lane/dev/other/up/motion", b"{}"), "foreign_topic"),
        (lambda device: device.publish("fs/v1/lane/dev/d/cmd", b"{}"), "foreign_topic"),
        (lambda device: device.publish(OWN, b"x" * 2001), "payload_too_large"),
        (lambda device: [device.publish(f"{OWN}{number}", b"{}") for number in range(4)], "too_many_topics"),
    ],
)
def test_an_offence_ends_the_connection_and_reaches_nobody(
    house: House, protocol: int, act: Callable[[MqttSession], object], cause: str
) -> None:
    downs: list[str] = []
    device, part = house.device(protocol, on_down=downs.append), house.listener()
    drive(device, part, until=lambda: device.connected and part.connected)
    linger(part)
    act(device)
    drive(device, part, until=lambda: downs)
    linger(part)
    assert house.broker.counts.of("cut", cause) >= 1
    assert all(message.topic.startswith(OWN) and len(message.payload) < 2000 for message in house.heard)
    assert len({message.topic for message in house.heard}) <= LIMITS.topics
    if protocol == MQTT5:
        assert "Unspecified" not in downs[0]


@both
def test_a_subscription_to_others_ends_the_connection(house: House, protocol: int) -> None:
    downs: list[str] = []
    device = house.device(protocol, filters=("fs/v1/lane/dev/+/cmd",), on_down=downs.append)
    drive(device, until=lambda: downs)
    assert house.broker.counts.of("cut", "foreign_filter") >= 1


@both
def test_a_last_will_in_anothers_name_is_refused(house: House, protocol: int) -> None:
    device = house.device(protocol, will=Will("fs/v1/lane/dev/other/status", b"{}"))
    drive(device, until=lambda: device.last_error)
    assert house.broker.counts.of("refused", "foreign_topic") >= 1


def test_a_client_id_of_our_own_parts_is_refused(house: House) -> None:
    who = Broker("127.0.0.1", house.port, username="lane.d", password="right")
    thief = MqttSession(who, "foldspace-gateway")
    drive(thief, until=lambda: thief.last_error)
    assert house.broker.counts.of("refused", "client_id") >= 1


@pytest.mark.parametrize("stamp", [None, 2])
def test_revoked_or_rotated_credentials_end_the_connection(house: House, stamp: int | None) -> None:
    downs: list[str] = []
    device = house.device(MQTT5, on_down=downs.append)
    drive(device, until=lambda: device.connected)
    house.keeper.stamp = stamp
    drive(device, until=lambda: downs)
    assert house.broker.counts.of("cut", "revoked") == 1


def test_a_noisy_device_is_slowed_down_and_loses_nothing(house: House) -> None:
    device, part = house.device(MQTT5), house.listener()
    drive(device, part, until=lambda: device.connected and part.connected)
    linger(part)
    told = [device.publish(OWN, str(number)) for number in range(60)]
    drive(device, part, until=lambda: all(one.done for one in told) and len(house.heard) == 60)
    assert [int(message.payload) for message in house.heard] == list(range(60))
    assert house.broker.counts.of("held_back", "rate") > 0


def test_this_machine_is_trusted_unless_told_otherwise_and_without_a_keeper_nobody_else_is(tmp_path: Path) -> None:
    port = free_port()
    open_house = EmbeddedBroker("127.0.0.1", port, tmp_path)
    open_house.start()
    anonymous = MqttSession(Broker("127.0.0.1", port), "anybody")
    drive(anonymous, until=lambda: anonymous.connected)
    open_house.stop()
    strict = EmbeddedBroker("127.0.0.1", port, tmp_path, trust_loopback=False)
    strict.start()
    stranger = MqttSession(Broker("127.0.0.1", port, username="lane.d", password="right"), "stranger")
    drive(stranger, until=lambda: stranger.last_error)
    assert not stranger.connected
    strict.stop()


def test_kept_credentials_open_the_door_until_they_are_revoked(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'records.sqlite'}")
    metadata.create_all(engine)
    catalogue = CatalogueStore(engine)
    catalogue.import_community(COMMUNITY)
    store = CredentialStore(engine, Passwords(time_cost=1, memory_kib=64), WallClock())
    enrolment, port = Enrolment(catalogue, store, None), free_port()
    keeper = StoredGatekeeper(store, catalogue.read, WallClock())
    broker = EmbeddedBroker("127.0.0.1", port, tmp_path, keeper, trust_loopback=False)
    broker.start()
    issued = enrolment.rotate("lane", "radar").issued
    assert issued is not None
    who = Broker("127.0.0.1", port, username=issued.username, password=issued.password)
    device = MqttSession(who, "radar-1", filters=("fs/v1/lane/dev/radar/cmd",))
    drive(device, until=lambda: device.connected)
    told = device.publish("fs/v1/lane/dev/radar/up/presence", b"{}")
    drive(device, until=lambda: told.done)
    enrolment.revoke("lane", "radar")
    drive(device, until=lambda: device.last_error and "refused" in device.last_error)
    broker.stop()
    engine.dispose()
