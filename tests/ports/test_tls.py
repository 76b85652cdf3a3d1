"""TLS for real: Mosquitto and a silent server, with a CA of our own, the wrong one, and none."""

import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.contracts.errors import SettingsError
from services.kit import mqtt
from services.kit.certificates import ensure
from services.kit.clock import WallClock
from services.kit.mqtt import Broker, Message, MqttSession
from tests.driving import drive
from tests.servers import Mosquitto, free_port


@pytest.fixture
def tls(tmp_path: Path) -> Path:
    folder = tmp_path / "tls"
    ensure(folder, ["localhost", "127.0.0.1"], WallClock().now())
    return folder


@pytest.fixture
def port(tmp_path: Path, tls: Path) -> Iterator[int]:
    broker, port = Mosquitto(tmp_path), free_port()
    with (tmp_path / "mosquitto.conf").open("a") as config:
        config.write(f"listener {port} 127.0.0.1\ncertfile {tls}/broker.crt\nkeyfile {tls}/broker.key\n")
    broker.start()
    yield port
    broker.stop()


@pytest.mark.mosquitto
@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_a_session_over_tls_with_our_own_ca(port: int, tls: Path, host: str) -> None:
    got: list[Message] = []
    broker = Broker.parse(f"mqtts://{host}:{port}", str(tls / "ca.crt"))
    session = MqttSession(broker, "secret", filters=("x",), on_message=got.append)
    drive(session, until=lambda: session.connected)
    session.publish("x", b"hello", retain=True)
    drive(session, until=lambda: got)
    assert got[0].payload == b"hello"
    session.stop()


@pytest.mark.mosquitto
def test_the_wrong_ca_is_one_clear_error(port: int, tls: Path, tmp_path: Path) -> None:
    ensure(tmp_path / "other", ["localhost"], WallClock().now())
    session = MqttSession(Broker.parse(f"mqtts://localhost:{port}", str(tmp_path / "other" / "ca.crt")), "misled")
    drive(session, until=lambda: session.last_error)
    assert not session.connected
    assert "its certificate is not trusted" in str(session.last_error)
    assert "FOLDSPACE_MQTT_CA" in str(session.last_error)


def test_a_ca_file_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    (tmp_path / "empty").write_text("")
    for file, why in ((tmp_path / "missing", "No such file"), (tmp_path / "empty", "holds no certificate")):
        with pytest.raises(SettingsError, match=why):
            MqttSession(Broker.parse("mqtts://localhost", str(file)), "misled")


def test_a_server_that_never_answers_the_handshake_is_given_up(tls: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mqtt, "_CONNECT_S", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        broker = Broker.parse(f"mqtts://127.0.0.1:{silent.getsockname()[1]}", str(tls / "ca.crt"))
        session = MqttSession(broker, "patient", keepalive_s=3600)
        session.step(0)
        assert "timed out" in str(session.last_error)


def test_our_certificates_are_good_for_a_strict_client(tls: Path) -> None:
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(tls / "api.crt", tls / "api.key")
    client = ssl.create_default_context(cafile=str(tls / "ca.crt"))
    client.verify_flags |= ssl.VERIFY_X509_STRICT
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            with server.wrap_socket(listener.accept()[0], server_side=True) as one:
                one.sendall(b"hi")

        thread = threading.Thread(target=answer)
        thread.start()
        with client.wrap_socket(
            socket.create_connection(listener.getsockname()), server_hostname="localhost"
        ) as connection:
            assert connection.recv(2) == b"hi"
        thread.join(5)
