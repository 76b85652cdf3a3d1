"""Whatever arrives, and wherever it crashes: the books balance, nothing is stored twice, the rooms are the same."""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from services.journal.books import Books
from services.journal.records import JournalError
from services.timeseries.ports import ReadingPoint

Action = tuple[Any, ...]


def _reading(device: str, kind: str, fields: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[Action]:
    named = st.fixed_dictionaries({"boot": st.sampled_from(["b1", "b2"]), "seq": st.integers(0, 6)})
    clock = st.sampled_from([None, 0, -50, -4000, 20, 7200, 10**7, -(10**9)])
    return st.tuples(st.just("say"), st.just(device), st.just(kind), fields, st.none() | named, clock)


_SAYINGS = st.one_of(
    _reading("radar", "presence", st.fixed_dictionaries({"present": st.booleans()})),
    _reading("pir", "motion", st.fixed_dictionaries({"motion": st.booleans()})),
    _reading("cam", "count", st.fixed_dictionaries({"in": st.integers(0, 5), "out": st.integers(0, 5)})),
    _reading(
        "port",
        "charging",
        st.fixed_dictionaries(
            {"port": st.integers(0, 1), "state": st.sampled_from(["idle", "charging"]), "power_w": st.just(1.0)},
            optional={"energy_wh": st.just(2.0)},
        ),
    ),
    _reading("air", "climate", st.fixed_dictionaries({"lux": st.floats(0, 300), "co2_ppm": st.floats(400, 900)})),
    st.tuples(
        st.just("raw"),
        st.sampled_from(["fs/v1/s/dev/radar/up/presence", "fs/v1/s/dev/radar/status", "fs/x", "fs/v1/s/dev/no/ack"]),
        st.sampled_from([b"", b"\xff\x00", b"[]", b'{"online": true}', b'{"online": false}', b'{"online": 3}']),
    ),
)
_ACTIONS = st.lists(
    st.one_of(
        _SAYINGS,
        _SAYINGS,
        _SAYINGS,
        st.tuples(st.just("wait"), st.sampled_from([1, 30, 200, 1500])),
        st.tuples(st.just("turn")),
        st.tuples(st.just("crash")),
        st.tuples(st.just("work anew")),
        st.tuples(st.just("series"), st.booleans()),
        st.tuples(st.just("slow"), st.booleans()),
        st.tuples(st.just("books"), st.booleans()),
    ),
    max_size=40,
)


def _play(house: Any, actions: list[Action], crashes: bool) -> None:
    """Play a story. Everything sent is journalled at once, so that both tellings have the same arrivals."""
    house.turn()  # both begin at the same instant
    for action in actions:
        match action:
            case ("say", device, kind, fields, named, clock):
                ts = {} if clock is None else {"ts": max(0, house.clock.at + clock * 1000)}
                house.say(device, kind, **fields, **(named or {}), **ts)
                house.receive()
            case ("raw", topic, payload):
                house.link.send(topic, payload)
                house.receive()
            case ("wait", seconds):
                house.clock.advance(seconds)
            case ("turn",) if crashes:
                _turn(house)
            case ("crash",) if crashes:
                slow, writable = house.store.slow, house.ledger.writable
                house.crash()
                house.store.slow, house.ledger.writable = slow, writable
            case ("work anew",) if crashes:
                house.make_work()
            case ("series", available) if crashes:
                house.series.available = available
            case ("slow", slow) if crashes:
                house.store.slow = slow
            case ("books", writable) if crashes:
                house.ledger.writable = writable
        account = house.account
        assert account.received == account.stored + account.duplicate + account.quarantined + account.pending
        assert account.pending >= 0


def _turn(house: Any) -> None:
    """Go round once; after a fault of the books everything behind the journal is made anew, as the runner does."""
    try:
        house.turn(1)
    except JournalError:
        house.make_work()


def _settle(house: Any) -> None:
    house.series.available = house.ledger.writable = True
    house.store.slow = False
    house.turn(6)
    house.clock.advance(90)  # past the back-off of the time series
    house.turn(6)


@given(_ACTIONS)
@settings(max_examples=100)
def test_the_books_balance_and_crashes_change_nothing(make_house: Callable[[Path], Any], actions: list[Action]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        broken, whole = make_house(Path(folder) / "broken.sqlite"), make_house(Path(folder) / "whole.sqlite")
        for house in (broken, whole):
            house.series.refuses = _is_refused
        try:
            _play(broken, actions, crashes=True)
            _play(whole, actions, crashes=False)
            _settle(broken)
            _settle(whole)
            sent = sum(action[0] in ("say", "raw") for action in actions)
            account = broken.account
            assert account.pending == 0
            assert account.received == sent
            stored = _stored(broken)
            assert len(stored) == account.stored
            assert stored == _stored(whole)
            assert Books(broken.path).quarantine() == Books(whole.path).quarantine()
            named = [(p.device, p.boot, p.seq) for p in stored if p.boot is not None]
            assert len(named) == len(set(named))
            states = broken.work.states(), whole.work.states()
            assert states[0] == states[1]
            assert broken.ledger.snapshots().keys() == whole.ledger.snapshots().keys()
            for house in (broken, whole):  # who is silent is blamed once somebody listened for its whole limit
                house.clock.advance(200)
                house.turn(2)
            assert broken.account == whole.account
        finally:
            broken.close()
            whole.close()


def _is_refused(point: ReadingPoint) -> bool:
    """The time series never takes some: by what they are, so that both tellings have the same."""
    return point.seq == 5 or point.fields.get("port") == 1


def _stored(house: Any) -> list[Any]:
    found = [p for space in ("hall", "b") for p in house.series.readings("s", space, 0, 2**60, 10_000)]
    return sorted(found, key=lambda p: p.journal_id)
