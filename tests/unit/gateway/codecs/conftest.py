"""Messages as devices of other makers send them, and what a codec says of them in a form that is easy to compare."""

import json
from typing import Any

import pytest

from gateway.codecs.registry import codec_named
from gateway.codecs.said import Said, kind_of
from services.contracts.community import Device


class Heard:
    """What was said, by kind; readings as the JSON of the contract."""

    def __init__(self, said: Said) -> None:
        self.said = said
        self.online, self.notes = said.online, said.notes
        self.readings = [
            (kind_of(each), each.model_dump(exclude_none=True, by_alias=True, mode="json")) for each in said.readings
        ]

    def __getitem__(self, kind: str) -> dict[str, Any]:
        """Return the one reading of this kind."""
        [found] = [reading for each, reading in self.readings if each == kind]
        return found

    @property
    def kinds(self) -> list[str]:
        return [kind for kind, _ in self.readings]

    @property
    def fields(self) -> set[str]:
        """Return `kind.field` of everything said."""
        return {f"{kind}.{name}" for kind, reading in self.readings for name in reading}


class Ear:
    """Decodes by one codec for a device of a kind."""

    def __call__(self, codec: str, topic: str, payload: Any, kind: str, base: str | None = None) -> Heard:
        """Decode bytes or text as they are, anything else as JSON."""
        raw = payload if isinstance(payload, bytes) else payload.encode() if isinstance(payload, str) else None
        device = Device(id="d", site="s", space="hall", kind=kind, codec=codec, topic=base)
        return Heard(codec_named(codec).decode(topic, json.dumps(payload).encode() if raw is None else raw, device))


@pytest.fixture(scope="session")
def hear() -> Ear:
    """Return what decodes: `hear("shelly", topic, {…}, "charging")`."""
    return Ear()
