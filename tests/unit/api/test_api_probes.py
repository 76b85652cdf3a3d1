"""What is seen from outside: readiness with its reasons, figures, and the alerts the API raises by itself."""

import shutil
from collections import namedtuple
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.api.alerts import GRACE, Sight, Standing, judge, troubles
from services.api.readiness import folder_fault
from services.api.watch import LOOK_EVERY_S, Watch
from services.contracts.events import Alert
from services.contracts.names import MINUTE, SECOND, Millis
from services.contracts.topics import GATEWAY_STATUS_TOPIC, OFFLINE, ONLINE, SCHEDULER_STATUS_TOPIC
from services.kit.database import DatabaseUnavailableError
from tests.unit.api.conftest import SITE, House


class Connected:
    """Stands for a session with a broker, which the tests have none of."""

    def __init__(self, house: House, monkeypatch: pytest.MonkeyPatch) -> None:
        self.there = True
        monkeypatch.setattr(type(house.deps.live), "connected", property(lambda _live: self.there))
        house.deps.live.signs.connected()


@pytest.fixture
def broker(house: House, monkeypatch: pytest.MonkeyPatch) -> Connected:
    return Connected(house, monkeypatch)


def alive(house: House) -> None:
    """Let everything give a sign of life."""
    house.hear(as_of=house.clock.now())
    house.deps.live.receive(GATEWAY_STATUS_TOPIC, ONLINE)
    house.deps.live.receive(SCHEDULER_STATUS_TOPIC, ONLINE)


def pass_time(house: House, seconds: float) -> None:
    house.clock.advance(seconds)
    house.machine.advance(seconds)


def ready(house: House) -> dict[str, Any]:
    answer: dict[str, Any] = house.client.get("/readyz?lang=en").json()
    return answer


def say(house: House, key: str, *, cleared: bool = False, level: str = "critical", **params: Any) -> None:
    alert = Alert(
        key=key,
        level=level,
        at=house.clock.now(),
        cleared=cleared,
        text="alerts.journal_failed",
        params=params,  # type: ignore[arg-type]  # one of the three
    )
    house.deps.live.receive(f"fs/v1/{SITE}/events/alert", alert.model_dump_json().encode())


def standing(house: House) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = house.client.get("/api/v1/alerts", headers=house.as_("viewer")).json()["items"]
    return items


def keys(house: House) -> set[str]:
    return {one["key"] for one in standing(house)}


# -- readiness


def test_ready_when_everything_is(house: House, broker: Connected) -> None:
    alive(house)
    assert ready(house) == {
        "status": "ok",
        "parts": dict.fromkeys(("broker", "database", "states", "journal", "timeseries", "scheduler"), True),
    }


def test_each_part_says_why_it_is_not(house: House, broker: Connected, monkeypatch: pytest.MonkeyPatch) -> None:
    alive(house)
    house.deps.history.available = False  # type: ignore[attr-defined]  # the one in memory can be made so
    assert ready(house)["why"] == {"timeseries": "the time series does not answer; see whether it runs"}
    house.deps.history.available = True  # type: ignore[attr-defined]  # as above
    say(house, "gateway/journal", reason="disk full")
    assert ready(house)["why"] == {"journal": "the gateway's journal takes nothing in; the alerts say why"}
    say(house, "gateway/journal", cleared=True)
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage(10**9, 10**9, 2**26 - 1))
    assert "nearly full" in ready(house)["why"]["journal"]
    monkeypatch.undo()


def test_the_scheduler_is_silent_by_will_and_by_silence(house: House, broker: Connected) -> None:
    alive(house)
    house.deps.live.receive(SCHEDULER_STATUS_TOPIC, OFFLINE, retained=True)
    assert ready(house)["failing"] == ["scheduler"]
    house.deps.live.receive(SCHEDULER_STATUS_TOPIC, ONLINE)
    assert ready(house)["status"] == "ok"
    house.machine.advance(61)
    assert ready(house)["failing"] == ["scheduler"]


def test_a_folder_that_is_elsewhere_is_somebody_elses(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    assert folder_fault(tmp_path / "none") is None
    assert folder_fault(tmp_path) is None
    monkeypatch.setattr("os.access", lambda *_: False)
    assert folder_fault(tmp_path) == "read_only"


# -- figures


def test_metrics_show_books_devices_alerts_and_delay(house: House, broker: Connected) -> None:
    house.clock.advance(1)
    house.hear(as_of=house.clock.now() - 300)
    say(house, "gateway/journal", reason="x")
    figures = house.client.get("/metrics").text
    for line in (
        'foldspace_devices{presence="unheard"} 1.0', 'foldspace_devices{presence="offline"} 0.0',
        "foldspace_devices_unclaimed 0.0", "foldspace_readings_missing 0.0", "foldspace_readings_lost 0.0",
        "foldspace_quarantine_dropped_total 0.0", 'foldspace_file_bytes{file="journal"} 0.0',
        'foldspace_alerts{level="critical"} 1.0', 'foldspace_alerts{level="info"} 0.0',
        'foldspace_api_state_delay_seconds_bucket{le="0.25"} 0.0',
        'foldspace_api_state_delay_seconds_bucket{le="0.5"} 1.0',
    ):  # fmt: skip
        assert line in figures, line


def test_what_the_broker_kept_is_no_delay(house: House) -> None:
    state = house.hear()
    house.clock.advance(500)
    later = state.model_copy(update={"as_of": state.as_of + 1})
    topic = f"fs/v1/{SITE}/space/room-a/state"
    house.deps.live.receive(topic, later.model_dump_json().encode(), retained=True)
    assert "foldspace_api_state_delay_seconds_count 1.0" in house.client.get("/metrics").text


# -- alerts of others


def test_an_alert_said_again_is_no_news_and_keeps_its_instant(house: House) -> None:
    level = house.deps.live.level
    first = Alert(key="k", level="warning", at=1, text="t", params={"n": 1})
    assert level.put_alert(SITE, first, 1) == first
    assert level.put_alert(SITE, first.model_copy(update={"at": 2}), 2) is None
    more = level.put_alert(SITE, first.model_copy(update={"at": 3, "params": {"n": 2}}), 3)
    assert more is not None
    assert (more.at, more.params) == (1, {"n": 2})
    other = first.model_copy(update={"at": 4, "text": "u"})
    assert level.put_alert(SITE, other, 4) == other
    end = other.model_copy(update={"cleared": True})
    assert level.put_alert(SITE, end, 5) == end
    assert level.put_alert(SITE, end, 6) is None
    assert level.alerts() == []


def test_alerts_of_a_gateway_that_is_gone_stay_and_are_marked(house: House, broker: Connected) -> None:
    watch = Watch(house.deps)
    alive(house)
    say(house, "gateway/journal", reason="x")
    house.deps.live.receive(GATEWAY_STATUS_TOPIC, OFFLINE)
    pass_time(house, 6 * 60)
    watch.look()
    [one] = [one for one in standing(house) if one["key"] == "gateway/journal"]
    assert one["stale"] is True


def test_alerts_nobody_says_again_lapse_under_a_gateway_that_lives(house: House, broker: Connected) -> None:
    watch = Watch(house.deps)
    alive(house)
    say(house, "gateway/old", reason="x")
    pass_time(house, 4 * 60)
    say(house, "gateway/new", reason="x")
    pass_time(house, 2 * 60)
    alive(house)
    watch.look()
    assert keys(house) == {"gateway/new"}


# -- alerts of the API itself


def seconds_until(house: House, watch: Watch, key: str) -> float:
    """Look every few seconds until the alert stands; return how long that took."""
    waited = 0.0
    while key not in keys(house):
        assert waited <= 90, f"{key} was never raised"
        pass_time(house, LOOK_EVERY_S)
        waited += LOOK_EVERY_S
        watch.look()
    return waited


def test_a_gateway_or_scheduler_that_dies_is_told_within_a_minute_and_cleared(house: House, broker: Connected) -> None:
    watch = Watch(house.deps)
    alive(house)
    watch.look()
    assert keys(house) == set()
    house.deps.live.receive(GATEWAY_STATUS_TOPIC, OFFLINE)
    assert seconds_until(house, watch, "api/gateway_silent") <= 60
    alive(house)
    watch.look()
    assert keys(house) == set()
    assert seconds_until(house, watch, "api/scheduler_silent") <= 60  # it hangs: no will, no word
    alive(house)
    watch.look()
    assert keys(house) == set()


def test_a_restart_of_seconds_is_no_alarm(house: House, broker: Connected) -> None:
    watch = Watch(house.deps)
    alive(house)
    house.deps.live.receive(SCHEDULER_STATUS_TOPIC, OFFLINE)
    watch.look()
    pass_time(house, 5)
    watch.look()
    alive(house)
    pass_time(house, 5)
    watch.look()
    assert keys(house) == set()


def test_without_the_broker_only_the_broker_is_blamed(house: House, broker: Connected) -> None:
    watch = Watch(house.deps)
    alive(house)
    broker.there = False
    assert seconds_until(house, watch, "api/broker_lost") <= 60
    pass_time(house, 600)
    watch.look()
    assert keys(house) == {"api/broker_lost"}
    broker.there = True
    house.deps.live.signs.connected()
    watch.look()
    assert keys(house) == set()


def test_a_database_that_is_away_is_told_to_the_stream(
    house: House, broker: Connected, monkeypatch: pytest.MonkeyPatch
) -> None:
    watch = Watch(house.deps)
    alive(house)
    watch.look()

    def away(_store: object) -> int:
        raise DatabaseUnavailableError("database: does not answer")

    with monkeypatch.context() as patch:
        patch.setattr(type(house.deps.catalogue_store), "version", away)
        for _ in range(4):
            pass_time(house, LOOK_EVERY_S)
            watch.look()
    raised = {one.alert.key for one in house.deps.live.level.alerts()}
    assert "api/database_lost" in raised
    watch.look()
    assert "api/database_lost" not in keys(house)


_SIGHTS = st.builds(
    Sight,
    broker=st.booleans(), database=st.booleans(), gateway_gone=st.booleans(), states_old=st.booleans(),
    scheduler_gone=st.booleans(), scheduler_age=st.none() | st.integers(0, 10 * MINUTE),
    listening=st.integers(0, 10 * MINUTE),
)  # fmt: skip


@given(st.lists(st.tuples(_SIGHTS, st.integers(1, 20 * SECOND)), max_size=30))
def test_told_after_the_grace_once_and_cleared_once(steps: list[tuple[Sight, Millis]]) -> None:
    now: Millis = 0
    stands = Standing({}, frozenset())
    wrong_since: dict[str, Millis] = {}
    for seen, passed in steps:
        now += passed
        found = troubles(seen)
        before = stands.told
        stands, raised, cleared = judge(stands, found, now)
        for key, wrong in found.items():
            if wrong:
                wrong_since.setdefault(key, now)
            else:
                wrong_since.pop(key, None)
            if wrong is None:
                assert (key in stands.told) == (key in before)
        assert set(raised) == {k for k, at in wrong_since.items() if now - at >= GRACE} - before
        assert set(cleared) == {key for key in before if found[key] is False}
        assert stands.told == (before | set(raised)) - set(cleared)
