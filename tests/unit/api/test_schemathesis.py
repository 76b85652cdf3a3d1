"""Everything that the OpenAPI document allows, and much that it forbids, is asked: no 5xx, no breach of a schema.

The routes are those of the table, so that a new one is asked as well. FOLDSPACE_FUZZ=300 asks each so many times.
"""

import json
import os
import re
import sqlite3
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.parameters import ParameterLocation
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from services.api.deps import ApiSettings
from services.api.identity import RESIDENTS
from services.api.problems import MEDIA_TYPE
from services.api.routes import PREFIX, ROUTES, Route
from tests.unit.api.conftest import House, building
from tests.unit.api.fullhouse import about, as_resident, at, fill, in_session, known

EXAMPLES = int(os.environ.get("FOLDSPACE_FUZZ", "6"))
"""Of each route, as admin. By hand some hundreds find what is rare."""


def speaks_chinese(_ctx: Any, answer: Any, _case: Case) -> None:
    """Hold a problem to the language of whoever asks for none: no sentence is left in English."""
    if answer.request.method == "PATCH" and answer.request.url.partition("?")[0].endswith("/me"):
        return  # by which residents choose their language, which speaks to them from then on
    if answer.headers.get("content-type", [""])[0] == MEDIA_TYPE and "lang=en" not in answer.request.url:
        said = answer.json()
        for sentence in (said["title"], said["detail"], *(one["message"] for one in said.get("errors", []))):
            assert CHINESE.search(sentence), sentence


CHINESE = re.compile("[\u4e00-\u9fff]")
CHECKS = [
    not_a_server_error, status_code_conformance, content_type_conformance, response_headers_conformance,
    response_schema_conformance, speaks_chinese,
]  # fmt: skip
"""`positive_data_acceptance` is not among them: what can be meant is more than a schema says (an end after the start,
a space that exists), and is refused with 422 as well."""
ENDLESS = {"/stream"}
"""Answers for ever: test_api_stream.py reads it, and here it is asked only what it refuses."""
IN_PERSON = {"/sessions", "/sessions/{id}", "/session/password"}
"""A token has none of it, so that a person asks."""
ASKED = [route for route in ROUTES if route.path not in ENDLESS]
GUARDED = [route for route in ASKED if route.roles is not None]


_STARTS = [at(8), at(9), at(10), at(12), at(9, day=4)]
_ENDS = [at(10), at(13), at(22), at(12, day=4)]
LIKELY: dict[str, list[Any]] = {
    "start": _STARTS, "from": _STARTS, "earliest": _STARTS, "end": _ENDS, "to": _ENDS, "latest_end": _ENDS,
    "dtstart": ["2026-03-03", "2026-03-04"], "first_day": ["2026-03-03", "2026-04-04"],
    "until": ["2026-03-20", "2026-04-01"], "last_day": ["2026-03-20", "2026-04-05"],
    "group": ["readers", "合唱团"], "owner": ["wang"], "function": ["reading"], "functions": [["reading"]],
    "people": [1, 8, 30], "duration_min": [30, 60], "rrule": ["FREQ=DAILY;COUNT=2", "FREQ=WEEKLY;BYDAY=TU"],
    "kind": ["presence"], "codec": [None], "code": ["0123ABCD", "1234"], "ids": [[1, 2], [4]], "seconds": [1],
}  # fmt: skip
"""Values of fields that mean something in the full house."""


@schemathesis.serializer("application/toml")
def _as_text(_ctx: Any, value: Any) -> bytes:
    """Send what is meant as a file as it is, and what is no text at all as JSON writes it."""
    return (value if isinstance(value, str) else json.dumps(value)).encode()


class Asked:
    """A house that is full, its document as schemathesis reads it, and how it was."""

    def __init__(self, house: House, records: str) -> None:
        self.house = house
        self.ids = fill(house)
        self.schema = schemathesis.openapi.from_asgi(f"{PREFIX}/openapi.json", house.client.app)
        self._records = records
        self._kept = sqlite3.connect(":memory:")
        with sqlite3.connect(records) as connection:
            connection.backup(self._kept)

    def restore(self) -> None:
        """Let the records be again as they were when the house was filled."""
        with sqlite3.connect(self._records) as connection:
            self._kept.backup(connection)
        self.house.deps.live.agenda.changed()

    def headers(self, route: Route) -> dict[str, str]:
        """Return how somebody whom a route lets in says who they are."""
        if route.roles == RESIDENTS:
            [handle] = self.ids["handle"]
            self.house.deps.turnstile.clear("changes_handle", handle)  # so many requests no person makes
            return as_resident(self.house)
        return in_session(self.house) if route.path in IN_PERSON else self.house.as_("admin")

    def operation(self, route: Route) -> APIOperation:
        """Return a route as schemathesis knows it."""
        return self.schema[PREFIX + route.path][route.method]

    def cases(self, route: Route) -> st.SearchStrategy[Case]:
        """Return requests to a route: right, wrong, and right with ids and times that are of this house."""
        operation = self.operation(route)
        right = operation.as_strategy(generation_mode=GenerationMode.POSITIVE)
        meant = st.tuples(right, st.randoms(use_true_random=False)).map(lambda drawn: self._meant(route, *drawn))
        takes = any((operation.path_parameters, operation.query, operation.body, operation.headers))
        wrong = [operation.as_strategy(generation_mode=GenerationMode.NEGATIVE)] if takes else []
        return st.one_of(meant, right, *wrong)

    def _meant(self, route: Route, case: Case, random: Random) -> Case:
        for name in case.path_parameters or {}:
            of = "people" if name == "name" else about("/letters" if "{token}" in route.path else route.path)
            ids = self.ids.get(of if name in {"id", "name"} else name, [])
            if ids and random.random() < 0.9:
                case.path_parameters[name] = random.choice(ids)
        for fields in (case.query, case.body):
            if isinstance(fields, dict):
                for name in fields:
                    likely = self._likely(name)
                    if likely and random.random() < 0.9:
                        fields[name] = random.choice(likely)
        return case

    def _likely(self, name: str) -> list[Any]:
        """Return values of a field that mean something in this house."""
        of_ids = {"site": "site", "space": "space", "device": "device", "request": "requests", "booking": "bookings"}
        if name in of_ids:
            return self.ids[of_ids[name]]
        return LIKELY.get(name, [])


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asked]:
    folder = tmp_path_factory.mktemp("house")
    for make in building(folder):
        yield Asked(make(ApiSettings()), str(folder / "records.sqlite"))


def _wrong_in_body(case: Case) -> bool:
    """Tell whether the body breaks the schema. Of what stands in an address all is text, and a wrong type is none."""
    body = case.meta.components.get(ParameterLocation.BODY) if case.meta else None
    return body is not None and body.mode is GenerationMode.NEGATIVE


def _fuzzed(examples: int) -> settings:
    return settings(
        max_examples=examples,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )


@pytest.mark.parametrize("route", ASKED, ids=lambda route: f"{route.method} {route.path}")
def test_whatever_is_asked_is_answered_as_the_document_says(asked: Asked, route: Route) -> None:
    asked.restore()
    admin = asked.headers(route)

    @_fuzzed(EXAMPLES)
    @given(asked.cases(route))
    def ask(case: Case) -> None:
        answer = case.call(headers=admin)
        # To be too large is to be rejected as well, which schemathesis does not count.
        rejected = [negative_data_rejection] if _wrong_in_body(case) and answer.status_code != 413 else []
        case.validate_response(answer, checks=[*CHECKS, *rejected], headers=admin)

    ask()


@pytest.mark.parametrize("route", GUARDED, ids=lambda route: f"{route.method} {route.path}")
def test_a_stranger_learns_nothing_whatever_is_asked(asked: Asked, route: Route) -> None:
    @_fuzzed(max(3, EXAMPLES // 5))
    @given(asked.cases(route))
    def ask(case: Case) -> None:
        answer = case.call()
        assert answer.status_code in {401, 403}
        case.validate_response(answer, checks=CHECKS)

    ask()


def test_the_endless_stream_refuses_as_the_others_do(asked: Asked) -> None:
    get, admin = asked.house.client.get, asked.house.as_("admin")
    assert get(f"{PREFIX}/stream").status_code == 401
    assert get(f"{PREFIX}/stream?after=%00", headers=admin).status_code == 422


def test_there_were_ids_to_ask_for(asked: Asked) -> None:
    asked.restore()
    assert all(known(asked.house).values())
