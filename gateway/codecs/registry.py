"""Every codec by its name, and whether a community's devices can be understood with them."""

from collections.abc import Mapping

from gateway.codecs import chirpstack, ocpp, shelly, tasmota, things_stack, zigbee2mqtt
from gateway.codecs.said import Codec
from services.contracts.community import Community
from services.contracts.communityfaults import Fault
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


def check(community: Community) -> list[Fault]:
    """Return what is wrong with the codecs of a community, in the order of the file."""
    faults: list[Fault] = []
    topics: dict[tuple[str, str], str] = {}
    for index, device in enumerate(community.devices):
        name = f"{device.site}/{device.id}"
        if device.codec is None:
            continue
        if device.codec not in CODECS:
            unknown = {"codec": repr(device.codec), "known": ", ".join(CODECS)}
            faults.append(Fault("devices", index, "codec", "codec_unknown", unknown))
            continue
        if not device.topic:
            needs = {"device": name, "codec": repr(device.codec)}
            faults.append(Fault("devices", index, "topic", "codec_needs_topic", needs))
        elif any(set("+#") & set(each[:-1]) for each in CODECS[device.codec].filters(device.topic)):
            faults.append(Fault("devices", index, "topic", "topic_of_many", {"topic": repr(device.topic)}))
        else:
            taken = topics.setdefault((device.codec, device.topic), name)
            if taken != name:
                shared = {"topic": repr(device.topic), "device": taken}
                faults.append(Fault("devices", index, "topic", "topic_taken", shared))
    return faults
