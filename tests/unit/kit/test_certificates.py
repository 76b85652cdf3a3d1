"""A private CA is made once, its certificates are renewed in time, and keys are nobody else's."""

import ssl
from datetime import UTC, datetime
from pathlib import Path

import pytest

from services.contracts.errors import FileError, InvalidError
from services.contracts.instants import to_millis
from services.contracts.names import DAY
from services.kit.certificates import ensure

NOW = to_millis(datetime(2026, 3, 3, tzinfo=UTC))
HOSTS = ["foldspace.lan", "192.0.2.2"]


def done(folder: Path, hosts: list[str], now: int) -> list[str]:
    return [made.done for made in ensure(folder, hosts, now)]


def test_a_second_run_keeps_everything_until_it_runs_out(tmp_path: Path) -> None:
    assert done(tmp_path, HOSTS, NOW) == ["made", "made", "made"]
    assert done(tmp_path, HOSTS, NOW + 300 * DAY) == ["kept", "kept", "kept"]
    assert done(tmp_path, HOSTS, NOW + 370 * DAY) == ["kept", "renewed", "renewed"]
    assert done(tmp_path, HOSTS, NOW + 3640 * DAY) == ["renewed", "renewed", "renewed"]


def test_another_host_renews_the_servers_and_fewer_hosts_do_not(tmp_path: Path) -> None:
    ensure(tmp_path, HOSTS, NOW)
    assert done(tmp_path, HOSTS[:1], NOW) == ["kept", "kept", "kept"]
    assert done(tmp_path, [*HOSTS, "localhost"], NOW) == ["kept", "renewed", "renewed"]


def test_keys_are_readable_by_their_owner_alone_and_fit_their_certificates(tmp_path: Path) -> None:
    ensure(tmp_path / "tls", HOSTS, NOW)
    keys = sorted((tmp_path / "tls").glob("*.key"))
    assert [key.name for key in keys] == ["api.key", "broker.key", "ca.key"]
    assert {key.stat().st_mode & 0o777 for key in keys} == {0o600}
    for server in ("api", "broker"):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(tmp_path / "tls" / f"{server}.crt", tmp_path / "tls" / f"{server}.key")


@pytest.mark.parametrize("host", ["", "a b", "http://x", "x" * 64, "café.lan"])
def test_a_host_that_is_none_is_named(tmp_path: Path, host: str) -> None:
    with pytest.raises(InvalidError, match="host"):
        ensure(tmp_path, [host], NOW)


def test_no_hosts_are_too_few(tmp_path: Path) -> None:
    with pytest.raises(InvalidError, match="at least one"):
        ensure(tmp_path, [], NOW)


def test_a_key_that_is_not_the_certificates_is_named_and_nothing_is_overwritten(tmp_path: Path) -> None:
    ensure(tmp_path, HOSTS, NOW)
    (tmp_path / "broker.key").write_bytes((tmp_path / "api.key").read_bytes())
    with pytest.raises(FileError, match=r"broker\.key: is not the key"):
        ensure(tmp_path, HOSTS, NOW)
    (tmp_path / "ca.crt").write_text("rust")
    with pytest.raises(FileError, match=r"ca\.crt: cannot be read"):
        ensure(tmp_path, HOSTS, NOW)
    assert (tmp_path / "ca.crt").read_text() == "rust"
