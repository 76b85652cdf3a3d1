"""Settings come from the environment or a file with the same keys; a fault names the key."""

from pathlib import Path

import pytest

from services.contracts.errors import SettingsError
from services.kit.addresses import host_port
from services.kit.mqtt import Broker
from services.kit.settings import Settings, load


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    path = tmp_path / "foldspace.toml"
    path.write_text('FOLDSPACE_HTTP = "0.0.0.0:80"\nFOLDSPACE_DATA = "/srv/fold"\n')
    found = load({"FOLDSPACE_CONFIG": str(path), "FOLDSPACE_HTTP": "127.0.0.1:9000", "PATH": "/bin"})
    assert found.http == "127.0.0.1:9000"
    assert found.database == "sqlite:////srv/fold/foldspace.sqlite"
    assert found.journal == Path("/srv/fold/journal.sqlite")


@pytest.mark.parametrize("text", ['FOLDSPACE_HTP = "x"', "FOLDSPACE_HTTP = 80", "FOLDSPACE_HTTP"])
def test_a_bad_file_is_refused_with_its_name(tmp_path: Path, text: str) -> None:
    path = tmp_path / "foldspace.toml"
    path.write_text(text)
    with pytest.raises(SettingsError, match=r"foldspace\.toml"):
        load({"FOLDSPACE_CONFIG": str(path)})


def test_a_secret_may_lie_in_a_file_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "influx_token"
    path.write_text("s3cret\n")
    assert load({"FOLDSPACE_INFLUX_TOKEN_FILE": str(path)}).influx_token == "s3cret"


def test_a_missing_secret_names_key_and_file() -> None:
    with pytest.raises(SettingsError, match=r"FOLDSPACE_DB_URL_FILE: /nowhere/db_url: cannot be read"):
        load({"FOLDSPACE_DB_URL_FILE": "/nowhere/db_url"})


def test_a_setting_given_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="FOLDSPACE_DATA: is set, and FOLDSPACE_DATA_FILE as well"):
        load({"FOLDSPACE_DATA": "x", "FOLDSPACE_DATA_FILE": str(tmp_path)})


def test_a_secret_does_not_show_in_a_repr() -> None:
    assert "s3cret" not in repr(Settings(influx_token="s3cret"))
    assert "s3cret" not in repr(Broker.parse("mqtt://me:s3cret@broker"))


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("mqtt://host", Broker("host", 1883)),
        ("mqtts://host", Broker("host", 8883, tls=True)),
        ("mqtt://u:p%40ss@host:99", Broker("host", 99, username="u", password="p@ss")),
    ],
)
def test_an_mqtt_url_parses(url: str, expected: Broker) -> None:
    assert Broker.parse(url) == expected


@pytest.mark.parametrize("url", ["http://host", "host:1883", "mqtt://", "mqtt://host:port", ""])
def test_a_bad_mqtt_url_says_what_was_expected(url: str) -> None:
    with pytest.raises(SettingsError, match="expected mqtt://"):
        Broker.parse(url)


@pytest.mark.parametrize("value", ["8080", ":8080", "host:", "host:http", "host:70000"])
def test_a_bad_address_names_the_option(value: str) -> None:
    with pytest.raises(SettingsError, match="--http"):
        host_port(value, "--http")


def test_an_address_splits_also_for_ipv6() -> None:
    assert host_port("[::1]:8080", "--http") == ("::1", 8080)
