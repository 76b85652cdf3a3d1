"""Signs webhooks as the Standard Webhooks specification says, so that receivers verify them with any of its libraries.

`webhook-signature` holds one `v1,` signature for each secret in force: HMAC-SHA256 over `id.timestamp.body`.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Iterable

_PREFIX = "whsec_"
_BYTES = 32


def new_secret() -> str:
    """Return a new signing secret."""
    return _PREFIX + base64.b64encode(secrets.token_bytes(_BYTES)).decode()


def headers(id: str, timestamp_s: int, body: bytes, keys: Iterable[str]) -> dict[str, str]:
    """Return the three headers of a webhook. `timestamp_s`: when it is sent, in seconds since the epoch."""
    signed = " ".join(f"v1,{_signature(key, id, timestamp_s, body)}" for key in keys)
    return {"webhook-id": id, "webhook-timestamp": str(timestamp_s), "webhook-signature": signed}


def unsubscribe_token(secret: str, subscription: str) -> str:
    """Return what the link carries by which a reader unsubscribes without signing in."""
    return hmac.new(_key(secret), f"unsubscribe|{subscription}".encode(), hashlib.sha256).hexdigest()[:40]


def may_unsubscribe(secret: str, subscription: str, token: str) -> bool:
    """Tell whether a link is ours. Takes the same time for any wrong one."""
    return hmac.compare_digest(unsubscribe_token(secret, subscription).encode(), token.encode(errors="replace"))


def _signature(secret: str, id: str, timestamp_s: int, body: bytes) -> str:
    signed = b"%s.%d.%s" % (id.encode(), timestamp_s, body)
    return base64.b64encode(hmac.new(_key(secret), signed, hashlib.sha256).digest()).decode()


def _key(secret: str) -> bytes:
    return base64.b64decode(secret.removeprefix(_PREFIX))
