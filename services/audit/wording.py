"""Says an act in a plain sentence, in the language asked for. Pure."""

import re
from collections.abc import Callable

from services.audit.records import Act
from services.contracts.texts import Language, catalogue, text

PlaceName = Callable[[str, str | None], str]
"""Returns how a site, or a space of it, is called."""

_NOT_WORD = re.compile(r"[^a-z0-9]+")


def key_of(method: str, route: str) -> str:
    """Return the key of a route's words in the section audit: `POST /bookings/{id}/keep` → `post_bookings_id_keep`."""
    return _NOT_WORD.sub("_", f"{method} {route}".lower()).strip("_")


def sentence(act: Act, language: Language, place_name: PlaceName) -> str:
    """Return who did what, or was not let, in one sentence."""
    who = _who(act, language)
    if act.kind == "session":
        return text(f"audit.session_{act.event}", language, {"who": who, "address": act.address})
    return text(f"audit.{_end(act)}", language, {"who": who, "did": _did(act, language, place_name)}) + _told(
        act, language
    )


def _who(act: Act, language: Language) -> str:
    if act.role == "resident":
        return text("audit.resident", language, {"handle": act.who.removeprefix("resident:")})
    return act.who or text("audit.nobody", language)


def _end(act: Act) -> str:
    if act.status is None:
        return "begun"
    if act.status < 400:
        return "done"
    return "refused" if act.status in (401, 403) else "failed"


def _told(act: Act, language: Language) -> str:
    """Return why it did not succeed, as a code that the API's page explains."""
    failed = act.status is not None and act.status >= 400 and act.status not in (401, 403)
    return text("audit.status", language, {"status": act.status}) if failed else ""


def _did(act: Act, language: Language, place_name: PlaceName) -> str:
    place = text("audit.somewhere", language) if act.site is None else place_name(act.site, act.space)
    params = {**act.params, "place": place, "method": act.method, "route": act.route}
    key = f"audit.{key_of(act.method, act.route)}"
    return text(key if key in catalogue() else f"audit.any_{act.kind}", language, params)
