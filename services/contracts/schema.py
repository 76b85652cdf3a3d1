"""JSON Schema and the AsyncAPI 3 document, generated from the models: all a device maker needs."""

from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from services.contracts.commands import Ack, Command, Status
from services.contracts.events import Alert, ButtonPressed, DecisionMade, OfferMade, Screen
from services.contracts.names import NAME_PATTERN
from services.contracts.readings import READING_KINDS
from services.contracts.states import RoomState
from services.contracts.topics import PREFIX

CONTRACT_VERSION = "1.0.0"

_EVENTS: dict[str, type[BaseModel]] = {
    "decision": DecisionMade,
    "offer": OfferMade,
    "alert": Alert,
    "button": ButtonPressed,
}


def _channels() -> list[tuple[str, str, str, bool, type[BaseModel], str]]:
    """Return (id, address, who sends, retained, payload, what it is for) of every channel."""
    device = f"{PREFIX}/{{site}}/dev/{{device}}"
    space = f"{PREFIX}/{{site}}/space/{{space}}"
    readings = [
        (f"up_{kind}", f"{device}/up/{kind}", "device", False, model, str(model.__doc__))
        for kind, model in READING_KINDS.items()
    ]
    events = [
        (f"events_{type_}", f"{PREFIX}/{{site}}/events/{type_}", "foldspace", False, model, str(model.__doc__))
        for type_, model in _EVENTS.items()
    ]
    return [
        *readings,
        ("status", f"{device}/status", "device", True, Status, "Birth and last will."),
        ("cmd", f"{device}/cmd", "foldspace", False, Command, "Commands; never executed after `expires`."),
        ("ack", f"{device}/ack", "device", False, Ack, "The answer to a command."),
        ("space_state", f"{space}/state", "foldspace", True, RoomState, "What the gateway believes of a space."),
        ("space_screen", f"{space}/screen", "foldspace", True, Screen, "What a door or preview screen shows."),
        *events,
    ]


def json_schemas() -> dict[str, Any]:
    """Return one JSON Schema (2020-12) document with a definition for every payload, by channel id."""
    models = [model for *_, model, _ in _channels()]
    _, definitions = models_json_schema([(model, "validation") for model in models], by_alias=True)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "foldspace payloads",
        "$defs": definitions["$defs"],
        "channels": {id_: {"$ref": f"#/$defs/{model.__name__}"} for id_, _, _, _, model, _ in _channels()},
    }


def asyncapi() -> dict[str, Any]:
    """Return the AsyncAPI 3.0 document, seen from foldspace: it receives what devices send."""
    models = [model for *_, model, _ in _channels()]
    _, definitions = models_json_schema(
        [(model, "validation") for model in models], by_alias=True, ref_template="#/components/schemas/{model}"
    )
    channels: dict[str, Any] = {}
    operations: dict[str, Any] = {}
    messages: dict[str, Any] = {}
    for id_, address, sender, retained, model, about in _channels():
        placeholders = [name for name in ("site", "device", "space") if "{" + name + "}" in address]
        messages[id_] = {
            "name": id_,
            "contentType": "application/json",
            "summary": about,
            "payload": {"$ref": f"#/components/schemas/{model.__name__}"},
        }
        channels[id_] = {
            "address": address,
            "description": about,
            "messages": {id_: {"$ref": f"#/components/messages/{id_}"}},
            "parameters": {name: {"$ref": f"#/components/parameters/{name}"} for name in placeholders},
        }
        operations[f"{'receive' if sender == 'device' else 'send'}_{id_}"] = {
            "action": "receive" if sender == "device" else "send",
            "channel": {"$ref": f"#/channels/{id_}"},
            "messages": [{"$ref": f"#/channels/{id_}/messages/{id_}"}],
            "bindings": {"mqtt": {"qos": 1, "retain": retained}},
        }
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "foldspace",
            "version": CONTRACT_VERSION,
            "description": (
                "MQTT contract between devices in shared community spaces and foldspace. QoS 1, UTF-8 JSON objects. "
                "Instants are milliseconds since the epoch, UTC. Unknown extra fields are kept."
            ),
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "servers": {
            "local": {
                "host": "127.0.0.1:1883",
                "protocol": "mqtt",
                "description": "The embedded broker; MQTT 3.1.1 and 5 on the same port.",
            }
        },
        "channels": channels,
        "operations": operations,
        "components": {
            "parameters": {
                name: {"description": f"Name of the {name}, matching {NAME_PATTERN}."}
                for name in ("site", "device", "space")
            },
            "messages": messages,
            "schemas": definitions["$defs"],
        },
    }
