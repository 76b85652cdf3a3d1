"""The example of docs/webhooks.md verifies what the courier signs, and nothing else."""

import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from services.notices.signing import headers, new_secret

PAGE = (Path(__file__).parents[3] / "docs" / "webhooks.md").read_text(encoding="utf-8")


def _verify() -> Callable[..., bool]:
    match = re.search(r"```python\n(.*?)```", PAGE, re.DOTALL)
    assert match
    names: dict[str, Any] = {}
    exec(match[1], names)
    verify: Callable[..., bool] = names["verify"]
    return verify


def test_the_example_verifies_our_signatures() -> None:
    verify, secret, before, body = _verify(), new_secret(), new_secret(), b'{"type":"test","data":{}}'
    now = int(time.time())
    signed = headers("msg_1", now, body, [secret, before])
    assert verify(secret, signed, body)
    assert verify(before, signed, body)
    assert not verify(new_secret(), signed, body)
    assert not verify(secret, signed, body + b" ")
    assert not verify(secret, {**signed, "webhook-id": "msg_2"}, body)
    assert not verify(secret, headers("msg_1", now - 400, body, [secret]), body)
