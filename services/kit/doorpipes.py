"""How bytes pass through the front door: reading until there is enough, copying, ending both sides together."""

import asyncio
import contextlib
from collections.abc import Callable, Coroutine
from typing import Any

from services.kit import doorframes as mqtt


async def read_until(reader: asyncio.StreamReader, data: bytes, enough: Callable[[bytes], bool], at_most: int) -> bytes:
    """Read on after `data` until it is enough, more than `at_most` bytes, or the end."""
    while len(data) < at_most and not enough(data):
        more = await reader.read(65536)
        if not more:
            break
        data += more
    return data


async def copy(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    """Pass bytes on as they are until the source ends."""
    while data := await source.read(65536):
        sink.write(data)
        await sink.drain()


async def say_goodbye(back: asyncio.StreamWriter, level: int, reason: int) -> None:
    """Tell the peer why the connection ends, if it is still there to be told."""
    with contextlib.suppress(OSError):
        back.write(mqtt.goodbye(level, reason))
        await back.drain()


async def until_one_ends(inner: asyncio.StreamWriter, *ways: Coroutine[Any, Any, None]) -> None:
    """Run all ways of a connection until the first ends, then end the others and the inner connection.

    Raises what a way failed with, unless that is a side that went away.
    """
    tasks = [asyncio.ensure_future(way) for way in ways]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        inner.close()
    for result in results:
        if isinstance(result, Exception) and not isinstance(result, OSError):
            raise result
