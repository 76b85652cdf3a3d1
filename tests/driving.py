"""Driving MQTT sessions by hand in tests: in one thread, until something holds."""

import time
from collections.abc import Callable

from services.kit.mqtt import MqttSession


def drive(*sessions: MqttSession, until: Callable[[], object], timeout_s: float = 15) -> None:
    """Step the sessions until `until` holds; fail with what they last complained of."""
    deadline = time.monotonic() + timeout_s
    while not until():
        assert time.monotonic() < deadline, [session.last_error for session in sessions]
        for session in sessions:
            session.step(0.01)


def linger(*sessions: MqttSession) -> None:
    """Let subscriptions arrive, and what should not come have its chance."""
    for _ in range(30):
        for session in sessions:
            session.step(0.01)
