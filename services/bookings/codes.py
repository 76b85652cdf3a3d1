"""The code a group says at the door or to the steward, so that it is known whose booking it is."""

import secrets


def new_code() -> str:
    """Return four digits nobody can reckon from the booking."""
    return f"{secrets.randbelow(9000) + 1000}"
