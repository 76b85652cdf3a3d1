"""InfluxDB 1.x: databases with a retention policy, means by continuous queries."""

import re
import zlib
from functools import partial

from services.timeseries.influx_answers import identifier
from services.timeseries.influx_plan import (
    BELIEF,
    COARSE_DAYS,
    EVERY,
    MEANS,
    RAW_DAYS,
    REACH,
    TOTALS,
    Finding,
    retention,
)
from services.timeseries.influx_points import READINGS, STATES
from services.timeseries.influx_server import InfluxServer

_UNIT_S = {"w": 604_800, "d": 86_400, "h": 3_600, "m": 60, "s": 1}


def examine(server: InfluxServer) -> list[Finding]:
    """Return what is well and what is not. Raises SinkUnavailableError."""
    raw, coarse = server.address.bucket, server.address.coarse_bucket
    found = [_database(server, raw, RAW_DAYS), _database(server, coarse, COARSE_DAYS)]
    if all(finding.well for finding in found):
        found += _continuous_queries(server)
    return found


def _database(server: InfluxServer, name: str, days: int) -> Finding:
    subject = f"database {name!r}"
    if not any(row["name"] == name for row in server.run("SHOW DATABASES")):
        create = f'CREATE DATABASE {identifier(name)} WITH DURATION {days}d REPLICATION 1 NAME "foldspace"'
        return Finding(subject, False, "is not there", f"made, kept for {days} days", partial(_run, server, create))
    policies = server.run(f"SHOW RETENTION POLICIES ON {identifier(name)}")
    policy = next((row for row in policies if row["default"]), None)
    if policy is None:
        return Finding(subject, False, f"has no default retention policy; make one with a duration of {days}d")
    alter = f"ALTER RETENTION POLICY {identifier(policy['name'])} ON {identifier(name)} DURATION {days}d"
    return retention(subject, seconds(policy["duration"]), days, partial(_run, server, alter))


def _continuous_queries(server: InfluxServer) -> list[Finding]:
    raw = server.address.bucket
    there = {row["name"] for row in server.run("SHOW CONTINUOUS QUERIES") if "name" in row}
    found = []
    for measurement, (name, statement) in _wanted(server).items():
        subject = f"means of {measurement}"
        if name in there:
            text = "a continuous query makes them every hour, if the server's [continuous_queries] are enabled"
            found.append(Finding(subject, True, text))
            continue
        outdated = sorted(other for other in there if other.startswith(_prefix(raw, measurement)))
        drops = [f"DROP CONTINUOUS QUERY {identifier(other)} ON {identifier(raw)}" for other in outdated]
        text = "their continuous query is of another foldspace" if outdated else "nothing makes them"
        found.append(Finding(subject, False, text, "made every hour", partial(_run, server, *drops, statement)))
    return found


def _wanted(server: InfluxServer) -> dict[str, tuple[str, str]]:
    """Return name and statement of each continuous query.

    The server words them anew, so a checksum of ours in the name tells whether one is up to date.
    """
    raw, coarse = server.address.bucket, server.address.coarse_bucket
    readings = [f"mean({identifier(name)}) AS {identifier(name)}" for name in MEANS]
    readings += [f"last({identifier(name)}) AS {identifier(name)}" for name in TOTALS]
    states = [f"last({identifier(name)}) AS {identifier(name)}" for name in BELIEF]
    wanted = {}
    for measurement, columns in {READINGS: readings, STATES: states}.items():
        body = (
            f"SELECT {', '.join(columns)} INTO {identifier(coarse)}..{identifier(measurement)}"
            f" FROM {identifier(measurement)} GROUP BY time(5m), *"
        )
        name = f"{_prefix(raw, measurement)}{zlib.crc32(f'{EVERY} {REACH} {body}'.encode()):08x}"
        wanted[measurement] = (
            name,
            f"CREATE CONTINUOUS QUERY {identifier(name)} ON {identifier(raw)}"
            f" RESAMPLE EVERY {EVERY} FOR {REACH} BEGIN {body} END",
        )
    return wanted


def _prefix(database: str, measurement: str) -> str:
    return f"foldspace_{database}_{measurement}_5m_"


def seconds(duration: str) -> int:
    """Return a duration as InfluxDB 1.x shows it (2160h0m0s, 1w2d) in seconds; 0: for ever."""
    return sum(int(count) * _UNIT_S[unit] for count, unit in re.findall(r"(\d+)([wdhms])", duration))


def _run(server: InfluxServer, *statements: str) -> None:
    for statement in statements:
        server.run(statement)
