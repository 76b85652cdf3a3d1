"""One suite over every broker we name: what a gateway needs of an MQTT session, on the embedded one and Mosquitto."""

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from services.kit.broker import EmbeddedBroker
from services.kit.mqtt import FOREVER_S, MQTT5, MQTT311, Broker, Message, MqttSession, Will
from tests.servers import free_port, mosquitto


@pytest.fixture(params=["embedded", pytest.param("mosquitto", marks=pytest.mark.mosquitto)])
def broker(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Broker]:
    if request.param == "mosquitto":
        with mosquitto(tmp_path) as server:
            yield Broker.parse(server.url)
        return
    port = free_port()
    embedded = EmbeddedBroker("127.0.0.1", port, tmp_path)
    embedded.start()
    yield Broker("127.0.0.1", port)
    embedded.stop()


def drive(*sessions: MqttSession, until: object, timeout_s: float = 15) -> None:
    deadline = time.monotonic() + timeout_s
    while not until():  # type: ignore[operator]  # a callable
        assert time.monotonic() < deadline, [session.last_error for session in sessions]
        for session in sessions:
            session.step(0.01)


def linger(*sessions: MqttSession) -> None:
    """Let subscriptions arrive, and what should not come have its chance."""
    for _ in range(30):
        for session in sessions:
            session.step(0.01)


def gateway(broker: Broker, got: list[Message]) -> MqttSession:
    return MqttSession(
        broker, "the-gateway", filters=("fs/#",), on_message=got.append, clean_start=False,
        session_expiry_s=FOREVER_S, manual_ack=True,
    )  # fmt: skip


def test_what_was_not_acknowledged_comes_again_in_order_and_the_offline_queue_too(broker: Broker) -> None:
    got: list[Message] = []
    first = gateway(broker, got)
    device = MqttSession(broker, "device", protocol=MQTT311)
    drive(first, device, until=lambda: first.connected and device.connected)
    linger(first)
    for number in range(20):
        device.publish("fs/v1/s/dev/d/up/motion", str(number))
    drive(first, device, until=lambda: len(got) == 20)
    for message in got[:5]:
        first.ack(message)
    linger(first)
    first.drop()
    first.read()
    late = [device.publish("fs/v1/s/dev/d/up/motion", str(number)) for number in range(20, 30)]
    drive(device, until=lambda: all(delivery.done for delivery in late))
    again: list[Message] = []
    second = gateway(broker, again)
    drive(second, device, until=lambda: len(again) >= 25)
    assert [int(message.payload) for message in again] == list(range(5, 30))


def test_a_late_listener_gets_the_retained_level(broker: Broker) -> None:
    speaker = MqttSession(broker, "speaker")
    delivery = speaker.publish("fs/v1/s/space/hall/state", b"level", retain=True)
    drive(speaker, until=lambda: delivery.done)
    got: list[Message] = []
    listener = MqttSession(broker, "listener", filters=("fs/v1/+/space/+/state",), on_message=got.append)
    drive(listener, until=lambda: got)
    assert (got[0].payload, got[0].retained) == (b"level", True)


@pytest.mark.parametrize("protocol", [MQTT311, MQTT5])
def test_the_last_will_speaks_after_a_cut_and_not_after_a_goodbye(broker: Broker, protocol: int) -> None:
    got: list[Message] = []
    listener = MqttSession(broker, "listener", filters=("fs/#",), on_message=got.append)
    polite = MqttSession(broker, "polite", will=Will("fs/v1/s/dev/polite/status", b"gone"), protocol=protocol)
    cut = MqttSession(broker, "cut", will=Will("fs/v1/s/dev/cut/status", b"gone"), protocol=protocol)
    drive(listener, polite, cut, until=lambda: listener.connected and polite.connected and cut.connected)
    linger(listener)
    polite.stop()
    cut.drop()
    drive(listener, until=lambda: got)
    linger(listener)
    assert [message.topic for message in got] == ["fs/v1/s/dev/cut/status"]


def test_a_client_id_used_twice_is_noticed_and_named(broker: Broker) -> None:
    one, two = (MqttSession(broker, "twin", seed=seed) for seed in (1, 2))
    drive(one, two, until=lambda: "'twin'" in f"{one.last_error}{two.last_error}", timeout_s=30)


def test_a_message_published_without_a_connection_goes_out_after_the_next(broker: Broker) -> None:
    got: list[Message] = []
    listener = MqttSession(broker, "listener", filters=("fs/#",), on_message=got.append)
    drive(listener, until=lambda: listener.connected)
    linger(listener)
    speaker = MqttSession(broker, "speaker")
    delivery = speaker.publish("fs/v1/s/events/alert", b"kept")
    assert not delivery.done
    drive(listener, speaker, until=lambda: got and delivery.done)
    assert got[0].payload == b"kept"


def test_a_threaded_session_publishes_from_many_threads_and_hears_of_every_acknowledgement(broker: Broker) -> None:
    session = MqttSession(broker, "busy")
    session.start()
    deliveries = [session.publish("fs/v1/s/events/alert", str(number)) for number in range(2_000)]
    assert all(delivery.wait(20) for delivery in deliveries)
    session.stop()


def test_a_broker_that_is_not_there_is_named(tmp_path: Path) -> None:
    port = free_port()
    session = MqttSession(Broker("127.0.0.1", port), "lonely", seed=1)
    with capture_logs() as told:
        session.step(0.01)
        session._retry_at = 0.0
        session.step(0.01)
        assert str(port) in (session.last_error or "")
        assert [(line["event"], line["broker"], line["log_level"]) for line in told] == [
            ("mqtt_unreachable", f"127.0.0.1:{port}", "warning")
        ]
        session._told_at -= 61.0
        session._retry_at = 0.0
        session.step(0.01)
        assert [line["event"] for line in told] == ["mqtt_unreachable"] * 2
        embedded = EmbeddedBroker("127.0.0.1", port, tmp_path)
        embedded.start()
        drive(session, until=lambda: session.connected)
        embedded.stop()
    assert [line["event"] for line in told if line.get("client") == "lonely"].count("mqtt_reachable_again") == 1


def test_a_threaded_session_names_the_reason_too() -> None:
    session = MqttSession(Broker("127.0.0.1", free_port()), "lonely")
    with capture_logs() as told:
        session.start()
        deadline = time.monotonic() + 15
        while not told and time.monotonic() < deadline:
            time.sleep(0.01)
        session.stop()
    assert [(line["event"], line["reason"]) for line in told] == [("mqtt_unreachable", "Connection refused")]


def test_tls_against_a_port_without_it_is_named(broker: Broker) -> None:
    session = MqttSession(replace(broker, tls=True), "secure")
    with capture_logs() as told:
        drive(session, until=lambda: session.last_error, timeout_s=60)
    assert [line["event"] for line in told if line.get("client") == "secure"] == ["mqtt_unreachable"]
