"""What a token is for: `AREA:read` and `AREA:write`, where an area is the first part of a route's path. Pure."""

from collections.abc import Collection, Iterable

from services.api.problems import RefusalError

EVERYTHING = "*"
READING = frozenset({"GET", "HEAD", "OPTIONS"})


def area_of(path: str) -> str:
    """Return the area of a route: `/bookings/{id}/keep` is about bookings."""
    return path.split("/")[1]


def scope_of(area: str, method: str) -> str:
    """Return the scope that a request needs."""
    return f"{area}:{'read' if method in READING else 'write'}"


def known(routes: Iterable[tuple[str, str]]) -> frozenset[str]:
    """Return every scope that a table of (method, path) asks for, and the one for everything."""
    return frozenset({EVERYTHING, *(scope_of(area_of(path), method) for method, path in routes)})


def allows(scopes: Collection[str], needed: str) -> bool:
    """Tell whether a token may do this; one without scopes may do all that its role does."""
    return not scopes or EVERYTHING in scopes or needed in scopes


def expect_known(scopes: Iterable[str], all_of_them: Collection[str]) -> None:
    """Refuse a scope that nothing asks for, with what is expected. Raises RefusalError."""
    for one in scopes:
        if one not in all_of_them:
            raise RefusalError("invalid", "scope_unknown", scope=one, known=", ".join(sorted(all_of_them)))


def expect_within(scopes: Collection[str], own: Collection[str]) -> None:
    """Refuse that a token makes one which may do more than itself. Raises RefusalError."""
    if own and EVERYTHING not in own and not (scopes and set(scopes) <= set(own)):
        raise RefusalError("forbidden", "scope_beyond_own", own=", ".join(sorted(own)))
