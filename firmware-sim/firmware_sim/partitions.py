"""Divided spaces: which rooms a space is made of."""

from services.contracts.community import Space


def rooms_of(spaces: dict[str, Space], space: str) -> frozenset[str]:
    """Return the undivided rooms that `space` is made of: itself, or those of its parts."""
    parts = spaces[space].parts
    return frozenset().union(*(rooms_of(spaces, part) for part in parts)) if parts else frozenset({space})
