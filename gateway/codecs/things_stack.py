"""The Things Stack 3: uplinks of a LoRaWAN device as its MQTT server publishes them in JSON."""

from gateway.codecs.fields import Json, flag, instant, items, mapping, number, parse, whole, word
from gateway.codecs.lorawan import Uplink, payload_bytes, say_uplink, strongest
from gateway.codecs.milesight import FIELDS
from gateway.codecs.said import Codec, Said
from services.contracts.community import Device
from services.contracts.errors import PayloadError

_NETWORK = frozenset({"queued", "sent", "ack", "nack", "failed"})
"""What follows `down/` in a topic: the fate of downlinks."""


def filters(base: str) -> tuple[str, ...]:
    """Return uplinks and joins of `v3/APPLICATION@TENANT/devices/DEVICE`."""
    return f"{base}/up", f"{base}/join"


def decode(topic: str, payload: bytes, device: Device) -> Said:
    """Decode an uplink or a join. Raises PayloadError."""
    parts = topic.split("/")
    notes = ["placeholder_topic"] if "<" in topic else []
    if "devices" not in parts:
        raise PayloadError(f"topic {topic!r:.80}: expected v3/…/devices/…/up or …/join")
    if parts[-1] == "join":
        return Said(online=True, notes=(*notes, "joined"))
    if parts[-1] in _NETWORK:
        return Said(notes=(*notes, "network_event"))
    message = mapping(parse(payload), "payload")
    if parts[-1] != "up" or "uplink_message" not in message:
        raise PayloadError("payload: expected an uplink of The Things Stack 3 with uplink_message")
    if flag(message, "simulated"):
        return Said(notes=(*notes, "simulated"))
    return say_uplink(_uplink(message, notes), device, notes)


def _uplink(message: Json, notes: list[str]) -> Uplink:
    up = mapping(message["uplink_message"], "uplink_message")
    ids = mapping(message.get("end_device_ids"), "end_device_ids")
    heard = [mapping(each, "rx_metadata") for each in items(up.get("rx_metadata"), "rx_metadata")]
    times = [instant(each["time"], "rx_metadata.time", notes) for each in heard if "time" in each]
    return Uplink(
        session=word(up, "session_key_id") or word(ids, "dev_addr"),
        counter=whole(up, "f_cnt") or 0,  # empty fields are left out, and zero counts as empty
        gateway_at=next((at for at in times if at is not None), None),
        server_at=instant(up.get("received_at") or message.get("received_at"), "received_at", notes),
        decoded=mapping(up.get("decoded_payload"), "decoded_payload"),
        data=payload_bytes(word(up, "frm_payload"), "frm_payload"),
        rssi_dbm=strongest(number(each, "rssi") for each in heard),
    )


CODEC = Codec(
    name="things_stack",
    vendor="The Things Industries",
    about="LoRaWAN devices by The Things Stack 3; Milesight occupancy, counting, door and plug",
    filters=filters,
    decode=decode,
    fields={
        **{f"decoded_payload.{vendor}": ours for vendor, ours in FIELDS.items()},
        "rx_metadata[].rssi": "health.rssi_dbm",
        "session_key_id": "boot",
        "end_device_ids.dev_addr": "boot",
        "f_cnt": "seq",
        "rx_metadata[].time": "ts",
        "received_at": "ts",
    },
)
