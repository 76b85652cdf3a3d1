"""Every codec by its name, and whether a community's devices can be understood with them."""

from collections.abc import Mapping

from gateway.codecs import chirpstack, ocpp, shelly, tasmota, things_stack, zigbee2mqtt
from gateway.codecs.said import Codec
from services.contracts.community import Community
from services.contracts.errors import NotFoundError

CODECS: Mapping[str, Codec] = {
    codec.name: codec
    for codec in (
        zigbee2mqtt.CODEC,
        tasmota.CODEC,
        shelly.CODEC,
        chirpstack.CODEC,
        things_stack.CODEC,
        ocpp.CODEC,
    )
}


def codec_named(name: str) -> Codec:
    """Return a codec. Raises NotFoundError listing the known ones."""
    codec = CODECS.get(name)
    if codec is None:
        raise NotFoundError(f"codec {name!r}: is not known; expected one of {', '.join(CODECS)}")
    return codec


def check(community: Community) -> list[str]:
    """Return what is wrong with the codecs of a community, a sentence for each fault in the order of the file."""
    faults: list[str] = []
    topics: dict[tuple[str, str], str] = {}
    for index, device in enumerate(community.devices):
        place, name = f"devices.{index}", f"{device.site}/{device.id}"
        if device.codec is None:
            continue
        if device.codec not in CODECS:
            faults.append(f"{place}.codec: {device.codec!r} is not known; expected one of {', '.join(CODECS)}")
            continue
        if not device.topic:
            faults.append(f"{place}.topic: {name} has codec {device.codec!r} and needs the topic of its vendor")
        elif any(set("+#") & set(each[:-1]) for each in CODECS[device.codec].filters(device.topic)):
            faults.append(f"{place}.topic: {device.topic!r} holds a wildcard, expected the topic of one device")
        else:
            taken = topics.setdefault((device.codec, device.topic), name)
            if taken != name:
                faults.append(f"{place}.topic: {device.topic!r} is already the topic of {taken}")
    return faults
