"""Matches a typed code to the device that shows it. Pure.

Codes are eight characters of Crockford's base 32 (40 bits), printed on the device or shown by it: in any case, O for 0,
I and L for 1, with spaces and hyphens where people put them.
"""

import hmac
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Protocol

from services.contracts.errors import ConflictError, FoldspaceError, InvalidError, NotFoundError
from services.contracts.names import Millis

CODE_LENGTH = 8
_ALPHABET = frozenset("0123456789ABCDEFGHJKMNPQRSTVWXYZ")
_READ_AS = str.maketrans({"O": "0", "I": "1", "L": "1", " ": None, "-": None})


class UnclaimedDevice(Protocol):
    """A device that has been heard of and is not in the catalogue. `code` None: it shows none, and is added by name."""

    @property
    def site(self) -> str: ...
    @property
    def device(self) -> str: ...
    @property
    def code(self) -> str | None: ...
    @property
    def first_seen(self) -> Millis: ...
    @property
    def last_seen(self) -> Millis: ...
    @property
    def messages(self) -> int: ...
    @property
    def kinds(self) -> Collection[str]: ...


Unclaimed = Callable[[], Sequence[UnclaimedDevice]]
"""Where devices wait that nobody has claimed. Raises FoldspaceError when it cannot be known now."""


class ThrottledError(FoldspaceError):
    """Too many wrong codes."""

    kind = "throttled"


def read_code(typed: str) -> str:
    """Return a typed code as devices write it. Raises InvalidError."""
    code = typed.upper().translate(_READ_AS)
    if len(code) != CODE_LENGTH or not _ALPHABET.issuperset(code):
        raise InvalidError(key="claim_code_form", length=CODE_LENGTH)
    return code


def match(typed: str, waiting: Iterable[UnclaimedDevice]) -> UnclaimedDevice:
    """Return the waiting device that shows this code; how long it takes tells nothing about the codes.

    Raises InvalidError for what is no code, NotFoundError if none shows it, ConflictError if two do.
    """
    code = read_code(typed).encode()
    found = [one for one in waiting if hmac.compare_digest(_code_of(one), code)]
    if not found:
        raise NotFoundError(key="claim_code_unknown")
    if len(found) > 1:
        names = ", ".join(f"{one.site}/{one.device}" for one in found)
        raise ConflictError(key="claim_code_ambiguous", names=names)
    return found[0]


def _code_of(one: UnclaimedDevice) -> bytes:
    try:
        return read_code(one.code or "").encode()
    except InvalidError:
        return b""  # what a newcomer sent as its code is none; it can be added by name
