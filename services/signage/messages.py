"""What staff say to whoever stands in front of a screen."""

from dataclasses import dataclass

from services.contracts.names import Millis


@dataclass(frozen=True, slots=True)
class Message:
    """A message on the screens of one space, until its end."""

    site: str
    space: str
    text: str
    until: Millis
    by: str
    """Who said it, as decisions name people."""
    at: Millis
