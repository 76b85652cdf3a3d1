"""The published schemas hold what the models hold, and every reference in them resolves."""

from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest

from services.contracts.readings import READING_KINDS
from services.contracts.schema import asyncapi, json_schemas

from .test_readings import BAD, GOOD


def _validator(channel: str) -> jsonschema.Draft202012Validator:
    document = json_schemas()
    return jsonschema.Draft202012Validator({"$defs": document["$defs"], **document["channels"][channel]})


def test_the_document_is_valid_json_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(json_schemas())


@pytest.mark.parametrize("kind", sorted(READING_KINDS))
def test_good_examples_are_valid_by_the_schema(kind: str) -> None:
    for payload in GOOD[kind]:
        _validator(f"up_{kind}").validate(payload)


@pytest.mark.parametrize(
    ("kind", "payload"),
    [
        (kind, payload)
        for kind, payload, fault in BAD
        if "needs" not in fault and "unknown" not in fault and payload != {"present": True, "seq": 1.0}
    ],
)
def test_bad_examples_are_invalid_by_the_schema_too(kind: str, payload: object) -> None:
    assert not _validator(f"up_{kind}").is_valid(payload)


def _references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "$ref":
                yield value
            else:
                yield from _references(value)
    elif isinstance(node, list):
        for item in node:
            yield from _references(item)


def test_every_reference_of_the_asyncapi_document_resolves() -> None:
    document = asyncapi()
    references = set(_references(document))
    assert len(references) > 40
    for reference in references:
        node: Any = document
        for step in reference.removeprefix("#/").split("/"):
            node = node[step]


def test_the_asyncapi_document_has_a_channel_for_every_topic_of_the_contract() -> None:
    addresses = {channel["address"] for channel in asyncapi()["channels"].values()}
    assert {f"fs/v1/{{site}}/dev/{{device}}/up/{kind}" for kind in READING_KINDS} <= addresses
    assert {
        "fs/v1/{site}/dev/{device}/status",
        "fs/v1/{site}/dev/{device}/cmd",
        "fs/v1/{site}/dev/{device}/ack",
        "fs/v1/{site}/space/{space}/state",
        "fs/v1/{site}/space/{space}/screen",
        "fs/v1/{site}/events/decision",
    } <= addresses
