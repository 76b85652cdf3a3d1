"""Handles and codes: short, random, and without letters that are taken for others when read aloud or copied by hand."""

import hashlib
import hmac
import secrets

from services.contracts.names import HANDLE_DRAWN, HANDLE_LETTERS, HANDLE_PREFIX

CODE_LETTERS = 8
"""Of 25 letters: 37 bits, against a handful of guesses an hour."""
_SCRYPT_N = 2**14
"""16 MiB and some 40 ms: what a thief of the table pays for each guess."""


def new_handle() -> str:
    """Return a handle such as `R-K7M4PX`; it says nothing about the person."""
    return HANDLE_PREFIX + _letters(HANDLE_DRAWN)


def new_code() -> str:
    """Return a code that lets a resident in on another device, such as `K7M4-PX9C`."""
    code = _letters(CODE_LETTERS)
    return f"{code[:4]}-{code[4:]}"


def code_hash(identifier: str, code: str) -> str:
    """Return what is kept of a code.

    Salted with what its owner types beside it, so that one reckoning answers whether anybody is meant, and takes as
    long when nobody is.
    """
    typed = "".join(letter for letter in code.upper() if letter.isalnum())
    return hashlib.scrypt(
        typed.encode(errors="replace"), salt=identifier.encode(errors="replace"), n=_SCRYPT_N, r=8, p=1, dklen=32
    ).hex()


def same(kept: str, offered: str) -> bool:
    """Compare two hashes in a time that does not tell where they differ."""
    return hmac.compare_digest(kept, offered)


def _letters(count: int) -> str:
    return "".join(secrets.choice(HANDLE_LETTERS) for _ in range(count))
