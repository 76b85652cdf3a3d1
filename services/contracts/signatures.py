"""Signed messages: how a device proves its name through a broker that is not ours.

The last member of the JSON object is `"sig":"<64 hex digits>"`, the HMAC-SHA256 over topic, a newline and the payload
without that member and its comma. The topic is signed with it, so that a message cannot be moved to another name.

Only the signature's own member may be spaced freely: JSON whitespace after its comma, around its colon, before the
closing brace and after it is not signed. Everything else is signed byte for byte as it is sent.

A signature says who, not when. An old message sent again is recognised by `boot` and `seq` as a duplicate; a signed
device must therefore send both with every reading.
"""

import hashlib
import hmac
import re

from services.contracts.errors import PayloadError, TopicError

_MEMBER = b'"sig"'
_WHITESPACE = b" \t\r\n"
_REST = re.compile(rb'"sig"[ \t\r\n]*:[ \t\r\n]*"([0-9a-fA-F]{64})"[ \t\r\n]*\}[ \t\r\n]*')


def sign(key: bytes, topic: str, payload: bytes) -> bytes:
    """Return `payload` with its signature as the last member.

    `key` should be 16 random bytes or more. Raises PayloadError if the payload is no JSON object by its braces or is
    signed already, TopicError for a topic with a line break.
    """
    if "\n" in topic:
        raise TopicError(f"topic {topic!r}: expected no line break in a signed message's topic")
    body = payload.rstrip(_WHITESPACE)
    if not body.lstrip(_WHITESPACE).startswith(b"{") or not body.endswith(b"}"):
        raise PayloadError("cannot be signed: expected a JSON object")
    if _split(body) is not None:
        raise PayloadError("cannot be signed: expected a payload without a signature")
    inside = body[:-1]
    comma = b"" if _is_empty(inside) else b","
    return b'%s%s"sig":"%s"}' % (inside, comma, _digest(key, topic, inside).hex().encode())


def verify(key: bytes, topic: str, payload: bytes) -> bool:
    """Tell whether `payload` carries the signature of `key` for `topic`. Takes the same time for any wrong one."""
    split = _split(payload)
    if split is None or "\n" in topic:
        return False
    inside, claimed = split
    return hmac.compare_digest(_digest(key, topic, inside), claimed)


def _split(payload: bytes) -> tuple[bytes, bytes] | None:
    """Return what is signed, without its closing brace, and the signature; None if there is none at the end."""
    at = payload.rfind(_MEMBER)
    rest = _REST.fullmatch(payload, at) if at > 0 else None
    if rest is None:
        return None
    before = payload[:at].rstrip(_WHITESPACE)
    inside = before.removesuffix(b",")
    # The first member of an object has no comma before it, every other one has.
    if (inside == before) != _is_empty(inside):
        return None
    return payload[:at] if inside == before else inside, bytes.fromhex(rest[1].decode())


def _is_empty(inside: bytes) -> bool:
    return inside.strip(_WHITESPACE) == b"{"


def _digest(key: bytes, topic: str, inside: bytes) -> bytes:
    signed = b"%s\n%s}" % (topic.encode(), inside)
    return hmac.new(key, signed, hashlib.sha256).digest()
