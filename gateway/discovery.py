"""Announces spaces to Home Assistant: retained MQTT discovery configurations over the room states that exist anyway."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from services.contracts.community import Community, Site, Space
from services.contracts.texts import Language, text
from services.contracts.topics import GATEWAY_STATUS_TOPIC, OFFLINE, ONLINE, StateTopic

DEFAULT_PREFIX = "homeassistant"
"""Home Assistant's own default."""

STALE_AFTER_S = 180
"""The gateway repeats every state once a minute: after three misses Home Assistant shows the space as unavailable."""

_NODE = "foldspace"
"""The same for every configuration of ours, so that one subscription finds them all."""

_OCCUPANCY = "{'occupied': 'ON', 'vacant': 'OFF'}.get(value_json.occupancy, 'None')"
"""The word None makes an entity unknown; off would say that nobody is there."""
_RELEASE_GRADE = "{'release_grade': value_json.release_grade}"
"""No more than that: an attribute that changes with every message would fill Home Assistant's recorder."""
_PEOPLE = "value_json.people if value_json.people is not none else 'None'"
_CHARGING = "value_json.charging.in_use if value_json.charging.ports else 'None'"
_PORTS = "{'ports': value_json.charging.ports, 'fault': value_json.charging.fault}"
_OFFLINE = "'ON' if value_json.devices.offline else 'OFF'"
_TALLY = "value_json.devices"


@dataclass(frozen=True, slots=True)
class _Entity:
    """One entity of a space; `what` names it within its space for ever."""

    component: Literal["binary_sensor", "sensor"]
    what: Literal["occupancy", "people", "charging", "offline"]
    value: str
    """Expression over the room state `value_json`."""
    config: dict[str, Any]
    attributes: str | None = None
    """The same, for a mapping."""


def discovery(community: Community, *, prefix: str = DEFAULT_PREFIX, language: Language = "zh") -> dict[str, bytes]:
    """Return every configuration to publish, retained: topic → JSON. The same community gives the same bytes.

    A space has the entities its devices can speak for: people needs a counter, charging a charging point.
    """
    return dict(announcements(community, prefix=prefix, language=language))


def announcements(
    community: Community, *, prefix: str = DEFAULT_PREFIX, language: Language = "zh"
) -> Iterator[tuple[str, bytes]]:
    """Yield the same one by one: of ten thousand spaces all at once would take twenty megabytes."""
    sites = {site.id: site for site in community.sites}
    kinds: dict[tuple[str, str], set[str]] = {(space.site, space.id): set() for space in community.spaces}
    for device in community.devices:
        kinds[device.site, device.space].add(device.kind)
    counted = _counted(community)
    for space in community.spaces:
        key = (space.site, space.id)
        shared = _shared(space, _area(space, sites), language)
        for entity in _entities(kinds[key], key in counted, language):
            # Names never hold capitals: no two spaces can share a topic, whatever their names are joined to.
            topic = f"{prefix}/{entity.component}/{_NODE}/{space.id}_AT_{space.site}_{entity.what}/config"
            body = {
                "name": text(f"homeassistant.{entity.what}", language),
                "unique_id": f"foldspace/{space.site}/{space.id}/{entity.what}",
                "default_entity_id": f"{entity.component}.{_slug('foldspace', space.site, space.id, entity.what)}",
                **entity.config,
                **_templates(entity, str(StateTopic(space.site, space.id))),
                **shared,
            }
            yield topic, json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def withdrawn(old: Iterable[str], new: Iterable[str]) -> list[str]:
    """Return the configuration topics of `old` that are not in `new`; an empty retained payload clears each."""
    return sorted(set(old) - set(new))


def own_filter(prefix: str = DEFAULT_PREFIX) -> str:
    """Return the filter that finds every configuration of ours on a broker, also those of an earlier run."""
    return f"{prefix}/+/{_NODE}/+/config"


def _shared(space: Space, area: str, language: Language) -> dict[str, Any]:
    """Return what all entities of a space have in common."""
    return {
        "qos": 1,
        "expire_after": STALE_AFTER_S,
        "availability": [
            {
                "topic": GATEWAY_STATUS_TOPIC,
                "payload_available": ONLINE.decode(),
                "payload_not_available": OFFLINE.decode(),
            }
        ],
        "availability_mode": "all",
        "device": {
            "identifiers": [f"foldspace/{space.site}/{space.id}"],
            "name": space.name,
            "manufacturer": "foldspace",
            "model": text("homeassistant.model", language),
            "suggested_area": area,
        },
        "origin": {"name": "foldspace"},
    }


def _entities(kinds: set[str], counted: bool, language: Language) -> Iterator[_Entity]:
    """Yield what can be said of a space with devices of these kinds of its own."""
    yield _Entity("binary_sensor", "occupancy", _OCCUPANCY, {"device_class": "occupancy"}, _RELEASE_GRADE)
    if counted:
        yield _Entity("sensor", "people", _PEOPLE, _figure("account-group", "people_unit", language))
    if "charging" in kinds:
        yield _Entity("sensor", "charging", _CHARGING, _figure("power-plug", "charging_unit", language), _PORTS)
    if kinds:
        problem = {"device_class": "problem", "entity_category": "diagnostic"}
        yield _Entity("binary_sensor", "offline", _OFFLINE, problem, _TALLY)


def _figure(icon: str, unit: str, language: Language) -> dict[str, Any]:
    return {
        "icon": f"mdi:{icon}",
        "state_class": "measurement",
        "unit_of_measurement": text(f"homeassistant.{unit}", language),
    }


def _templates(entity: _Entity, topic: str) -> dict[str, str]:
    """Return where an entity reads. A state that is withdrawn arrives empty, without `value_json`: unknown."""
    found = {
        "state_topic": topic,
        "value_template": f"{{{{ ({entity.value}) if value_json is defined else 'None' }}}}",
    }
    if entity.attributes is not None:
        mapping = f"{{{{ (({entity.attributes}) if value_json is defined else {{}}) | tojson }}}}"
        found |= {"json_attributes_topic": topic, "json_attributes_template": mapping}
    return found


def _counted(community: Community) -> set[tuple[str, str]]:
    """Return the spaces whose people can be known: by a counter of their own, or by one in every part."""
    found = {(device.site, device.space) for device in community.devices if device.kind == "count"}
    while True:
        wholes = {
            (space.site, space.id)
            for space in community.spaces
            if space.parts and all((space.site, part) in found for part in space.parts)
        }
        if wholes <= found:
            return found
        found |= wholes


def _area(space: Space, sites: dict[str, Site]) -> str:
    """Return where Home Assistant should put the space: areas are one flat list, so several sites need their names."""
    area = space.group or space.name
    return f"{sites[space.site].name} {area}" if len(sites) > 1 else area


def _slug(*names: str) -> str:
    return "_".join(names).replace("-", "_")
