"""Device credentials on a real Mosquitto with its plugin: own topics, cut when revoked, repaired by sync."""

import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import sqlalchemy as sa

import services.access.tables
import services.catalogue.tables  # noqa: F401  # both declare the tables that create_all makes
from services.access.credentials import Issued
from services.access.dynsec import BrokerAccessError, DynamicSecurity
from services.access.enrolment import Enrolled, Enrolment
from services.access.mosquitto import MosquittoAccess
from services.access.rights import ADMIN, API, GATEWAY, SCHEDULER
from services.access.store import CredentialStore
from services.catalogue.passwords import Passwords
from services.catalogue.store import CatalogueStore
from services.contracts.community import Device
from services.contracts.errors import InvalidError
from services.kit.clock import ManualClock
from services.kit.database import metadata, open_engine
from services.kit.mqtt import MQTT5, MQTT311, Broker, Message, MqttSession
from tests.driving import drive, linger
from tests.servers import Mosquitto, program
from tests.unit.access.access_community import COMMUNITY, vendor

pytestmark = pytest.mark.mosquitto

_PLUGIN = "mosquitto_dynamic_security.so"


def plugin_file() -> Path:
    for folder in (Path("/usr/lib"), Path("/usr/local/lib")):
        found = next(iter(sorted(folder.rglob(_PLUGIN))), None) if folder.is_dir() else None
        if found is not None:
            return found
    if os.environ.get("CI") == "true":
        pytest.fail(f"{_PLUGIN} is not installed, and with CI=true nothing may be skipped for want of a server")
    pytest.skip(f"{_PLUGIN} is not installed: it comes with Debian's mosquitto")


@dataclass
class Place:
    port: int
    engine: sa.Engine
    catalogue: CatalogueStore
    store: CredentialStore
    access: MosquittoAccess
    heard: list[Message] = field(default_factory=list)

    @property
    def enrolment(self) -> Enrolment:
        return Enrolment(self.catalogue, self.store, self.access, vendor)

    @property
    def admin(self) -> Broker:
        return Broker("127.0.0.1", self.port, username=ADMIN, password="correct-horse")

    def session(self, issued: Issued, protocol: int = MQTT311, **options: object) -> MqttSession:
        who = Broker("127.0.0.1", self.port, username=issued.username, password=issued.password)
        return MqttSession(who, f"id-{issued.device}", protocol=protocol, **options)  # type: ignore[arg-type]  # sugar

    def gateway(self) -> MqttSession:
        who = Broker("127.0.0.1", self.port, username=GATEWAY, password="the gateway's own")
        return MqttSession(who, "gw", filters=("fs/#", "tele/plug_3/SENSOR"), on_message=self.heard.append)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    access_file = tmp_path / "dynamic-security.json"
    control = program("mosquitto_ctrl")
    subprocess.run(
        [control, "dynsec", "init", str(access_file), ADMIN, "correct-horse"], check=True, stdout=subprocess.DEVNULL
    )
    server = Mosquitto(tmp_path)
    with (tmp_path / "mosquitto.conf").open("a") as config:
        config.write(f"allow_anonymous false\nplugin {plugin_file()}\nplugin_opt_config_file {access_file}\n")
        # With 0, for no limit, Mosquitto 2.0.11 also ends the connection after a refused publish: here that would
        # only make the tests slow.
        config.write("max_queued_messages 100000\n")
    server.start()
    engine = open_engine(f"sqlite:///{tmp_path / 'records.sqlite'}")
    metadata.create_all(engine)
    catalogue = CatalogueStore(engine)
    catalogue.import_community(COMMUNITY)
    store = CredentialStore(engine, Passwords(time_cost=1, memory_kib=64), ManualClock(1_000))
    admin = Broker("127.0.0.1", server.port, username=ADMIN, password="correct-horse")
    yield Place(server.port, engine, catalogue, store, MosquittoAccess(admin, catalogue.export, store, vendor))
    engine.dispose()
    server.stop()


def issued(done: Enrolled) -> Issued:
    assert done.trouble is None
    assert done.issued is not None
    return done.issued


@pytest.mark.parametrize("protocol", [MQTT311, MQTT5])
def test_a_device_speaks_in_its_own_name_and_in_no_other(place: Place, protocol: int) -> None:
    place.access.equip({GATEWAY: "the gateway's own"})
    radar, got = issued(place.enrolment.rotate("lane", "radar")), list[Message]()
    device = place.session(
        radar, protocol, filters=("fs/v1/lane/dev/radar/cmd", "fs/v1/+/dev/+/cmd", "#"), on_message=got.append
    )
    gateway = place.gateway()
    drive(device, gateway, until=lambda: device.connected and gateway.connected)
    linger(device, gateway)
    for topic in (
        "fs/v1/lane/dev/door/up/door",
        "fs/v1/lane/dev/radar/cmd",
        "fs/v1/lane/space/hall/state",
        "fs/v1/lane/dev/radar/up/presence",
        "fs/v1/lane/dev/radar/status",
    ):
        device.publish(topic, b"{}")
    gateway.publish("fs/v1/lane/dev/radar/cmd", b"do this")
    gateway.publish("fs/v1/lane/dev/door/cmd", b"not for you")
    gateway.publish("fs/v1/lane/space/hall/state", b"state")
    drive(device, gateway, until=lambda: got and len(place.heard) >= 5)
    linger(device, gateway)
    assert [message.payload for message in got] == [b"do this"]
    assert {message.topic for message in place.heard if message.payload == b"{}"} == {
        "fs/v1/lane/dev/radar/up/presence",
        "fs/v1/lane/dev/radar/status",
    }


def test_a_revoked_device_is_cut_at_once_and_a_rotated_one_needs_its_new_password(place: Place) -> None:
    first = issued(place.enrolment.rotate("lane", "radar"))
    downs: list[str] = []
    device = place.session(first, on_down=downs.append)
    drive(device, until=lambda: device.connected)
    second = issued(place.enrolment.rotate("lane", "radar"))
    drive(device, until=lambda: downs and device.last_error and "refused" in device.last_error)
    again = place.session(second)
    drive(again, until=lambda: again.connected)
    place.enrolment.revoke("lane", "radar")
    drive(again, until=lambda: again.last_error and "refused" in again.last_error)
    third = issued(place.enrolment.rotate("lane", "radar"))
    back = place.session(third)
    drive(back, until=lambda: back.connected)


def test_sync_repairs_what_somebody_changed_by_hand_and_reports_strangers(place: Place) -> None:
    place.access.equip({GATEWAY: "the gateway's own", SCHEDULER: "s" * 16, API: "a" * 16})
    issued(place.enrolment.rotate("lane", "radar"))
    issued(place.enrolment.onboarding("lane"))
    place.enrolment.rotate("lane", "door")
    with DynamicSecurity(place.admin) as plugin:
        whole = plugin.present()
        plugin.do(
            [
                {"command": "modifyRole", "rolename": "device-lane.radar", "acls": []},
                {"command": "disableClient", "username": "lane.radar"},
                {"command": "deleteClient", "username": "lane.door"},
                {
                    "command": "addRoleACL",
                    "rolename": GATEWAY,
                    "acltype": "publishClientSend",
                    "topic": "#",
                    "allow": True,
                },
                {"command": "setDefaultACLAccess", "acls": [{"acltype": "subscribe", "allow": True}]},
                {"command": "createClient", "username": "intruder", "password": "x"},
            ]
        )
    plan = place.access.sync()
    assert (plan.missing, plan.strangers) == (["lane.door"], ["intruder"])
    issued(place.enrolment.rotate("lane", "door"))
    with DynamicSecurity(place.admin) as plugin:
        now = plugin.present()
    assert (now.roles, now.defaults) == (whole.roles, whole.defaults)
    assert {name: one for name, one in now.clients.items() if name != "intruder"} == whole.clients
    assert place.access.sync().commands == []


def test_sync_shuts_out_a_device_that_left_the_catalogue_and_takes_its_role(place: Place) -> None:
    radar = issued(place.enrolment.rotate("lane", "radar"))
    device = place.session(radar)
    drive(device, until=lambda: device.connected)
    place.catalogue.remove_device("lane", "radar")
    place.access.sync()
    drive(device, until=lambda: device.last_error and "refused" in device.last_error)
    with DynamicSecurity(place.admin) as plugin:
        now = plugin.present()
    assert "device-lane.radar" not in now.roles
    assert now.clients["lane.radar"].disabled


def test_a_new_device_with_a_codec_is_heard_by_the_gateway_and_newcomers_cannot_take_its_name(place: Place) -> None:
    place.access.equip({GATEWAY: "the gateway's own"})
    newcomer = place.session(issued(place.enrolment.onboarding("lane")))
    plug = place.session(issued(place.enrolment.rotate("lane", "plug")))
    added = Device(id="extra", site="lane", space="hall", kind="motion")
    issued(place.enrolment.add(added))
    gateway = place.gateway()
    drive(newcomer, plug, gateway, until=lambda: newcomer.connected and plug.connected and gateway.connected)
    linger(gateway)
    newcomer.publish("fs/v1/lane/dev/extra/status", b"{}")
    newcomer.publish("fs/v1/lane/dev/brand-new/status", b"{}")
    newcomer.publish("fs/v1/lane/dev/brand-new/up/motion", b"{}")
    plug.publish("tele/plug_3/SENSOR", b"{}")
    plug.publish("tele/plug_4/SENSOR", b"{}")
    drive(newcomer, plug, gateway, until=lambda: len(place.heard) >= 2)
    linger(newcomer, plug, gateway)
    assert {message.topic for message in place.heard} == {"fs/v1/lane/dev/brand-new/status", "tele/plug_3/SENSOR"}


def test_a_wrong_admin_password_and_a_broker_without_the_plugin_are_one_clear_error(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = Broker("127.0.0.1", place.port, username=ADMIN, password="wrong")
    with pytest.raises(BrokerAccessError, match=r"cannot be managed.*refused"), DynamicSecurity(wrong):
        pass
    monkeypatch.setattr("services.access.dynsec._ANSWER_S", 0.3)
    (tmp_path / "plain").mkdir()
    plain = Mosquitto(tmp_path / "plain").start()
    with (
        pytest.raises(BrokerAccessError, match="no answer from its dynamic security plugin"),
        DynamicSecurity(Broker("127.0.0.1", plain.port)) as plugin,
    ):
        plugin.present()
    plain.stop()


def test_only_parts_of_ours_are_equipped(place: Place) -> None:
    with pytest.raises(InvalidError, match="expected one of"):
        place.access.equip({"somebody": "x" * 16})
