"""`foldspace doctor`: what is wrong is said with what to do, and only that makes it exit with 1."""

from dataclasses import replace
from pathlib import Path

import pytest

from services.bookings.leasestore import LeaseStore, database_clock
from services.cli import checks, doctor
from services.cli.communities import load_understood
from services.cli.metrics import serve_metrics
from services.cli.records import open_records
from services.contracts.errors import FileError, FoldspaceError, StartError
from services.contracts.texts import catalogue
from services.journal.journal import Journal
from services.journal.ledger import Ledger
from services.journal.lives import ClockTrack, DeviceLife, to_json
from services.journal.records import Arrival, DeviceAccount, QuarantineRow, Settlement
from services.kit.certificates import ensure
from services.kit.settings import Settings
from services.notices.courier import trial
from services.notices.outbox import NoticeOutbox
from services.notices.sending import DeliveryError
from services.notices.store import SubscriptionStore
from services.signage import fonts
from tests.fonts import faces as machines_faces
from tests.servers import free_port

NOW = 1_772_499_600_000
DAY_MS = 86_400_000

SITE = '[[sites]]\nid="s"\nname="s"\ntimezone="Asia/Shanghai"\n[[spaces]]\nid="a"\nsite="s"\nname="a"\ncapacity=3\n'
DEVICE = '[[devices]]\nid="d"\nsite="s"\nspace="a"\nkind="motion"\ncodec="%s"\n%s'


def marks(name: str, settings: Settings, now: int = NOW) -> list[tuple[str, str]]:
    return [(one.mark, one.key) for one in checks.run(name, settings, now)]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data=str(tmp_path))


def test_an_empty_folder_is_well_without_a_broker(settings: Settings) -> None:
    for name in checks.CHECKS.keys() - {"broker", "http"}:
        assert [mark for mark, _ in marks(name, settings)] == ["ok"], name


def test_the_time_series_is_written_once_a_day(settings: Settings) -> None:
    assert marks("timeseries", settings) == marks("timeseries", settings, NOW + 1000) == [("ok", "timeseries_ok")]


def test_books_quarantine_and_gaps(settings: Settings) -> None:
    with Journal.open(settings.journal, owner=True) as journal, Ledger.open(settings.journal) as ledger:
        last = journal.append([Arrival(1, "t", b"")] * 3)
        ledger.settle(Settlement(last, stored=2, quarantined=[QuarantineRow(1, 1, "t", b"", "topic", "no")]))
        assert marks("journal", settings) == [("ok", "journal_ok")]
        assert marks("quarantine", settings) == [("look", "quarantine_some")]
        ledger.settle(Settlement(last, stored=1))
    assert marks("journal", settings) == [("ill", "journal_unbalanced")]
    assert marks("journal", replace(settings, journal_max_mb="x"))[0][0] == "ill"


def test_who_leads(settings: Settings) -> None:
    assert marks("scheduler", settings) == [("ok", "scheduler_none")]
    records = open_records(settings)
    an_hour_ago = LeaseStore(records.engine, lambda connection: database_clock(connection) - 3_600_000)
    assert an_hour_ago.take("cellar", 15_000) is not None
    assert marks("scheduler", settings) == [("look", "scheduler_gone")]
    lease = LeaseStore(records.engine).take("office", 15_000)
    assert lease is not None
    assert marks("scheduler", settings) == [("ok", "scheduler_leads")]
    LeaseStore(records.engine).release(lease)
    assert marks("scheduler", settings) == [("ok", "scheduler_none")]
    records.close()


def test_a_nearly_full_disk(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "_LEAST_FREE_MB", 2**40)
    assert marks("folder", settings) == [("ill", "folder_nearly_full")]


def test_certificates_that_end_soon(settings: Settings, tmp_path: Path) -> None:
    ensure(tmp_path, ["localhost"], NOW)
    configured = replace(settings, http_cert=str(tmp_path / "api.crt"), mqtt_ca=str(tmp_path / "ca.crt"))
    assert marks("certificates", configured) == [("ok", "certificates_ok")] * 2
    assert marks("certificates", configured, NOW + 390 * DAY_MS) == [
        ("ill", "certificates_ending"),
        ("ok", "certificates_ok"),
    ]
    assert marks("certificates", replace(settings, mqtt_ca="nowhere")) == [("ill", "certificates_unreadable")]


def test_pictures_need_a_font(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    machines_faces()
    assert marks("screens", settings) == [("ok", "screens_font")]
    assert marks("screens", replace(settings, font=str(tmp_path / "nowhere.ttc"))) == [("ill", "screens_no_font")]
    monkeypatch.setattr(fonts.find, "__defaults__", ((), lambda _path: False))
    assert marks("screens", settings) == [("look", "screens_no_font")]  # pages need none


def _off(device: str, offset_ms: int | None) -> DeviceAccount:
    return DeviceAccount("s", device, None, None, [], None, to_json(DeviceLife(clock=ClockTrack(offset_ms=offset_ms))))


@pytest.mark.parametrize(
    ("offsets", "shared"),
    [
        ([], None),
        ([600_000, 600_000], None),
        ([600_000, 601_000, 602_000, None], 601_000),
        ([0, 5, 600_000], 5),
        ([-900_000, 0, 900_000, 1_800_000], None),
    ],
)
def test_this_clock_is_doubted_only_when_the_devices_agree(offsets: list[int | None], shared: int | None) -> None:
    assert checks.common_offset([_off(str(number), offset) for number, offset in enumerate(offsets)]) == shared


def test_a_machine_that_woke_up_in_1970(settings: Settings) -> None:
    assert marks("clock", settings, 1000) == [("ill", "clock_wrong")]


def test_every_finding_has_its_words(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert doctor.examine(Settings(mqtt_url="mqtt://127.0.0.1:1", http="127.0.0.1:1"), str(tmp_path)) is False
    said = capsys.readouterr().out
    assert "doctor." not in said
    assert "{" not in said
    assert {f"doctor.part_{name}" for name in checks.CHECKS} <= catalogue().keys()


def test_a_folder_that_is_not_there_is_not_made(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert doctor.examine(Settings(mqtt_url="mqtt://127.0.0.1:1"), str(tmp_path / "none")) is False
    assert not (tmp_path / "none").exists()
    assert "up --data" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("environ", "language"), [({"LANG": "zh_CN.UTF-8"}, "zh"), ({}, "en"), ({"LANG": "zh_CN", "LC_ALL": "C"}, "en")]
)
def test_the_language_is_the_terminals(environ: dict[str, str], language: str) -> None:
    assert doctor.language_of(environ) == language


@pytest.mark.parametrize(("codec", "topic", "fault"), [("magic", "", "'magic' is not known"), ("tasmota", "", "topic")])
def test_a_community_whose_codecs_are_wrong_is_refused(tmp_path: Path, codec: str, topic: str, fault: str) -> None:
    file = tmp_path / "c.toml"
    file.write_text(SITE + DEVICE % (codec, topic))
    with pytest.raises(FileError, match=fault):
        load_understood(file)
    file.write_text(SITE + DEVICE % ("tasmota", 'topic="plug1"\n'))
    assert len(load_understood(file).devices) == 1


def test_metrics_are_served_only_where_an_address_says(settings: Settings) -> None:
    import socket

    from prometheus_client import CollectorRegistry

    serve_metrics(settings, CollectorRegistry())()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(StartError, match="FOLDSPACE_METRICS"):
            serve_metrics(replace(settings, metrics=f"127.0.0.1:{port}"), CollectorRegistry())
    stop = serve_metrics(replace(settings, metrics=f"127.0.0.1:{port}"), CollectorRegistry())
    socket.create_connection(("127.0.0.1", port), timeout=5).close()
    stop()
    with pytest.raises(FoldspaceError, match="FOLDSPACE_METRICS"):
        serve_metrics(replace(settings, metrics="8080"), CollectorRegistry())


def test_a_mail_server_is_greeted_and_one_that_is_away_is_no_reason_to_stop(settings: Settings) -> None:
    assert marks("mail", settings) == [("ok", "mail_none")]
    away = replace(settings, smtp_url=f"smtp://127.0.0.1:{free_port()}", mail_from="a@example.org")
    assert marks("mail", away) == [("look", "mail_unreachable")]
    assert marks("mail", replace(away, mail_from="")) == [("ill", "failed")]


def test_notices_that_do_not_arrive_are_named(settings: Settings) -> None:
    assert marks("notices", settings) == [("ok", "notices_ok")]
    records = open_records(settings)
    store, outbox = SubscriptionStore(records.engine), NoticeOutbox(records.engine)
    one = store.add("webhook", "楼宇", "https://example.org/", None, (), (), "zh", "each", "li", NOW)
    outbox.queue([trial(one, "hello", "2026-03-03T09:00:00+08:00", "1", NOW)])
    batch = outbox.claim(NOW, 1)
    assert batch is not None
    outbox.failed(batch, DeliveryError("nobody there", "connect"), NOW, 0.5)
    records.close()
    assert marks("notices", settings) == [("look", "notices_failing")]
