"""Examines an InfluxDB and sets it up: bucket, retention and five-minute means, as `foldspace doctor --fix` does."""

from services.contracts.errors import FoldspaceError
from services.timeseries import influx_setup_v1, influx_setup_v2
from services.timeseries.influx_address import parse
from services.timeseries.influx_plan import Finding
from services.timeseries.influx_server import InfluxServer

_MOST_STEPS = 20


def check(url: str, token: str = "") -> list[Finding]:
    """Return what is well and what is not, in the order in which it has to be mended. Raises SettingsError."""
    server = InfluxServer(parse(url), token)
    try:
        return _examine(server)
    finally:
        server.close()


def fix(url: str, token: str = "") -> list[str]:
    """Mend what can be mended; return a sentence for each thing done. `check` tells what is left.

    Nothing that was measured is ever deleted: a retention longer than planned stays. Raises SettingsError, and
    SinkUnavailableError when the server refuses a step.
    """
    server = InfluxServer(parse(url), token)
    done: list[str] = []
    tried: set[str] = set()
    try:
        for _ in range(_MOST_STEPS):
            # One step can make the next one possible, so everything is examined again after each.
            ill = (item for item in _examine(server) if item.mend is not None and item.subject not in tried)
            finding = next(ill, None)
            if finding is None or finding.mend is None:
                break
            tried.add(finding.subject)
            finding.mend()
            done.append(f"{finding.subject}: {finding.remedy}")
    finally:
        server.close()
    return done


def _examine(server: InfluxServer) -> list[Finding]:
    try:
        version = server.version()
    except FoldspaceError as error:
        return [Finding("server", False, str(error))]
    found = [Finding("server", True, f"{server.address.base_url} is InfluxDB {version}")]
    if version.startswith("1."):
        return found + influx_setup_v1.examine(server)
    if version.startswith("2."):
        return found + influx_setup_v2.examine(server)
    return [
        *found,
        Finding(
            "retention and means",
            None,
            f"foldspace can neither see nor set them on version {version}; make the database with"
            f" `influxdb3 create database --retention-period 90d {server.address.bucket}`, and let a processing engine"
            f" plugin write means to {server.address.coarse_bucket!r} if you want them",
        ),
    ]
