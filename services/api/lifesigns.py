"""When gateway and scheduler were last known to be alive, by what they say on the broker and what it says for them."""

from services.contracts.names import Millis
from services.contracts.topics import GATEWAY_STATUS_TOPIC, OFFLINE, SCHEDULER_STATUS_TOPIC
from services.kit.clock import Clock

STATUS_TOPICS = (GATEWAY_STATUS_TOPIC, SCHEDULER_STATUS_TOPIC)


class LifeSigns:
    """Remembers the last sign of each. Instants are of the machine's clock."""

    def __init__(self, machine_clock: Clock) -> None:
        self._clock = machine_clock
        self._gone: dict[str, bool] = {}
        self._heard_at: dict[str, Millis] = {}
        self._connected_at: Millis | None = None

    def connected(self) -> None:
        """Note a new connection: what was heard over the one before says nothing of now."""
        self._connected_at = self._clock.now()
        self._gone.clear()
        self._heard_at.clear()

    def hear(self, topic: str, payload: bytes) -> None:
        """Take a message on one of STATUS_TOPICS."""
        self._gone[topic] = payload == OFFLINE
        self._heard_at[topic] = self._clock.now()

    def gone(self, topic: str) -> bool:
        """Tell whether the last word on this topic was a goodbye or a last will."""
        return self._gone.get(topic, False)

    def age(self, topic: str) -> Millis | None:
        """Return how long ago the last word on this topic came, in ms; None: none did since the broker is heard."""
        heard = self._heard_at.get(topic)
        return None if heard is None else self._clock.now() - heard

    @property
    def listening(self) -> Millis:
        """For how long the broker has been listened to, in ms."""
        return 0 if self._connected_at is None else self._clock.now() - self._connected_at
