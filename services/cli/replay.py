"""`foldspace replay`: publishes a recording, at its own pace or as fast as the broker takes it."""

import itertools
import json
import time
from collections import deque
from pathlib import Path

import click

from services.contracts.errors import FileError, StartError
from services.contracts.files import read_recording
from services.kit.mqtt import Broker, Delivery, MqttSession

_IN_FLIGHT = 500
_CONNECT_S = 10.0
_ACK_S = 30.0


def parse_speed(text: str) -> float | None:
    """Return a factor, or None for `max`. Raises click.BadParameter."""
    if text == "max":
        return None
    try:
        speed = float(text)
    except ValueError:
        speed = 0.0
    if not 0 < speed < float("inf"):
        raise click.BadParameter(f"expected a number above 0, or max; got {text!r}", param_hint="--speed")
    return speed


def without_device_time(payload: bytes) -> bytes:
    """Return a reading without `ts`, so that its arrival is its time; anything else as it is."""
    try:
        reading = json.loads(payload)
    except ValueError:
        return payload
    if not isinstance(reading, dict) or "ts" not in reading:
        return payload
    del reading["ts"]
    return json.dumps(reading, ensure_ascii=False, separators=(",", ":")).encode()


def replay_recording(path: Path, url: str, speed: float | None, *, live: bool) -> None:
    """Publish a recording and wait for the broker's last acknowledgement.

    Raises FileError for a recording that cannot be read, StartError for a broker that does not answer.
    """
    messages = read_recording(path)
    first = next(messages, None)
    if first is None:
        click.echo(f"{path}: nothing to publish")
        return
    session = MqttSession(Broker.parse(url), f"foldspace-replay-{time.time_ns():x}")
    session.start()
    try:
        _await_connection(session)
        in_flight: deque[Delivery] = deque()
        begun = time.monotonic()
        count = 0
        for message in itertools.chain([first], messages):
            if speed is not None:
                ahead = (message.at - first.at) / 1000 / speed - (time.monotonic() - begun)
                if ahead > 0:
                    time.sleep(ahead)
            payload = without_device_time(message.payload) if live else message.payload
            try:
                in_flight.append(session.publish(message.topic, payload))
            except ValueError as error:
                raise FileError(f"{path}: message {count + 1}: topic {message.topic!r}: {error}") from None
            count += 1
            while len(in_flight) >= _IN_FLIGHT or (in_flight and in_flight[0].done):
                _settle(in_flight.popleft(), session)
        while in_flight:
            _settle(in_flight.popleft(), session)
        click.echo(f"{path}: {count} messages published and acknowledged in {time.monotonic() - begun:.1f} s")
    finally:
        session.stop()


def _await_connection(session: MqttSession) -> None:
    deadline = time.monotonic() + _CONNECT_S
    while not session.connected:
        if time.monotonic() > deadline:
            broker = session.broker
            why = session.last_error or f"{broker.host}:{broker.port}: no answer"
            raise StartError(f"broker {why} (waited {_CONNECT_S:g} s)")
        time.sleep(0.02)


def _settle(delivery: Delivery, session: MqttSession) -> None:
    if not delivery.wait(_ACK_S):
        raise StartError(f"broker {session.last_error or 'is silent'}: no acknowledgement within {_ACK_S:g} s")
