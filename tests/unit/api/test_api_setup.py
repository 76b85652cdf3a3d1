"""The catalogue over HTTP: entry by entry with every refusal, as a whole, and never over somebody else's change."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.api.routes import PREFIX
from services.catalogue.communityfile import to_toml
from services.contracts.names import HOUR
from tests.unit.api.conftest import NINE, SITE, House

SUPPLY = {"id": "eve", "site": SITE, "space": "tea", "owner": "茶楼", "functions": ["reading"],
          "start": "18:00", "end": "21:00"}  # fmt: skip
STANDING = {"id": "taichi", "site": SITE, "space": "tea", "group": "太极队", "title": "晨练", "people": 5,
            "start": "07:00", "end": "08:00", "rrule": "FREQ=DAILY", "dtstart": "2026-03-04"}  # fmt: skip


class Admin:
    """An admin at the keyboard."""

    def __init__(self, house: House) -> None:
        self.house = house

    def __call__(self, method: str, path: str, body: Any = None, role: Any = "admin", lang: str = "en", **headers: str):
        said = {**self.house.as_(role), "Accept-Language": lang, **{k.replace("_", "-"): v for k, v in headers.items()}}
        return self.house.client.request(method, PREFIX + path, json=body, headers=said)

    def load(self, text: str, **query: object):
        headers = {**self.house.as_("admin"), "Content-Type": "application/toml", "Accept-Language": "en"}
        return self.house.client.post(
            f"{PREFIX}/community/import", content=text.encode(), headers=headers, params=query
        )

    @property
    def community(self) -> Any:
        return self.house.deps.catalogue_store.export()


@pytest.fixture
def admin(house: House) -> Admin:
    return Admin(house)


def test_a_site_a_space_and_a_group_come_change_and_go(admin: Admin) -> None:
    assert admin("POST", "/sites", {"id": "yard", "name": "大院", "timezone": "Asia/Shanghai"}).status_code == 201
    space = {"id": "den", "site": "yard", "name": "小屋", "capacity": 5, "functions": ["tea"]}
    assert admin("POST", "/spaces", space).status_code == 201
    changed = admin("PATCH", "/spaces/yard/den", {"capacity": 8, "capacity_by_function": {"tea": 4}, "group": "院里"})
    assert (changed.status_code, changed.json()["capacity"], changed.json()["name"]) == (200, 8, "小屋")
    assert admin("POST", "/groups", {"id": "choir", "site": "yard", "name": "合唱团"}).status_code == 201
    assert admin("PATCH", "/groups/yard/choir", {"weekly_quota_min": 240}).json()["weekly_quota_min"] == 240
    assert admin("PATCH", "/sites/yard", {"hours": [{"start": "08:00", "end": "20:00"}]}).status_code == 200
    assert admin("DELETE", "/groups/yard/choir").status_code == 204
    refused = admin("DELETE", "/sites/yard")
    assert (refused.status_code, "小屋" in refused.json()["detail"]) == (409, True)
    assert admin("DELETE", "/spaces/yard/den").status_code == 204
    assert admin("DELETE", "/sites/yard").status_code == 204
    assert admin("DELETE", "/sites/yard").status_code == 404


@pytest.mark.parametrize(
    ("prepare", "word"),
    [
        (lambda admin: None, "大厅"),  # a part of the hall
        (lambda admin: admin("PATCH", f"/spaces/{SITE}/hall", {"parts": ["room-b"]}), "seen-a"),
    ],
)
def test_a_space_that_is_needed_stays_and_the_reason_is_named(admin: Admin, prepare: Any, word: str) -> None:
    prepare(admin)
    refused = admin("DELETE", f"/spaces/{SITE}/room-a")
    assert (refused.status_code, word in refused.json()["detail"]) == (409, True)


def test_a_space_with_bookings_to_come_wishes_windows_activities_or_a_rule_stays(admin: Admin) -> None:
    path = f"/spaces/{SITE}/tea"
    for table, entry in (("supply", SUPPLY), ("standing", STANDING)):
        assert admin("POST", f"/{table}", entry).status_code == 201
        assert admin("DELETE", path).status_code == 409
        assert admin("DELETE", f"/{table}/{SITE}/{entry['id']}").status_code == 204
    policy = {"never_release": ["tea"]}
    assert admin("PUT", "/policy", policy).status_code == 200
    assert "policy" in admin("DELETE", path).json()["detail"]
    assert admin("PUT", "/policy", {}).status_code == 200
    admin.house.book("b9", "tea", NINE + HOUR)
    refused = admin("DELETE", path)
    assert (refused.status_code, "排练" in refused.json()["detail"]) == (409, True)
    admin.house.deps.operations.cancel("b9", "user:li", NINE)
    assert admin("DELETE", path).status_code == 204


def test_a_scheduler_changes_hours_and_terms_but_not_what_there_is(admin: Admin) -> None:
    hours = {"hours": [{"start": "08:00", "end": "20:00", "days": ["mon"]}], "cleaning_min": 10}
    assert admin("PATCH", f"/spaces/{SITE}/tea", hours, role="scheduler").status_code == 200
    assert admin("PATCH", f"/spaces/{SITE}/tea", {"capacity": 3}, role="scheduler").status_code == 403
    assert admin("PATCH", f"/sites/{SITE}", {"name": "x"}, role="scheduler").status_code == 403


def test_faults_are_told_beside_their_fields_in_the_readers_language(admin: Admin) -> None:
    refused = admin(
        "PATCH", f"/spaces/{SITE}/tea", {"parts": ["attic"], "capacity_by_function": {"dance": 3}}, lang="zh"
    )
    assert refused.status_code == 422
    errors = {one["field"]: one["message"] for one in refused.json()["errors"]}
    assert set(errors) == {"parts", "capacity_by_function"}
    assert "attic" in errors["parts"]
    assert "另一个空间" in errors["parts"]
    # A fault in another entry names that one.
    assert admin("POST", "/supply", SUPPLY).status_code == 201
    refused = admin("PATCH", f"/spaces/{SITE}/tea", {"functions": ["tea"]})
    assert (refused.status_code, f"{SITE}/eve" in refused.json()["detail"]) == (422, True)
    assert admin("PATCH", f"/supply/{SITE}/eve", {"rrule": "FREQ=HOURLY", "dtstart": "2026-03-04"}).status_code == 422


def test_nobody_writes_over_what_somebody_else_changed(admin: Admin) -> None:
    seen = admin("GET", "/community").headers["ETag"]
    assert admin("PATCH", f"/spaces/{SITE}/hall", {"capacity": 50}, if_match=seen).status_code == 200
    # Another entry is free to change; the same one is not.
    assert admin("PATCH", f"/spaces/{SITE}/tea", {"capacity": 12}, if_match=seen).status_code == 200
    stale = admin("PATCH", f"/spaces/{SITE}/hall", {"capacity": 60}, if_match=seen)
    assert (stale.status_code, stale.json()["type"]) == (412, "urn:foldspace:problem:stale")
    assert admin("DELETE", f"/spaces/{SITE}/hall", if_match=seen).status_code == 412
    fresh = admin("GET", "/community").headers["ETag"]
    assert admin("PATCH", f"/spaces/{SITE}/hall", {"capacity": 60}, if_match=fresh).status_code == 200
    assert admin("PATCH", f"/spaces/{SITE}/hall", {"capacity": 60}, if_match="nonsense").status_code == 422
    assert admin("PUT", "/policy", {"grace_min": 5}, if_match=fresh).status_code == 200
    assert admin("PUT", "/policy", {"grace_min": 6}, if_match=fresh).status_code == 412


def test_a_device_is_moved_and_removed_with_its_credentials(admin: Admin) -> None:
    device = {"id": "radar", "site": SITE, "space": "tea", "kind": "presence"}
    assert admin("POST", "/devices", device).status_code == 201
    moved = admin("PATCH", f"/devices/{SITE}/radar", {"space": "room-b", "kind": "motion"})
    assert (moved.json()["space"], moved.json()["kind"], moved.json()["trouble"]) == ("room-b", "motion", None)
    assert admin("PATCH", f"/devices/{SITE}/radar", {"space": "attic"}).status_code == 422
    assert admin("PATCH", f"/devices/{SITE}/radar", {"kind": "oracle"}).status_code == 422
    assert admin("DELETE", f"/devices/{SITE}/radar").json() == {"trouble": None}
    kept = admin.house.deps.enrolment._credentials.find(SITE, "radar")
    assert kept is not None
    assert not kept.active
    assert admin("DELETE", f"/devices/{SITE}/radar").status_code == 404


def test_changeover_is_put_as_a_whole(admin: Admin) -> None:
    rows = [{"site": SITE, "from": "council", "to": "*", "minutes": 20}, {"site": SITE, "space": "hall",
            "from": "council", "to": "rehearsal", "minutes": 30}]  # fmt: skip
    assert admin("PUT", "/changeover", {"site": SITE, "rows": rows}).status_code == 200
    assert len(admin("GET", "/changeover").json()["items"]) == 2
    assert admin("PUT", "/changeover", {"site": SITE, "rows": rows[:1]}).status_code == 200
    assert [one["minutes"] for one in admin("GET", "/changeover").json()["items"]] == [20]
    unknown = [{"site": SITE, "from": "alchemy", "to": "*", "minutes": 5}]
    assert admin("PUT", "/changeover", {"site": SITE, "rows": unknown}).status_code == 422


def test_a_partner_changes_their_own_window_and_no_other(admin: Admin) -> None:
    assert admin("POST", "/supply", {**SUPPLY, "owner": "token-partner"}).status_code == 201
    path = f"/supply/{SITE}/eve"
    assert admin("PATCH", path, {"end": "22:00"}, role="partner").json()["end"] == "22:00"
    assert admin("PATCH", path, {"owner": "somebody"}, role="partner").status_code == 403
    assert admin("PATCH", path, {"space": "room-b"}, role="partner").status_code == 403
    assert admin("PATCH", path, {"owner": "茶楼"}).status_code == 200
    assert admin("PATCH", path, {"end": "20:00"}, role="partner").status_code == 403


def test_ending_a_standing_activity_cancels_what_it_booked_ahead(admin: Admin) -> None:
    from services.bookings.series.standing import StandingKeeper

    assert admin("POST", "/standing", STANDING).status_code == 201
    deps = admin.house.deps
    StandingKeeper(deps.series_operations, deps.catalogue_store.export, deps.clock).fill(NINE)
    assert len(deps.bookings.bookings(space="tea", states=["booked"])) > 40
    assert admin("PATCH", f"/standing/{SITE}/taichi", {"end": "08:30"}).json()["end"] == "08:30"
    assert admin("DELETE", f"/standing/{SITE}/taichi").status_code == 204
    assert deps.bookings.bookings(space="tea", states=["booked"]) == []


def test_the_file_that_is_exported_imports_without_a_difference(admin: Admin) -> None:
    admin("POST", "/supply", SUPPLY)
    text = admin("GET", "/community/file").text
    assert text == to_toml(admin.community)
    for replace in (False, True):
        told = admin.load(text, dry_run=True, replace=replace).json()
        assert (told["faults"], told["changes"], told["applied"]) == ([], [], False)


def test_an_import_is_shown_before_it_is_done(admin: Admin) -> None:
    text = admin("GET", "/community/file").text
    changed = text.replace("capacity = 10", "capacity = 11")
    told = admin.load(changed, dry_run=True).json()
    [change] = told["changes"]
    assert (change["table"], change["entry"], change["what"]) == ("spaces", f"{SITE}/tea", "changed")
    assert change["fields"] == [{"field": "capacity", "before": 10, "after": 11}]
    assert admin("GET", "/community").json()["spaces"][3]["capacity"] == 10
    assert admin.load(changed).json()["applied"]
    assert admin("GET", "/community").json()["spaces"][3]["capacity"] == 11


def test_an_import_that_replaces_removes_what_it_does_not_name(admin: Admin) -> None:
    device = {"id": "radar", "site": SITE, "space": "tea", "kind": "presence"}
    admin("POST", "/devices", device)
    text = admin("GET", "/community/file").text
    blocks = [block for block in text.replace("[[", "\x00[[").split("\x00") if '"tea"' not in block]
    told = admin.load("".join(blocks), dry_run=True, replace=True).json()
    assert {(one["table"], one["what"]) for one in told["changes"]} == {("spaces", "removed"), ("devices", "removed")}
    admin.house.book("b9", "tea", NINE + HOUR)
    refused = admin.load("".join(blocks), replace=True)
    assert (refused.status_code, len(refused.json()["faults"])) == (422, 1)
    admin.house.deps.operations.cancel("b9", "user:li", NINE)
    assert admin.load("".join(blocks), replace=True).json()["applied"]
    assert [space.id for space in admin.community.spaces] == ["hall", "room-a", "room-b"]
    kept = admin.house.deps.enrolment._credentials.find(SITE, "radar")
    assert kept is not None
    assert not kept.active


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("sites = [", ""),
        ('[[sites]]\nid = "BAD"\nname = "x"\ntimezone = "UTC"', "sites.0.id"),
        ('[[sites]]\nid = "x"\nname = "x"\ntimezone = "Mars/Base"', "sites.0.timezone"),
        ('[[spaces]]\nid = "x"\nsite = "nowhere"\nname = "x"\ncapacity = 3', "spaces.0.site"),
    ],
)
def test_a_file_with_faults_is_told_with_their_places(admin: Admin, text: str, where: str) -> None:
    told = admin.load(text, dry_run=True).json()
    assert told["faults"][0]["where"] == where
    assert told["faults"][0]["what"]
    refused = admin.load(text)
    assert (refused.status_code, refused.json()["faults"][0]["where"]) == (422, where)


def test_no_limit_is_null_in_json(admin: Admin) -> None:
    assert admin("PUT", "/policy", {"protect_longer_than_min": None}).json()["protect_longer_than_min"] is None
    assert admin.community.policy.protect_longer_than_min == float("inf")
    assert admin("GET", "/policy").json()["protect_longer_than_min"] is None
    assert admin("GET", "/community").json()["policy"]["protect_longer_than_min"] is None
    assert admin("PUT", "/policy", {"shadow": ["attic"]}).status_code == 422
    assert admin("POST", "/policy/preview", {}).status_code == 409  # nothing here can preview


def test_the_broker_of_devices_is_told(admin: Admin) -> None:
    assert admin("GET", "/broker").json() == {"host": None, "port": None, "tls": False, "only_here": False}


def test_floor_plans_are_kept_harmless_and_shown_to_everybody(admin: Admin) -> None:
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" width="100" height="50"><rect id="tea" onclick="x()"/><script/></svg>'
    )
    plan = {"site": SITE, "id": "ground", "name": "一层", "svg": svg,
            "areas": [{"space": "hall", "x": 0, "y": 0, "width": 10, "height": 10}]}  # fmt: skip
    made = admin("POST", "/floorplans", plan)
    assert made.status_code == 201
    assert made.json()["svg"].count("onclick") == 0
    assert 'data-space="tea"' in made.json()["svg"]
    assert admin("POST", "/floorplans", plan).status_code == 409
    [seen] = admin("GET", f"/floorplans?site={SITE}", role="viewer").json()["items"]
    assert (seen["view_box"], seen["areas"][0]["space"]) == ([0, 0, 100, 50], "hall")
    bare = {"name": "一层", "view_box": [0, 0, 10, 10], "areas": plan["areas"]}
    assert admin("PUT", f"/floorplans/{SITE}/ground", bare, if_match='"1"').json()["version"] == 2
    assert admin("PUT", f"/floorplans/{SITE}/ground", bare, if_match='"1"').status_code == 412
    for areas in ([{"space": "attic", "x": 0, "y": 0, "width": 1, "height": 1}], [],
                  [{"space": "tea", "x": 5, "y": 0, "width": 9, "height": 1}], [plan["areas"][0]] * 2):  # fmt: skip
        assert admin("PUT", f"/floorplans/{SITE}/ground", {**bare, "areas": areas}).status_code == 422
    assert admin("PUT", f"/floorplans/{SITE}/none", bare).status_code == 404
    assert admin("DELETE", f"/floorplans/{SITE}/ground").status_code == 204


def test_a_large_drawing_is_taken_and_a_larger_one_is_not(admin: Admin) -> None:
    head = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path d="'
    plan = {"site": SITE, "id": "big", "name": "大"}
    assert admin("POST", "/floorplans", {**plan, "svg": f'{head}M0 0{"h1 " * 160_000}"/></svg>'}).status_code == 201
    assert admin("POST", "/floorplans", {**plan, "svg": f'{head}M0 0{"h1 " * 180_000}"/></svg>'}).status_code == 422
    assert admin("POST", "/floorplans", {**plan, "svg": " " * 3_000_000}).status_code == 413
    assert admin("POST", "/groups", {"id": "x", "site": SITE, "name": "x" * 100_000}).status_code == 413


PATCHES = st.fixed_dictionaries(
    {},
    optional={
        "name": st.text(st.characters(codec="utf-8", categories=["L", "N"]), min_size=1, max_size=20),
        "capacity": st.integers(1, 100_000),
        "features": st.lists(st.sampled_from(["镜子", "piano", "wifi"]), max_size=3),
        "cleaning_min": st.integers(0, 1440),
        "group": st.sampled_from(["", "会客厅"]),
        "hours": st.lists(
            st.sampled_from([{"start": "08:00", "end": "20:00", "days": ["mon"]}, {"start": "22:00", "end": "02:00"}]),
            max_size=2,
        ),
    },
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(PATCHES)
def test_what_is_patched_is_read_back_and_nothing_else_changes(admin: Admin, patch: dict[str, Any]) -> None:
    before = admin("GET", "/community").json()["spaces"][3]
    answer = admin("PATCH", f"/spaces/{SITE}/tea", patch)
    assert answer.status_code == 200
    after = admin("GET", "/community").json()["spaces"][3]
    assert after == answer.json()
    for name in set(before) - set(patch):
        assert after[name] == before[name]
    for name in set(patch) - {"hours"}:
        assert after[name] == patch[name]
    assert len(after["hours"]) == len(patch.get("hours", before["hours"]))


def test_pages_lead_an_admin_of_an_empty_catalogue_to_the_guide(house: House) -> None:
    people = house.deps.people
    people.add_user("li", "a good password", "admin")
    house.client.post(PREFIX + "/session", json={"name": "li", "password": "a good password"})
    assert house.client.get("/").status_code == 200
    assert house.client.get("/setup").status_code == 200
    from services.contracts.community import Community

    house.deps.catalogue_store.import_community(Community(), replace=True)
    assert house.client.get("/").headers["location"] == "/welcome"
    assert house.client.get("/?stay").status_code == 200
    assert house.client.get("/welcome").status_code == 200
