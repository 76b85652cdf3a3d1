"""A resident's own calendar: a link that shows their bookings and nothing of who they are, until they revoke it."""

from typing import Any

import pytest
from icalendar import Calendar

from services.api.forgetting import Forgetting
from services.contracts.names import HOUR
from services.residents.store import UNUSED
from tests.unit.api.conftest import NINE, SITE, House
from tests.unit.api.person import API, NAME, ROOM, Person


@pytest.fixture
def wang(house: House) -> Person:
    return Person(house).signs_up()


def linked(person: Person) -> str:
    """Make the link; return its path."""
    made = person.post("/me/calendar", 201, site=SITE)
    assert set(made) == {"url", "webcal"}
    assert made["webcal"] == made["url"].replace("http://", "webcal://")
    path: str = made["url"][made["url"].index(API) :]
    return path


def read(house: House, path: str) -> Any:
    return house.client.get(path, headers={})


def test_it_shows_their_own_bookings_and_nothing_of_who_they_are(house: House, wang: Person) -> None:
    Person(house).signs_up("李明", "13900139000").post("/me/bookings", 201, **ROOM, at="11:00")
    house.book("b9", "tea")
    mine = wang.post("/me/bookings", 201, **ROOM, at="15:00")["id"]
    gone = wang.post("/me/bookings", 201, **ROOM, at="17:00")["id"]
    wang.post(f"/me/bookings/{gone}/cancel")
    answer = read(house, linked(wang))
    assert answer.status_code == 200
    calendar = Calendar.from_ical(answer.content)
    found = {str(one["UID"]): one for one in calendar.walk("VEVENT")}
    assert set(found) == {f"{mine}@lane.foldspace", f"{gone}@lane.foldspace"}
    kept = found[f"{mine}@lane.foldspace"]
    assert (str(kept["SUMMARY"]), str(kept["STATUS"]), str(kept["LOCATION"])) == ("阅读", "CONFIRMED", "甲室, 里弄社区")
    assert kept["DTSTART"].dt.isoformat() == "2026-03-03T15:00:00+08:00"
    assert str(found[f"{gone}@lane.foldspace"]["STATUS"]) == "CANCELLED"
    whole = calendar.to_ical().decode()
    code = house.deps.bookings.booking(mine).code
    for secret in (NAME, "13800138000", "李明", f"\n{code}", f" {code}"):
        assert secret not in whole, secret


def test_a_new_link_makes_the_one_before_worthless_and_leaves_those_of_others(house: House, wang: Person) -> None:
    body = {"kind": "person", "site": SITE, "ref": wang.account["handle"]}
    staff = house.client.post(f"{API}/calendars", json=body, headers=house.as_("steward")).json()["url"]
    first, second = linked(wang), linked(wang)
    statuses = [read(house, path).status_code for path in (first, second, staff[staff.index(API) :])]
    assert statuses == [404, 200, 200]
    [shown] = wang.get("/me")["calendars"]
    assert shown == {"site": SITE, "name": "里弄社区", "since": "2026-03-03", "last_fetched": shown["last_fetched"]}
    assert shown["last_fetched"] == "2026-03-03T09:00:00.000+08:00"


def test_it_is_revoked_and_there_is_nothing_to_revoke_twice(house: House, wang: Person) -> None:
    path = linked(wang)
    other = Person(house).signs_up("李明", "13900139000")
    assert other.client.delete(f"{API}/me/calendar?site={SITE}").status_code == 404
    assert read(house, path).status_code == 200
    assert wang.client.delete(f"{API}/me/calendar?site={SITE}").status_code == 204
    assert read(house, path).status_code == 404
    assert wang.get("/me")["calendars"] == []
    for site, status in ((SITE, 404), ("nowhere", 404), ("No%20Site", 422), ("", 422)):
        assert wang.client.delete(f"{API}/me/calendar?site={site}").status_code == status, site
    wang.post("/me/calendar", 422, site="nowhere")


def test_it_speaks_the_language_of_its_owner(house: House, wang: Person) -> None:
    wang.post("/me/bookings", 201, **ROOM, at="15:00")
    path = linked(wang)
    assert "已预约" in read(house, path).text
    wang.client.patch(f"{API}/me", json={"language": "en"})
    assert "Booked" in read(house, path).text


def test_nobody_makes_links_without_end(house: House, wang: Person) -> None:
    for _ in range(40):
        linked(wang)
    wang.post("/me/calendar", 429, site=SITE)
    assert len(house.deps.feeds.own(wang.account["handle"])) == 1


@pytest.mark.parametrize("way", ["themselves", "staff", "time"])
def test_whoever_is_forgotten_has_no_calendar_any_more_whoever_made_it(house: House, wang: Person, way: str) -> None:
    handle = wang.account["handle"]
    feed, _ = house.deps.feeds.make("person", SITE, handle, "zh", "li", house.machine.now())
    path = linked(wang)
    if way == "themselves":
        wang.client.delete(f"{API}/me")
    elif way == "staff":
        house.client.delete(f"{API}/residents/{handle}", headers=house.as_("admin"))
    else:
        house.machine.at = NINE + UNUSED + HOUR
        Forgetting(house.deps).look()
    assert read(house, path).status_code == 404
    assert feed.id not in {one.id for one in house.deps.feeds.feeds()}
