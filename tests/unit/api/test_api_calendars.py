"""Calendar feeds and imports through the API."""

from collections.abc import Callable
from typing import Any

import pytest
import vobject

from services.api.calendarimport import MAX_BYTES
from services.api.deps import ApiSettings
from services.contracts.community import Supply
from services.contracts.names import DAY, HOUR, MINUTE
from tests.unit.api.conftest import NINE, SITE, House

API = "/api/v1"


def make(house: House, role: Any = "steward", **body: Any) -> Any:
    return house.client.post(f"{API}/calendars", headers=house.as_(role), json={"site": SITE, **body})


def path_of(made: Any) -> str:
    url: str = made.json()["url"]
    return url[url.index(API) :]


def events(text: str) -> dict[str, Any]:
    return {one.uid.value: one for one in getattr(vobject.readOne(text), "vevent_list", [])}


def test_a_space_feed_shows_what_takes_the_space_up_and_nothing_secret(house: House) -> None:
    house.book("b1", "room-a")
    house.book("b2", "hall", NINE + DAY)
    house.book("b3", "tea")
    made = make(house, kind="space", ref="room-a", language="en")
    assert made.status_code == 201
    assert made.json()["webcal"].startswith("webcal://testserver/api/v1/calendars/")
    answer = house.client.get(path_of(made))
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    found = events(answer.text)
    assert set(found) == {"b1@lane.foldspace", "b2@lane.foldspace"}
    assert found["b1@lane.foldspace"].url.value == "http://testserver/r/lane/room-a"
    assert found["b2@lane.foldspace"].location.value == "大厅, 里弄社区"
    assert "1234" not in answer.text


@pytest.mark.parametrize(("kind", "ref", "count"), [("site", "", 3), ("group", "合唱团", 3), ("person", "R-K7M4PX", 0)])
def test_feeds_of_site_group_and_person(house: House, kind: str, ref: str, count: int) -> None:
    for n, space in enumerate(("room-a", "tea", "room-b")):
        house.book(f"b{n}", space)
    assert len(events(house.client.get(path_of(make(house, kind=kind, ref=ref))).text)) == count


def test_what_is_cancelled_and_released_is_said(house: House) -> None:
    house.book()
    path = path_of(make(house, kind="site"))
    before = events(house.client.get(path).text)["b1@lane.foldspace"]
    house.deps.operations.cancel("b1", "user:li", NINE - 30 * MINUTE)
    after = events(house.client.get(path).text)["b1@lane.foldspace"]
    assert (before.status.value, after.status.value) == ("CONFIRMED", "CANCELLED")
    assert int(after.sequence.value) > int(before.sequence.value)
    assert after.last_modified.value > before.last_modified.value


def test_all_bookings_are_there_however_many(house: House) -> None:
    for n in range(130):
        house.book(f"b{n}", "tea", NINE + n * 2 * HOUR)
    assert len(events(house.client.get(path_of(make(house, kind="space", ref="tea"))).text)) == 130


def test_a_reader_that_has_it_is_not_sent_it_again(house: House) -> None:
    house.book()
    path = path_of(make(house, kind="site"))
    first = house.client.get(path)
    again = house.client.get(path, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    house.book("b2", "tea")
    changed = house.client.get(path, headers={"If-None-Match": first.headers["etag"]})
    assert changed.status_code == 200


def test_a_revoked_link_is_like_one_that_never_was(house: House) -> None:
    made = make(house, kind="site")
    listed = house.client.get(f"{API}/calendars", headers=house.as_("steward")).json()["items"]
    assert [one["id"] for one in listed] == [made.json()["id"]]
    assert "url" not in listed[0]
    assert listed[0]["last_fetched"] is None
    house.client.get(path_of(made))
    [seen] = house.client.get(f"{API}/calendars", headers=house.as_("steward")).json()["items"]
    assert seen["last_fetched"] is not None
    assert house.client.delete(f"{API}/calendars/{seen['id']}", headers=house.as_("steward")).status_code == 204
    for path in (path_of(made), f"{API}/calendars/nothing.ics"):
        assert house.client.get(path).status_code == 404
    assert house.client.get(f"{API}/calendars/%00.ics").status_code == 422
    assert house.client.delete(f"{API}/calendars/{seen['id']}", headers=house.as_("steward")).status_code == 404


def test_guesses_and_greed_are_limited(house: House) -> None:
    path = path_of(make(house, kind="site"))
    assert [house.client.get(path).status_code for _ in range(61)][-2:] == [200, 429]
    house.machine.advance(301)
    assert [house.client.get(f"{API}/calendars/guess{n}.ics").status_code for n in range(21)][-2:] == [404, 429]
    answer = house.client.get(path)
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) > 0


def test_what_cannot_be_a_feed_is_refused(house: House) -> None:
    for body in ({"kind": "site", "ref": "x"}, {"kind": "group"}, {"kind": "space", "ref": "nowhere"},
                 {"kind": "site", "site": "nowhere"}, {"kind": "group", "ref": "a\0b"}, {"kind": "all"}):  # fmt: skip
        assert make(house, **body).status_code == 422, body


def test_a_partner_makes_links_for_spaces_they_lend_and_sees_their_own(house: House) -> None:
    supply = Supply(
        id="w", site=SITE, space="tea", owner="token-partner", functions=("reading",), start="09:00", end="18:00"
    )
    house.deps.catalogue_store.add_supply(supply)
    make(house, kind="site")
    assert make(house, "partner", kind="space", ref="room-a").status_code == 403
    assert make(house, "partner", kind="site").status_code == 403
    mine = make(house, "partner", kind="space", ref="tea")
    assert mine.status_code == 201
    headers = house.as_("partner")
    assert [one["ref"] for one in house.client.get(f"{API}/calendars", headers=headers).json()["items"]] == ["tea"]
    [other] = [one for one in house.deps.feeds.feeds() if one.kind == "site"]
    assert house.client.delete(f"{API}/calendars/{other.id}", headers=headers).status_code == 403
    assert house.client.delete(f"{API}/calendars/{mine.json()['id']}", headers=headers).status_code == 204


def test_the_address_of_the_settings_stands_in_links(build: Callable[[ApiSettings], House]) -> None:
    made = make(build(ApiSettings(url="https://space.example")), kind="site")
    assert made.json()["url"].startswith("https://space.example/api/v1/calendars/")


ICS = """BEGIN:VCALENDAR
VERSION:2.0
BEGIN:VEVENT
UID:u1
SUMMARY:读书会
DTSTART:20260304T190000
DTEND:20260304T200300
RRULE:FREQ=WEEKLY;COUNT=2
END:VEVENT
BEGIN:VEVENT
UID:u2
SUMMARY:整天
DTSTART;VALUE=DATE:20260305
END:VEVENT
END:VCALENDAR
""".replace("\n", "\r\n")


def bring(house: House, content: str | bytes = ICS, **query: Any) -> Any:
    parameters = {"site": SITE, "space": "tea", "group": "书友会", "people": 6, **query}
    headers = {**house.as_("steward"), "Content-Type": "text/calendar", "Accept-Language": "en"}
    return house.client.post(f"{API}/calendars/import", params=parameters, headers=headers, content=content)


def test_an_import_is_tried_and_then_done(house: House) -> None:
    tried = bring(house, dry_run=True)
    assert tried.status_code == 200
    assert (tried.json()["done"], tried.json()["counts"]["book"], tried.json()["counts"]["skip"]) == (False, 2, 1)
    assert house.deps.bookings.bookings() == []
    done = bring(house).json()
    assert done["done"]
    first, whole_day, second = done["items"]
    assert (first["start"], first["end"], first["rounded"], first["action"]) == (
        "2026-03-04T19:00:00.000+08:00", "2026-03-04T20:05:00.000+08:00", True, "book",
    )  # fmt: skip
    assert whole_day["action"] == "skip"
    assert "whole day" in whole_day["why"]
    kept = house.deps.bookings.booking(first["booking"])
    assert (kept.title, kept.group, kept.people, kept.code) == ("读书会", "书友会", 6, "7777")
    again = bring(house).json()
    assert (again["done"], again["counts"]["keep"]) == (False, 2)
    assert second["booking"] in {one.id for one in house.deps.bookings.bookings()}


def test_all_or_nothing_is_what_an_import_does_unless_told_otherwise(house: House) -> None:
    house.book("b1", "tea", NINE + 34 * HOUR)
    refused = bring(house).json()
    assert (refused["done"], refused["counts"]["refuse"]) == (False, 1)
    some = bring(house, all_or_nothing=False).json()
    assert (some["done"], some["counts"]["book"]) == (True, 1)


@pytest.mark.parametrize(
    ("content", "query", "status"),
    [("hello", {}, 422), (b"\xff\xfe", {}, 422), ("", {}, 422), (ICS, {"space": "nowhere"}, 422),
     (ICS, {"group": "a\0b"}, 422), (ICS, {"people": 0}, 422), (b"x" * (MAX_BYTES + 1), {}, 413)],
)  # fmt: skip
def test_what_cannot_be_imported_is_refused(house: House, content: Any, query: dict[str, Any], status: int) -> None:
    assert bring(house, content, **query).status_code == status


def test_a_calendar_may_be_larger_than_other_bodies_and_others_may_not(house: House) -> None:
    padding = "X-COMMENT:" + "x" * 60 + "\r\n"
    large = ICS.replace("BEGIN:VEVENT", padding * 5000 + "BEGIN:VEVENT", 1)
    assert len(large) > 300_000
    assert bring(house, large, dry_run=True).status_code == 200
    headers = {**house.as_("steward"), "Content-Type": "application/json"}
    assert house.client.post(f"{API}/bookings", headers=headers, content=large).status_code == 413
