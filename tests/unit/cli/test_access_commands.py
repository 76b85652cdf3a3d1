"""What an operator types to let devices in: one clear line for every mistake, and secrets that are shown once."""

from pathlib import Path

import pytest

from services.cli.access import (
    add_device,
    claim_device,
    init_broker,
    make_certificates,
    onboard_site,
    print_unclaimed,
    revoke_device,
    rotate_device,
    sync_broker,
)
from services.cli.records import open_records
from services.contracts.errors import (
    ConflictError,
    FileError,
    FoldspaceError,
    InvalidError,
    NotFoundError,
    SettingsError,
)
from services.kit.settings import Settings
from tests.unit.access.access_community import COMMUNITY


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    chosen = Settings(data=str(tmp_path))
    records = open_records(chosen)
    records.catalogue_store.import_community(COMMUNITY)
    records.close()
    return chosen


def add(settings: Settings, name: str, **options: object) -> None:
    given: dict[str, object] = {
        "codec": None, "topic": None, "heartbeat_s": None, "with_credentials": True, "signed": False, **options,
    }  # fmt: skip
    add_device(settings, None, name, "hall", "motion", **given)  # type: ignore[arg-type]  # test sugar


def test_an_added_device_is_told_its_password_and_what_the_broker_makes_of_it(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    add(settings, "lane/pir", signed=True)
    shown = capsys.readouterr().out
    assert "username     lane.pir\npassword     " in shown
    assert "signing key  " in shown
    assert "cannot be shown again" in shown
    assert "FOLDSPACE_MQTT_ADMIN_URL is not set" in shown
    add(settings, "lane/quiet", with_credentials=False)
    assert "password" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "options", "kind", "why"),
    [
        ("pir", {}, InvalidError, "expected SITE/DEVICE"),
        ("lane/radar", {}, ConflictError, "the name is taken"),
        ("lane/PIR", {}, InvalidError, "id"),
        ("lane/pir", {"codec": "nobodys", "topic": "x"}, InvalidError, "codecs list"),
        ("lane/pir", {"codec": "tasmota"}, InvalidError, "with --topic"),
        ("lane/pir", {"codec": "zigbee2mqtt", "topic": "fs/v1/lane/dev/radar"}, InvalidError, "topic of one device"),
    ],
)
def test_a_device_that_cannot_be_meant_is_one_clear_line(
    settings: Settings, name: str, options: dict[str, object], kind: type[FoldspaceError], why: str
) -> None:
    with pytest.raises(kind, match=why):
        add(settings, name, **options)


def test_rotate_revoke_and_onboarding(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    rotate_device(settings, None, "lane/radar", signed=None)
    revoke_device(settings, None, "lane/radar")
    onboard_site(settings, None, "lane")
    shown = capsys.readouterr().out
    assert shown.count("password     ") == 2
    assert "lane/radar is shut out" in shown
    assert "username     lane~onboarding" in shown
    with pytest.raises(NotFoundError, match="site nowhere"):
        onboard_site(settings, None, "nowhere")


def test_nobody_waits_where_nothing_was_heard(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    print_unclaimed(settings, None)
    assert capsys.readouterr().out == "no device waits\n"
    with pytest.raises(NotFoundError, match="no device that waits"):
        claim_device(settings, None, "0123ABCD", "hall", "motion", None)


def test_a_broker_that_is_not_managed_is_one_clear_line(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="FOLDSPACE_MQTT_ADMIN_URL: expected"):
        sync_broker(settings)
    (tmp_path / "url").write_text("mqtt://broker")
    with pytest.raises(FileError, match="USER:PASSWORD"):
        init_broker(settings, [tmp_path / "url"])


def test_certificates_say_what_was_done_and_what_trusts_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for _ in range(2):
        make_certificates(tmp_path / "tls", ["localhost"])
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["made", "made", "made", "clients", "kept", "kept", "kept", "clients"]
    assert "FOLDSPACE_MQTT_CA=" in lines[3]
