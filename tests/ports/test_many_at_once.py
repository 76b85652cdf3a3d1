"""Two hundred clients at once, at one API process and at two: no space is promised twice, and nothing fails."""

import http.client
import itertools
import json
import random
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from services.bookings import grid, machine, tables
from services.bookings.holding import keys
from services.bookings.reasons import Why
from services.bookings.records import Booking, BookingState, Offer, OfferState, Request
from services.cli.records import Records, open_records
from services.contracts.community import parse_community
from services.contracts.errors import ConflictError
from services.contracts.instants import to_rfc3339
from services.contracts.names import DAY, HOUR, MINUTE, Millis
from services.kit.clock import WallClock
from services.kit.settings import Settings
from tests.ports.conftest import new_database
from tests.servers import Foldspace, free_port

CLIENTS = 200
SPACES = ("hall", "east", "west", "tea")
COMMUNITY = parse_community(
    {
        "sites": [{"id": "lane", "name": "里弄社区", "timezone": "Asia/Shanghai"}],
        "spaces": [
            {"id": "hall", "site": "lane", "name": "大厅", "capacity": 40, "parts": ["east", "west"]},
            *({"id": id, "site": "lane", "name": id, "capacity": 40} for id in SPACES[1:]),
        ],
    },
    "test",
)
WHY = Why("test/1")


class Office:
    """Two API processes over one database, and the stores behind them."""

    def __init__(self, folder: Path, database: str) -> None:
        self.records: Records = open_records(Settings(db_url=database))
        self.records.catalogue_store.import_community(COMMUNITY)
        self._headers = {"Authorization": f"Bearer {self.records.people.issue_token('test', 'admin')}"}
        env = {"FOLDSPACE_DB_URL": database, "FOLDSPACE_DATA": str(folder / "data")}
        env["FOLDSPACE_MQTT_URL"] = f"mqtt://127.0.0.1:{free_port()}"  # nobody is there: booking needs no broker
        self.ports = [free_port(), free_port()]
        self.processes = [
            Foldspace("api", env={**env, "FOLDSPACE_HTTP": f"127.0.0.1:{port}"}, log=folder / f"api-{port}.log")
            for port in self.ports
        ]
        for process in self.processes:
            process.wait_for("ready http")
        self._days = itertools.count(2)

    def an_hour(self) -> Millis:
        """Return an hour nobody has used yet."""
        now = WallClock().now()
        return now - now % DAY + next(self._days) * DAY

    def post(self, port: int, path: str, body: object = None) -> tuple[int, Any]:
        """Post as a client with a connection of its own; return status and answer."""
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        try:
            headers = {**self._headers, "Content-Type": "application/json"}
            connection.request("POST", f"/api/v1{path}", None if body is None else json.dumps(body), headers)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        finally:
            connection.close()

    def stop(self) -> None:
        for process in self.processes:
            process.stop()
        self.records.close()


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def office(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    folder = tmp_path_factory.mktemp("office")
    database = f"sqlite:///{folder / 'foldspace.sqlite'}"
    if request.param == "postgresql":
        database = new_database(request.getfixturevalue("postgresql_server"))
    office = Office(folder, database)
    yield office
    office.stop()


def at_once(count: int, act: Callable[[int], tuple[int, Any]]) -> list[tuple[int, Any]]:
    """Let so many clients act at one moment; return what each was answered."""
    begin, answers = threading.Barrier(count), list[tuple[int, Any]]()

    def client(number: int) -> None:
        begin.wait()
        answers.append(act(number))

    threads = [threading.Thread(target=client, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == count  # a client that failed said nothing
    return answers


def wish(space: str, start: Millis, end: Millis, number: int) -> dict[str, object]:
    group = f"组{number}"
    return {
        "site": "lane", "space": space, "group": group, "people": 5, "start": to_rfc3339(start), "end": to_rfc3339(end),
    }  # fmt: skip


@pytest.mark.parametrize("processes", [1, 2])
def test_of_two_hundred_who_book_one_slot_one_gets_it(office: Office, processes: int) -> None:
    start = office.an_hour()
    answers = at_once(
        CLIENTS,
        lambda n: office.post(
            office.ports[n % processes], "/bookings", wish(SPACES[n % 3], start, start + HOUR, n)
        ),
    )  # fmt: skip
    booked = {body["space"] for status, body in answers if status == 201}
    assert booked in ({"hall"}, {"east"}, {"west"}, {"east", "west"})
    assert Counter(status for status, _ in answers) == {201: len(booked), 409: CLIENTS - len(booked)}


def test_of_two_hundred_who_take_one_offer_one_booking_comes(office: Office) -> None:
    start = office.an_hour()
    request = Request(f"r{start}", "lane", "书友会", "读书", 6, 60, start, start + HOUR, WallClock().now())
    office.records.bookings.add_request(request)
    status, offer = office.post(office.ports[0], "/offers", {"request": request.id, "space": "tea"})
    assert status == 201
    answers = at_once(CLIENTS, lambda n: office.post(office.ports[n % 2], f"/offers/{offer['id']}/take"))
    assert {status for status, _ in answers} <= {200, 409}
    # Who asks again after it was taken is told of the one decision that took it.
    assert len({body["id"] for status, body in answers if status == 200}) == 1
    assert [one.group for one in office.records.bookings.bookings("lane", "tea", start, start + HOUR)] == ["书友会"]


def test_of_checking_in_and_being_released_one_comes_first(office: Office) -> None:
    store, now = office.records.bookings, WallClock().now()
    start = grid.floor(now) - HOUR
    status, booked = office.post(office.ports[0], "/bookings", wish("tea", start, start + 3 * HOUR, 0))
    assert status == 201
    store.commit(machine.warn(store.booking(booked["id"]), now, now, WHY))
    released = list[bool]()

    def act(number: int) -> tuple[int, Any]:
        if number % 4:
            return office.post(office.ports[number % 2], f"/bookings/{booked['id']}/check-in")
        try:
            store.commit(machine.release(store.booking(booked["id"]), now, WHY))
        except ConflictError:
            return 409, None
        released.append(True)
        return 200, None

    answers = at_once(CLIENTS, act)
    assert {status for status, _ in answers} <= {200, 409}
    found = store.booking(booked["id"])
    assert found.state is BookingState.IN_USE  # also after a release: then they have it back
    assert (found.released_at is not None, found.reclaimed_at is not None) == (bool(released), bool(released))
    kinds = [one.kind for one in store.decisions("lane", "tea") if one.booking == booked["id"]]
    assert kinds == [*(["reclaim", "release"] if released else ["check_in"]), "warn", "book"]


def test_after_a_storm_no_two_share_a_slot(office: Office) -> None:
    start, store = office.an_hour(), office.records.bookings
    known = [f"s{n}" for n in range(60)]

    def client(number: int) -> tuple[int, Any]:
        luck = random.Random(f"storm/{number}")
        worst = 0
        for _ in range(6):
            begin = start + luck.randrange(24) * 5 * MINUTE
            space, port = luck.choice(SPACES), office.ports[number % 2]
            match luck.choice(["book", "book", "move", "cancel", "wish", "offer", "take"]):
                case "book":
                    body = {**wish(space, begin, begin + 30 * MINUTE, number), "id": luck.choice(known)}
                    status, _ = office.post(port, "/bookings", body)
                case "move":
                    where = {"space": space, "start": to_rfc3339(begin)}
                    status, _ = office.post(port, f"/bookings/{luck.choice(known)}/move", where)
                case "cancel":
                    status, _ = office.post(port, f"/bookings/{luck.choice(known)}/cancel")
                case "wish":
                    asked = {
                        "id": luck.choice(known), "site": "lane", "group": f"组{number}", "people": 5,
                        "duration_min": 30, "earliest": to_rfc3339(begin), "latest_end": to_rfc3339(begin + HOUR),
                    }  # fmt: skip
                    status, _ = office.post(port, "/requests", asked)
                case "offer":
                    status, _ = office.post(port, "/offers", {"request": luck.choice(known), "space": space})
                case "take":
                    held = [one.id for one in store.offers("lane", states=[OfferState.HELD])]
                    status, _ = office.post(port, f"/offers/{luck.choice([*held, 'none'])}/take")
            worst = max(worst, status)
        return worst, None

    answers = at_once(40, client)
    assert max(status for status, _ in answers) <= 422
    assert {status for status, _ in answers} >= {409}  # it was a storm
    expect_nothing_shared(office)


def expect_nothing_shared(office: Office) -> None:
    """Whoever holds time has exactly its rows among the claims, which a key keeps apart."""
    store = office.records.bookings
    holders: list[Booking | Offer] = [*store.bookings("lane", limit=10_000), *store.offers("lane", limit=10_000)]
    held = [(key, one.id) for one in holders for key in keys(one, 0, office.records.catalogue.claims)]
    assert len({key for key, _ in held}) == len(held)
    with office.records.engine.connect() as connection:
        rows = connection.execute(sa.select(tables.claims)).all()
    in_use = {one.id for one in holders if one.state is BookingState.IN_USE}  # what was before stays as it was
    assert {((row.site, row.room, row.slot), row.holder) for row in rows if row.holder not in in_use} == {
        (key, id) for key, id in held if id not in in_use
    }
