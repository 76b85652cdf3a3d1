"""Fills a house with everything the API can tell of, so that every part of every answer has something in it."""

import json
from collections.abc import Iterator
from typing import Any

from services.api.identity import COOKIE, CSRF_HEADER, RESIDENT_COOKIE
from services.bookings import machine
from services.bookings.reasons import Why
from services.bookings.records import Change, Move, Proposal
from services.contracts.commands import Ack
from services.contracts.community import Community, parse_community
from services.contracts.events import Alert
from services.contracts.names import DAY, HOUR, MINUTE
from services.contracts.states import Charging, DeviceTally, DoorState, Evidence, RoomState
from services.journal.journal import Journal
from services.journal.learned import KEPT_AT
from services.journal.ledger import Ledger
from services.journal.lives import ClockTrack, DeviceLife, Trend
from services.journal.ranges import Ranges
from services.journal.records import Arrival, BootSequence, Checkpoint, QuarantineRow, SequenceKey, Settlement
from services.journal.unclaimed import UnclaimedDevice
from services.notices.courier import trial
from services.notices.signing import unsubscribe_token
from services.residents.records import Passkey
from services.scheduler.core import Core
from services.scheduler.places import Places
from services.scheduler.rooms import RoomWatch
from services.timeseries.ports import StatePoint
from services.twins.records import GONE, GapRepair
from tests.unit.api.conftest import COMMUNITY, NINE, SITE, House

V1 = "/api/v1"
PERSON, _PASSWORD = "zhang", "a good password"
FULL = parse_community(
    {
        "sites": [site.model_dump() for site in COMMUNITY.sites],
        "spaces": [{**space.model_dump(), "cleaning_min": 5 if space.id == "tea" else 0} for space in COMMUNITY.spaces],
        "devices": [
            {"id": "seen-a", "site": SITE, "space": "room-a", "kind": "presence"},
            {"id": "air-a", "site": SITE, "space": "room-a", "kind": "climate", "heartbeat_s": 60},
            {"id": "stuck", "site": SITE, "space": "tea", "kind": "motion"},
            {"id": "bulb", "site": SITE, "space": "tea", "kind": "presence", "codec": "zigbee2mqtt", "topic": "z2m/x"},
        ],
        "groups": [
            {"id": "readers", "site": SITE, "name": "书友会", "priority": 2, "function": "reading"},
            {"id": "choir", "site": SITE, "name": "合唱团", "weekly_quota_min": 2_000, "points": 3},
        ],
        "changeover": [{"site": SITE, "space": "hall", "from": "council", "to": "rehearsal", "minutes": 20}],
        "holidays": [
            {"id": "may", "site": SITE, "name": "劳动节", "first_day": "2026-05-01", "last_day": "2026-05-03"},
            {"id": "short", "site": SITE, "space": "tea", "name": "盘点", "first_day": "2026-04-01",
             "hours": [{"start": "09:00", "end": "12:00"}]},
        ],
        "supply": [
            {"id": "teatime", "site": SITE, "space": "tea", "owner": "wang", "functions": ["reading"], "start": "08:00",
             "end": "22:00", "approval": "host", "recall": [{"before_min": 60}], "rules": "自带杯子"},
            {"id": "evenings", "site": SITE, "space": "room-b", "owner": "zhao", "functions": ["reading"],
             "start": "08:00", "end": "22:00", "rrule": "FREQ=DAILY", "dtstart": "2026-01-01", "groups": ["readers"]},
        ],
        "standing": [
            {"id": "tales", "site": SITE, "space": "tea", "group": "茶友", "title": "评弹", "people": 8,
             "start": "19:00", "end": "20:30", "rrule": "FREQ=WEEKLY;BYDAY=FR", "dtstart": "2026-01-02"},
        ],
    },
    "test",
)  # fmt: skip
RADAR = f"fs/v1/{SITE}/dev/radar/up/presence"


def at(hour: int, minute: int = 0, day: int = 3) -> str:
    """Return an instant of March 2026 at the site."""
    return f"2026-03-{day:02}T{hour:02}:{minute:02}:00+08:00"


def fill(house: House) -> dict[str, list[str]]:
    """Fill the house; return the ids that there are, by what they are of."""
    house.deps.catalogue_store.import_community(FULL)
    _devices(house)
    _rooms(house)
    for path, body, status in _posted():
        answer = house.client.post(V1 + path, json=body, headers=house.as_("admin"))
        assert answer.status_code == status, (path, answer.text)
    _decided(house)
    _rehearsed(house)
    _resident(house)
    in_session(house)
    return {**known(house), **_told(house)}


def known(house: House) -> dict[str, list[str]]:
    """Return the ids of all that is there."""
    store, community, deps = house.deps.bookings, house.deps.catalogue.view().community, house.deps
    [resident] = deps.residents.find("", None, 1)
    mine, now = resident.handle, deps.machine_clock.now()
    return {
        "bookings": [one.id for one in store.bookings(limit=100)],
        "requests": [one.id for one in store.requests()],
        "offers": [one.id for one in store.offers()],
        "decisions": [one.id for one in store.decisions(None, None, None, 100)],
        "proposals": [one.id for one in store.proposals()],
        "series": [one.id for one in house.deps.series_queries.page(None, None, 100)],
        "supply": [one.id for one in community.supply],
        "holidays": [one.id for one in community.holidays],
        "groups": [one.id for one in community.groups],
        "standing": [one.id for one in community.standing],
        "floorplans": [one.id for one in deps.floor_plans.plans(SITE)],
        "people": [one.name for one in deps.people.accounts()],
        "sessions": [one.id for one in deps.people.sessions_of(PERSON, now)],
        "handle": [mine],
        "me/bookings": [one.id for one in store.bookings(group=mine, limit=100)],
        "me/requests": [one.id for one in store.requests(group=mine)],
        "me/offers": [one.id for one in store.offers(group=mine)],
        "me/proposals": [one.id for one in store.proposals(group=mine)],
        "me/sessions": [one.id for one in deps.residents.sessions(mine, now)],
        "me/passkeys": [one.id for one in deps.residents.passkeys(mine)],
        "quarantine": ["1", "2", "3"],
        "site": [SITE],
        "space": [one.id for one in community.spaces],
        "device": [one.id for one in community.devices],
    }


def about(path: str) -> str:
    """Return what the `id` or `name` in a route's path is of; what is the residents' own has keys of its own."""
    words = path.split("/")
    return "/".join(words[1:3]) if words[1] == "me" else words[1]


def as_resident(house: House) -> dict[str, str]:
    """Headers of the resident who is here, in a session of their own."""
    [resident] = house.deps.residents.find("", None, 1)
    secret = house.deps.residents.open_session(resident.handle, "iPhone", house.machine.now())
    return {"Cookie": f"{RESIDENT_COOKIE}={secret}", CSRF_HEADER: "1"}


def in_session(house: House) -> dict[str, str]:
    """Headers of an admin who is a person and not a program."""
    principal = house.deps.people.authenticate(PERSON, _PASSWORD)
    assert principal is not None
    secret = house.deps.people.open_session(principal, house.machine.now(), 3600, "192.0.2.7", "Firefox")
    return {"Cookie": f"{COOKIE}={secret}", CSRF_HEADER: "1"}


def _told(house: House) -> dict[str, list[str]]:
    """Let people and programs elsewhere be told; return the ids, and the secrets that are shown only once."""
    deps, now = house.deps, house.machine.now()
    feed, secret = deps.feeds.make("space", SITE, "room-a", "zh", PERSON, now)
    deps.feeds.fetched(feed, now)
    hook = deps.subscriptions.add(
        "webhook", "楼宇", "https://example.org/hook", SITE, ("tea",), ("release",), "zh", "each", PERSON, now
    )
    mail = deps.subscriptions.add(
        "mail", "早报", "liming@example.org", None, (), (), "en", "daily", PERSON, now
    )  # fmt: skip
    gone = [trial(one, "试一下", at(9), f"trial-{one.kind}", now) for one in (hook, mail)]
    deps.outbox.queue(gone)
    return {
        "calendars": [feed.id],
        "secret": [secret],
        "subscriptions": [hook.id, mail.id],
        "deliveries": [one.id for one in gone],
        "letters": [mail.id],
        "token": [unsubscribe_token(mail.secret, mail.id)],
    }


def _posted() -> Iterator[tuple[str, dict[str, Any], int]]:
    choir = {"site": SITE, "group": "合唱团", "people": 8}
    readers = {"site": SITE, "group": "readers", "people": 4}
    yield "/bookings", {**choir, "id": "now", "space": "room-a", "start": at(9), "end": at(10), "code": "1234"}, 201
    yield "/bookings", {**choir, "id": "later", "space": "room-a", "start": at(12), "end": at(13)}, 201
    yield "/bookings", {**readers, "id": "asked", "space": "tea", "start": at(14), "end": at(15)}, 201
    yield "/bookings", {**readers, "id": "gone", "space": "room-b", "start": at(11), "end": at(12)}, 201
    yield "/bookings", {**choir, "id": "council", "space": "hall", "function": "council", "start": at(16),
                        "end": at(17)}, 201  # fmt: skip
    yield "/bookings/gone/cancel", {}, 200
    series = {**readers, "space": "room-b", "start": "19:00", "end": "20:00", "dtstart": "2026-03-03"}
    yield "/series", {**series, "id": "weekly", "rrule": "FREQ=WEEKLY;BYDAY=TU", "exdate": ["2026-03-10"],
                      "until": "2026-03-31"}, 201  # fmt: skip
    wish = {**readers, "duration_min": 60, "earliest": at(9), "latest_end": at(21)}
    yield "/requests", {**wish, "id": "wish", "functions": ["reading"], "min_duration_min": 30,
                        "alternatives": [{"space": "tea"}, {"latest_end": at(21, 30)}]}, 201  # fmt: skip
    yield "/requests", {**wish, "id": "held", "duration_min": 30}, 201
    yield "/requests", {**wish, "id": "season", "rrule": "FREQ=DAILY;COUNT=3"}, 201
    yield "/requests", {**wish, "id": "off"}, 201
    yield "/requests/off/withdraw", {}, 200
    yield "/disturbances", {"site": SITE, "space": "room-a", "start": at(12), "end": at(14), "cause": "closed",
                            "why": "水管爆了"}, 201  # fmt: skip
    yield "/floorplans", {"site": SITE, "id": "ground", "name": "一层", "view_box": [0, 0, 100, 50],
                          "areas": [{"space": "tea", "x": 1, "y": 2, "width": 30, "height": 20.5}]}, 201  # fmt: skip
    yield "/people", {"name": PERSON, "role": "admin", "password": _PASSWORD, "email": "zhang@example.org"}, 201
    for do in ("identify", "reboot"):
        yield f"/devices/{SITE}/seen-a/commands", {"do": do}, 202


def watch_it_empty(house: House, community: Community) -> None:
    """Let the scheduler see an empty room until it has warned, released and offered."""
    scheduler = Core(house.deps.bookings, RoomWatch(), lambda: Places(community))
    for minute in range(20):
        now = NINE + minute * MINUTE
        house.clock.at = now
        scheduler.rooms.hear(house.hear("vacant", as_of=now).model_copy(update={"release_grade": True}))
        for decision in scheduler.step(now)[0]:
            house.tell(decision.id)


def _decided(house: House) -> None:
    watch_it_empty(house, FULL)
    operations = house.deps.operations
    if not house.deps.bookings.offers():
        operations.offer("held", "user:li", house.clock.now(), space="room-a", start=NINE + 5 * HOUR)
    house.deps.live.agenda.changed()


def _rehearsed(house: House) -> None:
    """Let a release of this morning have been only a rehearsal."""
    booking = house.book("early", space="tea", start=NINE - HOUR, minutes=30)
    now = booking.start + 10 * MINUTE
    warned = machine.warn(booking, now, now, Why("no_show.warn/1", shadow=True)).bookings[0]
    change = machine.release(warned, now, Why("no_show.release/1", shadow=True))
    house.deps.bookings.commit(Change(change.decision, twins=change.bookings))


def _resident(house: House) -> None:
    """Let a resident have something of everything."""
    deps = house.deps
    resident, _ = deps.residents.add("王芳", "+8613800138000", "zh", house.machine.now())
    deps.residents.add_passkey(Passkey("cGFzc2tleQ", resident.handle, b"key", 0, "iPhone", house.machine.now()))
    wish = {"site": SITE, "space": "hall", "minutes": 30, "when": "day", "earliest": "18:00", "latest": "19:00"}
    for path, body in (
        ("/me/calendar", {"site": SITE}),
        ("/me/bookings", {"site": SITE, "space": "room-a", "minutes": 60, "at": "17:00"}),
        ("/me/requests", wish),
        ("/me/requests", {**wish, "space": "tea", "earliest": "20:00", "latest": "22:00"}),
    ):
        answer = house.client.post(V1 + path, json=body, headers=as_resident(house))
        assert answer.status_code == 201, (path, answer.text)
    now = house.clock.now()
    deps.operations.offer(answer.json()["id"], "user:li", now, space="tea", start=NINE + 12 * HOUR)
    [mine] = deps.bookings.bookings(group=resident.handle)
    move = Move(mine.id, mine.group, mine.space, mine.start, "room-b", mine.start)
    said = {"group": mine.group, "before": "合唱团", "to_space": "room-b", "title": mine.title}
    asked = Proposal("p-mine", SITE, mine.space, "overrun.move_next/1", now, now + HOUR, (move,), mine.group,
                     params=said)  # fmt: skip
    deps.operations.propose(asked, "scheduler", now)


def _rooms(house: House) -> None:
    said = {"kind": "presence", "age_s": 12}
    state = RoomState(
        site=SITE, space="tea", occupancy="unknown", people=None, confidence=0.4, probability=0.5, since=NINE,
        as_of=NINE, reason="states.absent",
        evidence=(
            Evidence(device="seen-a", says="present", weight=2.0, **said),
            Evidence(device="air-a", says="3 people", weight=-0.2, trust=0.5, **said),
            Evidence(device="stuck", says="motion", trust=0.0, **said),
        ),
        doors={"door": DoorState(open=True, locked=None)}, charging=Charging(ports=2, in_use=1),
        devices=DeviceTally(online=2, offline=1),
    )  # fmt: skip
    house.deps.live.receive(f"fs/v1/{SITE}/space/tea/state", state.model_dump_json().encode())
    doubted = Alert(
        key=f"doubt/{SITE}/stuck", level="warning", at=NINE, text="states.alert_doubt_stuck_on",
        params={"device": "stuck", "space": "tea", "space_name": "茶楼", "reason": "stuck_on"},
    )  # fmt: skip
    house.deps.live.receive(f"fs/v1/{SITE}/events/alert", doubted.model_dump_json().encode())
    for hours, occupancy, people in ((3, "vacant", None), (2, "occupied", 4), (1, "unknown", None)):
        point = StatePoint(SITE, "room-a", NINE - hours * HOUR, occupancy, people, 0.9, release_grade=hours == 3)
        house.deps.history.write([], [point])


def life_of_four_days() -> DeviceLife:
    """What is known of a device that has been heard for some days."""
    battery, signal = Trend(), Trend()
    for day in range(4):
        battery.note(NINE + day * DAY, 50 - 2 * day)
        signal.note(NINE + day * DAY, -70 - day)
    return DeviceLife(
        last_seen=NINE - 30_000, online=True, fw="1.2", battery_pct=44, rssi_dbm=-73, battery=battery, signal=signal,
        clock=ClockTrack(offset_ms=-900, drift_ppm=12.345), config={"heartbeat_s": 60}, config_v=3,
    )  # fmt: skip


def _devices(house: House) -> None:
    life = life_of_four_days()
    sensor = {"presence": {"settle": 41_500}, "motion": None, "count": None,
              "trust": {"level": 0.2, "doubt": "stuck_on"},
              "air": {"gauges": {"co2_ppm": {"cells": 9, "quiet": 447.7, "quiet_stir": None, "spread": 15.0,
                                             "floor": None, "peak": 1200.0}}}}  # fmt: skip
    memory = {"sensors": {"seen-a": sensor}, "filter": {"vacant_min": 98.3, "occupied_min": 45.0}, "hold": 480_000}
    faulty = [(RADAR, b"{", "payload"), (RADAR, b"\xff\x00", "payload"), ("nonsense", b"{}", "topic")]
    rows = [QuarantineRow(n, NINE, topic, raw, kind, "bad") for n, (topic, raw, kind) in enumerate(faulty, start=1)]
    path = house.deps.books.path
    with Journal.open(path, owner=True) as journal, Ledger.open(path) as ledger:
        last = journal.append([Arrival(NINE, topic, raw) for topic, raw, _ in faulty])
        ledger.settle(Settlement(last, quarantined=rows))
        ledger.checkpoint(
            Checkpoint(
                0,
                {
                    SequenceKey(SITE, "seen-a", "b1"): BootSequence(Ranges([(0, 1), (5, 9)]), NINE - HOUR),
                    SequenceKey(SITE, "seen-a", "b2"): BootSequence(Ranges([(0, 3), (6, 7)]), NINE - MINUTE),
                },
                {
                    (SITE, "seen-a"): life,
                    (SITE, "stuck"): DeviceLife(last_seen=NINE, online=False, doubt="stuck_on"),
                },
                {f"{SITE}/room-a": json.dumps(memory), KEPT_AT: str(NINE)},
                [UnclaimedDevice(SITE, "esp-77", "0123ABCD", NINE, NINE, 4, frozenset({"status", "presence"}))],
            )
        )
    house.machine.advance(10)
    twins = house.deps.twins
    twins.keep([], [GapRepair(SITE, "seen-a", "b1", 2, 3, 2, "unrepairable", NINE, reason=GONE)])
    twins.desire(SITE, "seen-a", {"heartbeat_s": 30}, "user:li")
    first = house.deps.commands.queue(SITE, "seen-a", "identify", {}, 30)
    house.deps.commands.pump(house.clock.now())
    house.deps.commands.on_ack(SITE, "seen-a", Ack(id=first, ok=False, error="no lamp"))
