"""Decides in which language to answer: `?lang=`, else a resident's own, else Accept-Language, else Chinese."""

from typing import Annotated

from fastapi import Depends, Query, Request

from services.contracts.texts import LANGUAGES
from services.residents.records import SignedIn

DEFAULT = "zh"


def negotiated(header: str) -> str:
    """Return the language of ours that an Accept-Language header likes best, else Chinese."""
    wishes: list[tuple[float, int, str]] = []
    for place, part in enumerate(header.split(",")):
        tag, _, weight = part.strip().partition(";")
        try:
            quality = float(weight.strip().removeprefix("q=")) if weight else 1.0
        except ValueError:
            continue
        primary = tag.split("-")[0].lower()
        if primary in LANGUAGES and quality > 0:
            wishes.append((-quality, place, primary))
    return min(wishes)[2] if wishes else DEFAULT


def language_of(request: Request) -> str:
    """Return the language of a request; an unknown `lang` counts as not given."""
    asked = request.query_params.get("lang", "")
    if asked in LANGUAGES:
        return asked
    signed_in: SignedIn | None = getattr(request.state, "resident", None)  # only on routes about what is theirs
    return signed_in.resident.language if signed_in else negotiated(request.headers.get("accept-language", ""))


def _asked(
    request: Request,
    lang: Annotated[str | None, Query(description="zh or en; wins over Accept-Language and a resident's own")] = None,  # noqa: ARG001  # documents the parameter
) -> str:
    return language_of(request)


Lang = Annotated[str, Depends(_asked)]
