"""The broker as a deployment runs it: strangers stay out, nothing is dropped, and a kill forgets what it says."""

import json
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from tests.servers import Foldspace, program
from tests.shipped import ShippedMosquitto

pytestmark = pytest.mark.mosquitto

SNAPSHOT_S = 2.0
"""`autosave_interval 1` saves when more than a second has passed, by a clock of whole seconds."""


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[ShippedMosquitto]:
    secrets = tmp_path / "secrets"
    secrets.mkdir()
    (secrets / "mqtt_admin_password").write_text("only-for-this-test")
    subprocess.run(
        [program("openssl"), "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost", "-days", "2",
         "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost",
         "-keyout", str(secrets / "broker_key"), "-out", str(secrets / "broker_certificate")],
        check=True, capture_output=True,
    )  # fmt: skip
    shipped = ShippedMosquitto(tmp_path).start()
    yield shipped
    shipped.stop()


@pytest.fixture
def accounts(broker: ShippedMosquitto) -> ShippedMosquitto:
    """A sender and a receiver of everything below t/."""
    for role, acls in {
        "sender": ["publishClientSend"],
        "receiver": ["subscribePattern", "publishClientReceive"],
    }.items():
        broker.control("createRole", role)
        for acl in acls:
            broker.control("addRoleACL", role, acl, "t/#", "allow")
        broker.control("createClient", role, "-p", f"{role}-password")
        broker.control("addClientRole", role, role)
    return broker


class Client:
    """A paho session of one of the accounts, which notes what it hears and what was acknowledged."""

    def __init__(self, broker: ShippedMosquitto, name: str, *, tls: bool = False) -> None:
        self.heard: set[int] = set()
        self.acknowledged: set[int] = set()
        self.refused: list[str] = []
        self._up = threading.Event()
        self._name = name
        self._client = paho.Client(CallbackAPIVersion.VERSION2, client_id=name, protocol=paho.MQTTv5)
        self._client.username_pw_set(name, f"{name}-password")
        self._client.on_connect = self._connected
        self._client.on_subscribe = lambda *_: self._up.set()
        self._client.on_message = lambda _c, _u, message: self.heard.add(int(message.payload.split()[0]))
        self._client.on_publish = self._published
        if tls:
            self._client.tls_set(ca_certs=str(broker.folder / "secrets" / "broker_certificate"))
        keep = Properties(PacketTypes.CONNECT)
        keep.SessionExpiryInterval = 0xFFFFFFFF
        port = broker.tls_port if tls else broker.port
        self._client.connect("127.0.0.1", port, clean_start=False, properties=keep)
        self._client.loop_start()
        assert self._up.wait(10), self.refused

    def _connected(self, client: paho.Client, _u: object, _f: object, reason: paho.ReasonCode, _p: object) -> None:
        if reason.is_failure:
            self.refused.append(str(reason))
        elif self._name == "receiver":
            client.subscribe("t/#", 1)
        else:
            self._up.set()

    def _published(self, _c: object, _u: object, mid: int, reason: paho.ReasonCode, _p: object) -> None:
        if reason.is_failure:
            self.refused.append(str(reason))
        else:
            self.acknowledged.add(mid - 1)

    def publish(self, number: int) -> None:
        """Publish one message of the size of a reading. Numbers begin at 0 and leave none out, as paho's do at 1."""
        info = self._client.publish("t/reading", f"{number} ".ljust(120, "x"), qos=1)
        assert info.mid == number + 1

    def stop(self) -> None:
        """Leave properly; the session stays."""
        self._client.disconnect()
        self._client.loop_stop()


def until(condition: Callable[[], bool], otherwise: str, seconds: float = 30) -> None:
    """Wait for a condition; a failure says what was missing."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            pytest.fail(otherwise)
        time.sleep(0.02)


def answer_to(broker: ShippedMosquitto, name: str | None, password: str | None) -> str:
    """Return what the broker says to a CONNECT."""
    reasons: list[str] = []
    client = paho.Client(CallbackAPIVersion.VERSION2, protocol=paho.MQTTv5)
    if name is not None:
        client.username_pw_set(name, password)
    client.on_connect = lambda _c, _u, _f, reason, _p: reasons.append(str(reason))
    client.connect("127.0.0.1", broker.port)
    client.loop_start()
    until(lambda: bool(reasons), "no answer to CONNECT")
    client.disconnect()
    client.loop_stop()
    return reasons[0]


def test_a_stranger_is_refused_and_the_health_check_sees_it(broker: ShippedMosquitto) -> None:
    assert broker.alive()
    assert answer_to(broker, None, None) == "Not authorized"
    broker.stop()
    assert not broker.alive()


def test_the_administrator_is_made_once(broker: ShippedMosquitto) -> None:
    file = broker.folder / "data" / "dynamic-security.json"
    before = json.loads(file.read_text())
    assert [client["username"] for client in before["clients"]] == ["foldspace-admin"]
    assert file.stat().st_mode & 0o077 == 0
    broker.stop()
    broker.start()
    assert json.loads(file.read_text())["clients"] == before["clients"]


def test_the_parts_get_the_accounts_of_their_secrets_again_and_again(broker: ShippedMosquitto) -> None:
    """What the job `access` of the composition does at every start."""
    secrets = broker.folder / "secrets"
    admin = (secrets / "mqtt_admin_password").read_text()
    env = {
        "FOLDSPACE_DATA": str(broker.folder / "foldspace"),
        "FOLDSPACE_MQTT_ADMIN_URL": f"mqtt://foldspace-admin:{admin}@127.0.0.1:{broker.port}",
    }
    parts = ("gateway", "scheduler", "api")
    files = [secrets / f"mqtt_{part}_url" for part in parts]
    for password in ("the-first", "another"):
        for part, file in zip(parts, files, strict=True):
            file.write_text(f"mqtt://foldspace-{part}:{password}@mosquitto:1883")
        job = Foldspace("broker", "init", *map(str, files), env=env, log=broker.folder / "access.log")
        assert job.process.wait(60) == 0, job.output()
        for part in parts:
            assert answer_to(broker, f"foldspace-{part}", password) == "Success"
            assert answer_to(broker, f"foldspace-{part}", "wrong") == "Not authorized"


def test_devices_come_in_by_tls(accounts: ShippedMosquitto) -> None:
    receiver = Client(accounts, "receiver", tls=True)
    sender = Client(accounts, "sender", tls=True)
    sender.publish(0)
    until(lambda: receiver.heard == {0}, "the message did not arrive")
    sender.stop()
    receiver.stop()


def test_a_whole_outage_of_the_gateway_waits_and_outlives_a_kill(accounts: ShippedMosquitto) -> None:
    """Far more than Mosquitto's own limit of 1000, beyond which it acknowledges and drops."""
    count = 20_000
    Client(accounts, "receiver").stop()
    sender = Client(accounts, "sender")
    for number in range(count):
        sender.publish(number)
        while number - len(sender.acknowledged) > 500:
            time.sleep(0.002)
    until(lambda: len(sender.acknowledged) == count, "not everything was acknowledged")
    database = accounts.folder / "data" / "mosquitto.db"
    acknowledged_at = time.time()
    until(lambda: database.exists() and database.stat().st_mtime > acknowledged_at + SNAPSHOT_S, "no snapshot came")
    accounts.stop(signal.SIGKILL)
    sender.stop()
    accounts.start()
    receiver = Client(accounts, "receiver")
    until(lambda: len(receiver.heard) == count, f"only {len(receiver.heard)} of {count} outlived the kill")
    receiver.stop()


class Wire(threading.Thread):
    """The receiver on the bare wire. It reads until the kernel has nothing left: paho closes a connection at the first
    failed write, and what had already arrived is gone with it."""

    def __init__(self, broker: ShippedMosquitto) -> None:
        super().__init__()
        self.heard: set[int] = set()
        self._socket = socket.create_connection(("127.0.0.1", broker.port), timeout=30)
        self._stream = self._socket.makefile("rb")
        name, password = _text("receiver"), _text("receiver-password")
        self._send(0x10, _text("MQTT") + bytes([4, 0xC0, 0, 60]) + name + name + password)
        answer = self._packet()
        assert answer is not None
        assert answer[1][1] == 0, f"refused with {answer[1][1]}"
        self._send(0x82, b"\0\1" + _text("t/#") + b"\1")
        self.start()

    def run(self) -> None:
        with suppress(OSError):
            while (packet := self._packet()) is not None:
                kind, body = packet
                if kind >> 4 == 3:
                    after = 2 + int.from_bytes(body[:2], "big")
                    self.heard.add(int(body[after + 2 :].split()[0]))
                    with suppress(OSError):  # it may be gone; what it sent before is still to be read
                        self._send(0x40, body[after : after + 2])
        self._socket.close()

    def _send(self, kind: int, body: bytes) -> None:
        self._socket.sendall(bytes([kind, len(body)]) + body)

    def _packet(self) -> tuple[int, bytes] | None:
        kind = self._stream.read(1)
        length = shift = 0
        while kind:
            byte = self._stream.read(1)
            if not byte:
                break
            length |= (byte[0] & 127) << shift
            shift += 7
            if byte[0] < 128:
                return kind[0], self._stream.read(length)
        return None


def _text(value: str) -> bytes:
    return len(value).to_bytes(2, "big") + value.encode()


def test_killed_while_the_gateway_listens_everything_acknowledged_was_handed_on(accounts: ShippedMosquitto) -> None:
    """Mosquitto hands a message on before it acknowledges it; that order is what the deployment rests on."""
    sender = Client(accounts, "sender")
    heard: set[int] = set()
    number = 0
    for _ in range(3):
        wire = Wire(accounts)
        goal = number + 1500
        while number < goal:
            sender.publish(number)
            number += 1
            if number % 10 == 0:
                time.sleep(0.005)
        until(lambda least=number - 1000: len(sender.acknowledged) > least, "nothing was acknowledged")
        accounts.stop(signal.SIGKILL)
        wire.join(10)
        heard |= wire.heard
        assert sender.acknowledged <= heard
        accounts.start()
    sender.stop()
