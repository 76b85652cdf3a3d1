"""What the codecs make of a message pasted on the command line."""

import click

from gateway.codecs.registry import CODECS, codec_named
from gateway.codecs.said import Said, kind_of
from services.contracts.community import DEVICE_KINDS, Device
from services.contracts.errors import InvalidError, PayloadError
from services.contracts.topics import UpTopic

_SITE, _DEVICE = "site", "device"
"""Stand for the names that the catalogue will give."""


def list_codecs() -> None:
    """Print every codec with what it is for."""
    for codec in CODECS.values():
        click.echo(f"{codec.name:<14} {codec.about}")


def try_codec(name: str | None, topic: str, payload: bytes, kind: str) -> None:
    """Print what a message would become for a device of `kind`; without `name`, by every codec that recognises it.

    Raises NotFoundError for an unknown codec, InvalidError for an unknown kind, PayloadError for a message that none
    understands.
    """
    if kind not in DEVICE_KINDS:
        raise InvalidError(f"kind {kind!r}: is not known; expected one of {', '.join(sorted(DEVICE_KINDS))}")
    device = Device(id=_DEVICE, site=_SITE, space=_DEVICE, kind=kind)
    if name is not None:
        _show(name, codec_named(name).decode(topic, payload, device), kind)
        return
    understood: dict[str, Said] = {}
    refused: dict[str, str] = {}
    for codec in CODECS.values():
        try:
            understood[codec.name] = codec.decode(topic, payload, device)
        except PayloadError as error:
            refused[codec.name] = str(error)
    if not understood:
        raise PayloadError(
            "no codec understands this message: " + "; ".join(f"{codec}: {why}" for codec, why in refused.items())
        )
    # Who takes any object for its own is shown only when nobody finds something in it.
    telling = {codec: said for codec, said in understood.items() if said.readings or said.online is not None}
    for recognised, said in (telling or understood).items():
        _show(recognised, said, kind)


def _show(codec: str, said: Said, kind: str) -> None:
    click.echo(f"{codec}, for a device of kind {kind}:")
    for reading in said.readings:
        topic = UpTopic(_SITE, _DEVICE, kind_of(reading))
        click.echo(f"  {topic}  {reading.model_dump_json(exclude_none=True, by_alias=True)}")
    if said.online is not None:
        click.echo(f"  the device is {'online' if said.online else 'offline'}")
    for note in said.notes:
        hint = "  (another --kind may fit)" if note == f"no_{kind}" else ""
        click.echo(f"  note: {note}{hint}")
    if not said.readings and said.online is None:
        click.echo("  it says nothing of the device")
