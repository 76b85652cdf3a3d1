"""Random streams and tokens derived from names, so that no actor's luck depends on another's."""

import random
from hashlib import blake2b


def _digest(names: tuple[object, ...], size: int) -> bytes:
    return blake2b("\x1f".join(str(name) for name in names).encode(), digest_size=size).digest()


def stream(*names: object) -> random.Random:
    """Return the random stream of these names: the same names, the same numbers, in every process."""
    return random.Random(int.from_bytes(_digest(names, 8), "big"))


def token(*names: object) -> str:
    """Return eight hexadecimal digits that stand for these names."""
    return _digest(names, 4).hex()
