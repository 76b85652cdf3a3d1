"""ChirpStack 4: events of a LoRaWAN device as its MQTT integration publishes them in JSON."""

from gateway.codecs.fields import flag, health, instant, items, mapping, number, parse, whole, word
from gateway.codecs.lorawan import Uplink, payload_bytes, say_uplink, strongest
from gateway.codecs.milesight import FIELDS
from gateway.codecs.said import Codec, Said, say
from services.contracts.community import Device
from services.contracts.errors import PayloadError


def filters(base: str) -> tuple[str, ...]:
    """Return the events of `application/ID/device/EUI`."""
    return (f"{base}/event/+",)


def decode(topic: str, payload: bytes, device: Device) -> Said:
    """Decode an event. Raises PayloadError."""
    path, _, event = topic.rpartition("/")
    if not path.endswith("/event"):
        raise PayloadError(f"topic {topic!r:.80}: expected application/…/device/…/event/…")
    notes = ["placeholder_topic"] if "<" in topic else []
    message = mapping(parse(payload), "payload")
    if event == "up":
        return _uplink(message, device, notes)
    if event == "status":
        unknown = flag(message, "batteryLevelUnavailable") or flag(message, "externalPowerSource")
        battery = None if unknown else number(message, "batteryLevel")
        ts = instant(message.get("time"), "time", notes)
        return say(device, [health(ts, notes, battery_pct=battery)], notes, online=True)
    if event == "join":
        return Said(online=True, notes=(*notes, "joined"))
    return Said(notes=(*notes, "network_event"))


def _uplink(message: object, device: Device, notes: list[str]) -> Said:
    event = mapping(message, "payload")
    if not event.keys() & {"devAddr", "fCnt", "data", "object"}:
        raise PayloadError("payload: expected an uplink event of ChirpStack 4 with devAddr, fCnt, data and object")
    heard = [mapping(each, "rxInfo") for each in items(event.get("rxInfo"), "rxInfo")]
    server_times = [instant(each["nsTime"], "nsTime", notes) for each in heard if "nsTime" in each]
    uplink = Uplink(
        session=word(event, "devAddr"),
        counter=whole(event, "fCnt") or 0,  # protobuf leaves zero out
        gateway_at=instant(event.get("time"), "time", notes),
        server_at=next((at for at in server_times if at is not None), None),
        decoded=mapping(event.get("object"), "object"),
        data=payload_bytes(word(event, "data"), "data"),
        rssi_dbm=strongest(number(each, "rssi") for each in heard),
    )
    return say_uplink(uplink, device, notes)


CODEC = Codec(
    name="chirpstack",
    vendor="ChirpStack",
    about="LoRaWAN devices by ChirpStack 4; Milesight occupancy, counting, door and plug",
    filters=filters,
    decode=decode,
    fields={
        **{f"object.{vendor}": ours for vendor, ours in FIELDS.items()},
        "batteryLevel": "health.battery_pct",
        "rxInfo[].rssi": "health.rssi_dbm",
        "devAddr": "boot",
        "fCnt": "seq",
        "time": "ts",
    },
)
