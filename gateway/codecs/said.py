"""What one vendor's message says, and what a codec is."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from services.contracts.community import Device
from services.contracts.readings import READING_KINDS, Reading


@dataclass(frozen=True, slots=True)
class Said:
    """What one message says of its device.

    The readings of one message share its `boot` and `seq`: the identity is the message's, not the reading's.
    """

    readings: tuple[Reading, ...] = ()
    online: bool | None = None
    """From availability and last-will topics; True also for a sign of life that carries no reading."""
    notes: tuple[str, ...] = ()
    """What was met and handled on purpose, as short keys that stay the same; see docs/codecs.md."""


@dataclass(frozen=True, slots=True)
class Codec:
    """One vendor's language."""

    name: str
    vendor: str
    about: str
    filters: Callable[[str], tuple[str, ...]]
    """MQTT filters to subscribe to for a device whose catalogue entry has this `topic`."""
    decode: Callable[[str, bytes, Device], Said]
    """Topic, payload and device to what is said. Raises PayloadError alone."""
    fields: Mapping[str, str]
    """Field of the vendor → `kind.field` of the contract, for people; docs/codecs.md is held to it."""


def kind_of(reading: Reading) -> str:
    """Return the contract's kind of a reading, also when a vendor's codec widened its type."""
    return _kind_of_type(type(reading))


@cache
def _kind_of_type(said: type[Reading]) -> str:
    for kind, model in READING_KINDS.items():
        if issubclass(said, model):
            return kind
    raise TypeError(f"{said.__name__}: is not a reading of the contract")


def say(
    device: Device, readings: Iterable[Reading | None], notes: Iterable[str] = (), *, online: bool | None = None
) -> Said:
    """Return what was said; a message silent on what the device mainly is gets the note `no_<kind>`."""
    said = tuple(reading for reading in readings if reading is not None)
    # A dictionary keeps the order of first mention and each note once.
    told = dict.fromkeys(notes)
    if device.kind in READING_KINDS and all(kind_of(reading) != device.kind for reading in said):
        told[f"no_{device.kind}"] = None
    return Said(said, online, tuple(told))
