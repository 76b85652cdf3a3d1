"""The hub: resume without loss, or one resync; and the stream over it."""

import asyncio
import json
from collections.abc import Callable
from contextlib import aclosing
from typing import Any

import pytest
from httpx import ASGITransport, AsyncClient
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry

from services.api.identity import COOKIE
from services.api.stream import Event, Hub, Pass, Place
from services.api.watch import Watch
from services.catalogue.people import Role
from services.kit.database import DatabaseUnavailableError

V1 = "/api/v1"


def _publish(hub: Hub, *numbers: int) -> None:
    for number in numbers:
        hub.publish("space_state", lambda language, number=number: {"n": number, "lang": language})


async def _read(hub: Hub, place: Place, count: int, between: Callable[[], None] = lambda: None) -> list[Event]:
    """Read `count` events, or fewer if the hub ends them; `between` runs while the reader waits."""
    found: list[Event] = []
    async with asyncio.timeout(5), aclosing(hub.follow(place)) as events:
        asyncio.get_running_loop().call_soon(between)
        async for event in events:
            found.append(event)
            if len(found) == count:
                break
    return found


def _numbers(events: list[Event]) -> list[int]:
    return [json.loads(event.data("zh"))["n"] for event in events if event.name != "resync"]


def test_a_new_reader_gets_what_is_new() -> None:
    hub = Hub()
    _publish(hub, 1, 2)
    place = hub.place()
    _publish(hub, 3)  # between the request and the first byte of the answer
    assert _numbers(asyncio.run(_read(hub, place, 2, lambda: _publish(hub, 4)))) == [3, 4]


def test_resuming_within_the_ring_loses_nothing() -> None:
    hub = Hub(ring=10)
    _publish(hub, *range(1, 6))
    [first, *_] = asyncio.run(_read(hub, hub.place(_id_of(hub, 0)), 5))
    resumed = asyncio.run(_read(hub, hub.place(first.id), 4))
    assert _numbers(resumed) == [2, 3, 4, 5]


def _id_of(hub: Hub, number: int) -> str:
    return f"{hub.place().epoch}-{number}"


@pytest.mark.parametrize(
    "last", ["", "nonsense", "00000000-1", "-", "{epoch}-x", "{epoch}-999", "{epoch}--1", "{epoch}-¹"]
)
def test_an_id_it_cannot_resume_from_gives_one_resync(last: str) -> None:
    hub = Hub(ring=10)
    _publish(hub, 1, 2, 3)
    place = hub.place(last.format(epoch=hub.place().epoch))
    events = asyncio.run(_read(hub, place, 2, lambda: _publish(hub, 4)))
    assert [event.name for event in events] == ["resync", "space_state"]
    assert _numbers(events) == [4]
    # The resync itself has an id one can resume from.
    assert _numbers(asyncio.run(_read(hub, hub.place(events[0].id), 1))) == [4]


@given(ring=st.integers(1, 20), total=st.integers(0, 60), last=st.integers(0, 60))
def test_resume_is_whole_or_a_resync(ring: int, total: int, last: int) -> None:
    hub = Hub(ring=ring)
    _publish(hub, *range(1, total + 1))
    place = hub.place(_id_of(hub, last))
    if total - ring <= last <= total:
        assert not place.resync
        missed = list(range(last + 1, total + 1))
        assert _numbers(asyncio.run(_read(hub, place, len(missed)))) == missed if missed else True
    else:
        assert place == Place(place.epoch, total, resync=True)


def test_a_reader_the_ring_has_passed_is_dropped_and_comes_back() -> None:
    registry = CollectorRegistry()
    hub = Hub(registry, ring=3)
    place = hub.place()
    _publish(hub, *range(1, 9))
    assert asyncio.run(_read(hub, place, 1)) == []
    assert registry.get_sample_value("foldspace_stream_dropped_total") == 1
    assert hub.place(f"{place.epoch}-{place.number}").resync


def test_a_new_epoch_resyncs_those_who_follow() -> None:
    hub = Hub()
    old = hub.place()

    def broker_back() -> None:
        hub.restart()
        _publish(hub, 7)

    events = asyncio.run(_read(hub, old, 1, broker_back))
    assert [event.name for event in events] == ["resync"]
    assert hub.place().epoch != old.epoch


def test_closing_ends_every_stream() -> None:
    hub = Hub()
    assert asyncio.run(_read(hub, hub.place(), 1, hub.close)) == []


def test_readers_leave_no_trace() -> None:
    registry = CollectorRegistry()
    hub = Hub(registry)
    asyncio.run(_read(hub, hub.place(), 1, lambda: _publish(hub, 1)))
    assert registry.get_sample_value("foldspace_stream_readers") == 0


def test_an_event_is_rendered_once_for_each_language() -> None:
    asked: list[str] = []
    hub = Hub()
    place = hub.place()
    hub.publish("alert", lambda language: asked.append(language) or {})
    [event] = asyncio.run(_read(hub, place, 1))
    assert [event.data("zh"), event.data("zh"), event.data("en")] == ["{}", "{}", "{}"]
    assert asked == ["zh", "en"]


def _stream(house, query: str = "", headers: dict[str, str] | None = None) -> list[dict[str, str]]:
    """Read the stream until it ends; the test closes the hub first, so it ends with what is in the ring."""
    answer = house.client.get(f"{V1}/stream?lang=en{query}", headers={**house.as_("viewer"), **(headers or {})})
    assert answer.headers["content-type"].startswith("text/event-stream")
    blocks = [block for block in answer.text.replace("\r\n", "\n").split("\n\n") if "event:" in block]
    return [dict(line.split(": ", 1) for line in block.split("\n") if not line.startswith(":")) for block in blocks]


def test_the_stream_says_what_the_lists_say(house) -> None:
    house.book()
    first = house.deps.live.hub.place()
    house.hear()
    decision = house.deps.operations.check_in("b1", "user:li", house.clock.now())
    house.tell(decision.id)
    viewer = house.as_("viewer")
    listed = house.client.get(f"{V1}/spaces?lang=en", headers=viewer).json()["items"]
    [made, *_] = house.client.get(f"{V1}/decisions?lang=en", headers=viewer).json()["items"]

    async def read() -> list[Event]:
        return await _read(house.deps.live.hub, first, 4)

    seen = [(event.name, json.loads(event.data("en"))) for event in asyncio.run(read())]
    assert seen[0][0] == "space_state"
    assert ("decision", made) in seen
    # The hall is made of the room, so its view changed with the decision too.
    last = {data["space"]: data for name, data in seen if name == "space_state"}
    assert last == {item["space"]: item for item in listed if item["space"] in {"hall", "room-a"}}


def test_a_stream_over_http_resumes_and_ends_when_the_house_closes(house) -> None:
    hub = house.deps.live.hub
    start = f"{hub.place().epoch}-0"
    house.hear()
    events = _stream_until_closed(house, {"Last-Event-ID": start})
    assert [event["event"] for event in events] == ["space_state"]
    assert events[0]["id"] == f"{hub.place().epoch}-1"
    assert json.loads(events[0]["data"])["space"] == "room-a"


def test_clients_that_cannot_set_headers_resume_too(house) -> None:
    start = f"{house.deps.live.hub.place().epoch}-0"
    house.hear()
    assert len(_stream_until_closed(house, {}, f"&after={start}")) == 1


def test_one_resync_for_an_id_of_another_life(house) -> None:
    house.hear()
    events = _stream_until_closed(house, {"Last-Event-ID": "deadbeef-1"})
    assert [event["event"] for event in events] == ["resync"]


def _stream_until_closed(house, headers: dict[str, str], query: str = "") -> list[dict[str, str]]:
    hub = house.deps.live.hub
    follow = hub.follow

    async def follow_then_close(place: Place, may: Pass):
        async with aclosing(follow(place, may)) as events:
            asyncio.get_running_loop().call_later(0.05, hub.close)
            async for event in events:
                yield event

    hub.follow = follow_then_close
    return _stream(house, query, headers)


def test_what_cannot_be_read_is_counted(house) -> None:
    house.deps.live.receive("fs/v1/lane/space/room-a/state", b"not json")
    house.deps.live.receive("fs/v1/lane/events/alert", b"{}")
    house.deps.live.receive("somewhere/else", b"{}")
    count = house.deps.registry.get_sample_value
    assert count("foldspace_api_rejected_total", {"topic": "state"}) == 1
    assert count("foldspace_api_rejected_total", {"topic": "alert"}) == 1
    assert count("foldspace_api_rejected_total", {"topic": "other"}) == 1
    assert house.deps.live.level.newest() is None


def test_a_repeated_or_older_state_is_no_news(house) -> None:
    hub = house.deps.live.hub
    house.hear()
    house.hear()
    house.hear("vacant", as_of=house.clock.now() - 1)
    assert hub.place().number == 1
    [item] = [s for s in house.client.get(f"{V1}/spaces", headers=house.as_("viewer")).json()["items"] if s["state"]]
    assert item["state"]["occupancy"] == "occupied"


def test_a_review_ends_the_streams_of_those_who_may_no_longer_follow() -> None:
    registry = CollectorRegistry()
    hub, may = Hub(registry), {"li": True, "wang": True}
    found: dict[str, list[int]] = {"li": [], "wang": [], "anybody": []}

    async def read(name: str) -> None:
        async for event in hub.follow(hub.place(), (lambda: may[name]) if name in may else None):
            found[name].extend(_numbers([event]))

    async def meet() -> None:
        readers = {name: asyncio.create_task(read(name)) for name in found}
        await asyncio.sleep(0)
        assert hub.review() == 0
        may["li"] = False
        assert await asyncio.to_thread(hub.review) == 1
        async with asyncio.timeout(5):
            await readers["li"]
            _publish(hub, 1, 2)
            while len(found["wang"]) < 2:
                await asyncio.sleep(0)
            may["wang"] = False
            assert await asyncio.to_thread(hub.review) == 1
            await readers["wang"]
            hub.close()
            await readers["anybody"]

    asyncio.run(meet())
    assert found == {"li": [], "wang": [1, 2], "anybody": [1, 2]}
    assert registry.get_sample_value("foldspace_stream_over_total") == 2
    assert registry.get_sample_value("foldspace_stream_readers") == 0


def test_a_database_that_is_away_ends_no_stream() -> None:
    hub = Hub()

    def away() -> bool:
        raise DatabaseUnavailableError("database: does not answer")

    async def meet() -> None:
        async with aclosing(hub.follow(hub.place(), away)) as events:
            reading = asyncio.create_task(anext(events))
            await asyncio.sleep(0)
            assert hub.review() == 0
            _publish(hub, 1)
            assert _numbers([await reading]) == [1]

    asyncio.run(meet())


def _session(house, role: Role = "steward") -> dict[str, str]:
    house.deps.people.add_user("li", "a good password", role)
    principal = house.deps.people.authenticate("li", "a good password")
    return {"Cookie": f"{COOKIE}={house.deps.people.open_session(principal, house.machine.now(), 3600)}"}


def _another_session_ends_this(house) -> None:
    [mine] = house.deps.people.sessions_of("li", house.machine.now())
    house.deps.people.end_session("li", mine.id)


WAYS: dict[str, Callable[[Any], object]] = {
    "signed out": _another_session_ends_this,
    "a new password": lambda house: house.deps.people.set_password("li", "another password"),
    "removed": lambda house: house.deps.people.remove_user("li"),
    "another role": lambda house: house.deps.people.change_user("li", role="viewer"),
    "in charge elsewhere": lambda house: house.deps.people.change_user("li", spaces=["lane/tea"]),
    "its time is over": lambda house: house.machine.advance(3600),
    "revoked": lambda house: house.deps.people.revoke_token("token-viewer"),
    "nothing": lambda _house: None,
    "another language": lambda house: house.deps.people.change_user("li", language="en"),
}


@pytest.mark.parametrize("way", WAYS)
def test_an_open_stream_does_not_outlive_what_opened_it(house, way: str) -> None:
    headers = house.as_("viewer") if way == "revoked" else _session(house)
    watch, hub = Watch(house.deps), house.deps.live.hub
    ends = way not in ("nothing", "another language")

    def followed() -> float | None:
        return house.deps.registry.get_sample_value("foldspace_stream_readers")

    async def follow() -> int:
        transport = ASGITransport(house.client.app)
        async with asyncio.timeout(10), AsyncClient(transport=transport, base_url="http://testserver") as client:
            stream = asyncio.create_task(client.get(f"{V1}/stream", headers=headers))
            while not followed():
                await asyncio.sleep(0)
            assert await asyncio.to_thread(watch.review) == 0
            WAYS[way](house)
            ended = await asyncio.to_thread(watch.review)
            assert ended == int(way == "its time is over"), "it looks every quarter of a minute, not always"
            house.machine.advance(15)
            assert ended + await asyncio.to_thread(watch.review) == int(ends)
            if not ends:
                assert followed() == 1
                hub.close()
            answer = await stream
            assert answer.status_code == 200
            return (await client.get(f"{V1}/session", headers=headers)).status_code

    still_known = not ends or way in ("another role", "in charge elsewhere")
    assert asyncio.run(follow()) == (200 if still_known else 401)
