"""What intake and drain tell each other over the line between their processes."""

from typing import NamedTuple

from services.kit.clock import Clock
from services.kit.mqtt import Broker


class Start(NamedTuple):
    """The first word to an intake: everything it needs to know."""

    broker: Broker
    clock: Clock
    journal: str
    max_bytes: int
    keep_bytes: int
    filters: tuple[str, ...]
    log_level: str
    log_as_json: bool


class Orders(NamedTuple):
    """What the drain wants: listen to these filters, prune up to `drained`; or stop."""

    filters: tuple[str, ...]
    drained: int = 0
    stop: bool = False


class Report(NamedTuple):
    """How the intake stands. Counts are since its process started."""

    last_id: int = 0
    """The newest journalled message."""
    connected: bool = False
    connections: int = 0
    drained: int = 0
    """Up to where the drain said it may prune."""
    fill_percent: int = 0
    """Of the journal's bound, in steps of ten."""
    trouble: str = ""
    """Why nothing is taken in at the moment: the journal cannot be written."""
    full: bool = False
    """The trouble is the journal's own bound."""
    received: int = 0
    own: int = 0
    unacknowledged: int = 0
    failures: int = 0
