"""Passwords: the rule, the hash, and a first one that can be read out over a telephone."""

import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from services.contracts.errors import InvalidError

MIN_LENGTH = 8
MAX_LENGTH = 1024
"""More only costs time to hash."""

_READABLE = "abcdefghjkmnpqrstuvwxyz23456789"  # nothing that looks like something else


class Passwords:
    """Hashes and checks passwords with argon2id.

    The cost is OWASP's minimum for argon2id. The library's default takes 64 MiB a sign-in, which a small community
    server with a few people at the door at once does not have.
    """

    def __init__(self, *, time_cost: int = 2, memory_kib: int = 19_456) -> None:
        self._hasher = PasswordHasher(time_cost=time_cost, memory_cost=memory_kib, parallelism=1)
        self._nobody: str | None = None

    def hash(self, password: str) -> str:
        """Return the hash to keep. Raises InvalidError for a password against the rule."""
        if not MIN_LENGTH <= len(password) <= MAX_LENGTH:
            raise InvalidError(key="password_length", least=MIN_LENGTH, most=MAX_LENGTH, count=len(password))
        if not _can_be_typed(password):
            raise InvalidError(key="password_characters")
        return self._hasher.hash(password)

    def verify(self, kept: str | None, password: str) -> bool:
        """Tell whether the password is the kept one. None, for nobody, costs as much and is never right."""
        if len(password) > MAX_LENGTH or not _can_be_typed(password):
            return False
        try:
            return self._hasher.verify(kept or self._hash_of_nobody(), password) and kept is not None
        except (VerificationError, InvalidHashError):
            return False

    def _hash_of_nobody(self) -> str:
        if self._nobody is None:
            self._nobody = self._hasher.hash(secrets.token_urlsafe())
        return self._nobody


def _can_be_typed(password: str) -> bool:
    """Tell whether it is made of whole characters: JSON can bring halves of one, which have no bytes to hash."""
    try:
        password.encode()
    except UnicodeEncodeError:
        return False
    return True


def readable_password() -> str:
    """Return a random password such as `k7mp-x2hd-9rqa` (59 bits)."""
    return "-".join("".join(secrets.choice(_READABLE) for _ in range(4)) for _ in range(3))
