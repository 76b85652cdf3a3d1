"""Refuses what no part of us could keep or pass on: NUL characters, halves of characters, numbers that are none.

PostgreSQL takes no NUL, UTF-8 no half of a pair, JSON no infinity: said at the door, once for all routes.
"""

import json
import re
from math import isfinite
from typing import Any, NoReturn

from starlette.requests import Request

from services.api.problems import RefusalError

_NEVER = re.compile("[\0\ud800-\udfff]")


def expect_keepable(request: Request) -> None:
    """Raise RefusalError unless path and query can be kept."""
    query = (part for pair in request.query_params.multi_items() for part in pair)
    if any(_NEVER.search(part) for part in (request.scope["path"], *query)):
        raise RefusalError("invalid", "unkeepable")


class KeepableRequest(Request):
    """A request whose JSON can be kept, or is none."""

    async def json(self) -> Any:
        """Return the body. Raises JSONDecodeError, as the framework expects of a body that is no JSON."""
        if not hasattr(self, "_json"):
            body = (await self.body()).decode()
            said = json.loads(body, parse_constant=_refuse)
            _expect(said)
            self._json = said
        return self._json


def _expect(said: Any) -> None:
    """Raise JSONDecodeError for what cannot be kept, wherever it stands."""
    left = [said]
    while left:
        one = left.pop()
        if isinstance(one, dict):
            left += [*one, *one.values()]
        elif isinstance(one, list):
            left += one
        elif isinstance(one, str) and _NEVER.search(one):
            _refuse(ascii(one))
        elif isinstance(one, float) and not isfinite(one):
            _refuse("a number beyond all bounds")


def _refuse(what: str) -> NoReturn:
    raise json.JSONDecodeError(what, "", 0)
