"""The lease over SQLite and PostgreSQL: of two schedulers one acts, and one that was paused cannot any more."""

import threading
import time
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from prometheus_client import CollectorRegistry

from services.bookings import machine
from services.bookings.leases import FencedError
from services.bookings.leasestore import LeaseStore, database_clock
from services.bookings.reasons import Why
from services.bookings.records import Booking, BookingState
from services.bookings.store import BookingStore
from services.commands.outbox import CommandOutbox
from services.contracts.names import DAY, HOUR, MINUTE, Millis
from services.kit.clock import ManualClock
from services.kit.database import DatabaseUnavailableError
from services.scheduler.core import Core
from services.scheduler.lease import Leadership
from services.scheduler.places import Places
from services.scheduler.rooms import RoomWatch
from tests.unit.scheduler.stories import a_booking, a_community, a_state, at

LEASE_S = 15.0
NINE: Millis = 20_000 * DAY + 9 * HOUR
WHY = Why("test/1")


class Machine:
    """A scheduler's own view of leases and bookings, with connections of its own, and what it counted."""

    def __init__(self, engine: sa.Engine, name: str, clock: ManualClock) -> None:
        self.engine = sa.create_engine(engine.url) if engine.dialect.name == "postgresql" else engine
        self.registry = CollectorRegistry()
        self.leadership = Leadership(
            LeaseStore(self.engine, lambda _: clock.now()), name, LEASE_S, self.registry, lambda: clock.now() / 1000
        )
        self.people = BookingStore(self.engine, lambda _site, space: frozenset({space}))
        self.store = self.people.fenced(self.leadership.fence)

    def warn(self) -> None:
        self.store.commit(machine.warn(self.store.booking("b1"), NINE, NINE + MINUTE, WHY))

    def fenced(self) -> float | None:
        return self.registry.get_sample_value("foldspace_scheduler_fenced_total")


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(1_772_499_600_000)


@pytest.fixture
def two(engine: sa.Engine, clock: ManualClock) -> Iterator[tuple[Machine, Machine]]:
    """Two schedulers over one database, and a booking to decide about."""
    machines = Machine(engine, "one", clock), Machine(engine, "two", clock)
    machines[0].people.book(Booking("b1", "wuhan", "tea", "组", "茶", 5, NINE, NINE + HOUR), "user:wang", NINE)
    yield machines
    for one in machines:
        one.engine.dispose()


def test_one_leads_and_the_other_stands_by(two: tuple[Machine, Machine], clock: ManualClock) -> None:
    one, other = two
    assert (one.leadership.seek(), other.leadership.seek()) == (True, False)
    with pytest.raises(FencedError, match="stands by"):
        other.warn()
    for _ in range(10):  # who renews in time leads on
        clock.advance(LEASE_S / 2)
        one.leadership.hold()
        assert not other.leadership.seek()
    one.warn()
    assert other.people.booking("b1").state is BookingState.WARNED


def test_a_paused_leader_that_wakes_up_changes_nothing_and_steps_down(
    two: tuple[Machine, Machine], clock: ManualClock
) -> None:
    one, other = two
    assert one.leadership.seek()
    clock.advance(LEASE_S)  # paused
    assert other.leadership.seek()
    before = other.people.decisions()
    with pytest.raises(FencedError, match="token 1: another one leads by now"):
        one.warn()
    with pytest.raises(FencedError):
        one.store.remember_press("button/x/1", NINE)
    with pytest.raises(FencedError) as found:
        one.leadership.hold()
    one.leadership.lost(found.value)
    assert (other.people.decisions(), other.people.pressed("button/x/1")) == (before, False)
    assert (one.fenced(), one.leadership.leads, one.leadership.seek()) == (1, False, False)
    other.warn()
    one.people.commit(machine.keep(one.people.booking("b1"), NINE, WHY))  # people need no token


def test_a_lease_that_ran_out_and_that_nobody_took_is_held_on(two: tuple[Machine, Machine], clock: ManualClock) -> None:
    one, other = two
    assert one.leadership.seek()
    clock.advance(10 * LEASE_S)
    one.warn()
    one.leadership.hold()
    assert not other.leadership.seek()


def test_who_ends_properly_keeps_nobody_waiting(two: tuple[Machine, Machine]) -> None:
    one, other = two
    assert one.leadership.seek()
    one.leadership.resign()
    assert other.leadership.seek()
    with pytest.raises(FencedError):
        one.warn()


def test_commands_of_a_scheduler_that_no_longer_leads_are_not_queued(
    two: tuple[Machine, Machine], clock: ManualClock
) -> None:
    one, other = two
    sent: list[str] = []
    outbox = CommandOutbox(one.engine, lambda topic, _: sent.append(topic), clock, fence=one.leadership.fence)
    assert one.leadership.seek()
    outbox.queue("wuhan", "door", "unlock", decision="d1")
    clock.advance(LEASE_S)
    assert other.leadership.seek()
    with pytest.raises(FencedError):
        outbox.queue("wuhan", "door", "unlock", decision="d2")
    with pytest.raises(FencedError):
        outbox.pump(clock.now())
    assert sent == []


def test_a_look_of_a_leader_that_was_replaced_ends_with_the_refusal(engine: sa.Engine, clock: ManualClock) -> None:
    places = Places(a_community())
    one, other = (Leadership(LeaseStore(engine, lambda _: clock.now()), n, LEASE_S, CollectorRegistry()) for n in "ab")
    store = BookingStore(engine, places.claims)
    store.book(a_booking(), "user:wang", at("08:30"))
    core = Core(store.fenced(one.fence), RoomWatch(None), lambda: places)
    core.rooms.hear(a_state("rongqu", "vacant", at("08:50")))
    assert one.seek()
    clock.advance(LEASE_S)
    assert other.seek()
    with pytest.raises(FencedError):
        core.step(at("09:12"))
    assert store.booking("b1").state is BookingState.BOOKED


def test_of_many_that_start_at_once_one_leads(engine: sa.Engine) -> None:
    begin, leases = threading.Barrier(8), []

    def start(name: str) -> None:
        begin.wait()
        leases.append(LeaseStore(engine).take(name, 15_000))

    threads = [threading.Thread(target=start, args=(f"s{number}",)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [lease.token for lease in leases if lease is not None] == [1]
    held, now = LeaseStore(engine).current()
    assert held is not None
    assert held.renewed_at <= now < held.expires


class Successor:
    """Takes the lease over while the leader before is in the middle of a change."""

    def __init__(self, engine: sa.Engine) -> None:
        self._leases = LeaseStore(engine)
        self.leadership = Leadership(self._leases, "one", LEASE_S, CollectorRegistry())
        assert self.leadership.seek()
        self.order: list[str] = []
        self._thread = threading.Thread(target=self._take_over)

    def _take_over(self) -> None:
        # Under the same name it need not wait for the lease to run out.
        assert self._leases.take("one", 15_000) is not None
        self.order.append("taken over")

    def interrupts(self, connection: sa.Connection, wait_s: float) -> None:
        """Begin to take over in a transaction that has passed the fence, and wait for it for so long."""
        self.leadership.fence(connection)
        self._thread.start()
        self._thread.join(wait_s)
        self.order.append("written")

    def end(self) -> None:
        self._thread.join(10)


def test_nobody_takes_over_while_a_change_is_being_written(engine: sa.Engine) -> None:
    """Else the next leader would look before the change, and both would act on the same booking."""
    store = BookingStore(engine, lambda _site, space: frozenset({space}))
    successor = Successor(engine)
    store.fenced(lambda connection: successor.interrupts(connection, 0.3)).remember_press("button/x/1", NINE)
    successor.end()
    assert successor.order == ["written", "taken over"]
    with pytest.raises(FencedError):
        store.fenced(successor.leadership.fence).remember_press("button/x/2", NINE)


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
def test_a_leader_paused_in_the_middle_of_a_change_holds_nobody_up(engine: sa.Engine) -> None:
    """PostgreSQL ends its session. With SQLite it holds the one lock of the file until it goes on, and all wait."""
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SHOW idle_in_transaction_session_timeout").scalar_one() == "15s"
    store = BookingStore(engine, lambda _site, space: frozenset({space}))
    successor = Successor(engine)

    def paused(connection: sa.Connection) -> None:
        connection.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = '100ms'")
        successor.interrupts(connection, 10)

    with pytest.raises(DatabaseUnavailableError):
        store.fenced(paused).remember_press("button/x/1", NINE)
    assert successor.order == ["taken over", "written"]
    assert not store.pressed("button/x/1")


def test_the_database_tells_real_time(engine: sa.Engine) -> None:
    with engine.connect() as connection:
        told = database_clock(connection)
    assert abs(told - time.time_ns() // 1_000_000) < 5_000
