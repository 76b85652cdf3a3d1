"""A community of four devices that the tests of access share."""

from collections.abc import Iterable

from services.access.credentials import Credential, username_of
from services.contracts.community import Device, parse_community

COMMUNITY = parse_community(
    {
        "sites": [{"id": "lane", "name": "里弄社区", "timezone": "Asia/Shanghai"}],
        "spaces": [{"id": "hall", "site": "lane", "name": "大厅", "capacity": 40}],
        "devices": [
            {"id": "radar", "site": "lane", "space": "hall", "kind": "presence"},
            {"id": "door", "site": "lane", "space": "hall", "kind": "door"},
            {"id": "screen", "site": "lane", "space": "hall", "kind": "screen"},
            {"id": "plug", "site": "lane", "space": "hall", "kind": "charging", "codec": "tasmota", "topic": "plug_3"},
        ],
    },
    "test",
)
RADAR, DOOR, SCREEN, PLUG = COMMUNITY.devices


def vendor(device: Device) -> Iterable[str]:
    """As the codecs answer."""
    return (f"tele/{device.topic}/SENSOR", f"stat/{device.topic}/RESULT") if device.codec else ()


def credential(device: str, *, revoked: bool = False, at: int = 1) -> Credential:
    return Credential("lane", device, username_of("lane", device), "", at, None, 2 if revoked else None, False)
