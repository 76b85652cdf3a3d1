"""InfluxDB 2.x: buckets with retention rules, DBRP mappings for InfluxQL, means by tasks."""

import json
from collections.abc import Callable
from functools import partial
from typing import Any

from services.timeseries.influx_plan import (
    BELIEF,
    COARSE_DAYS,
    DAY_S,
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
from services.timeseries.ports import SinkUnavailableError

_NEEDS = "an all-access token of the organisation sees and sets this"


def examine(server: InfluxServer) -> list[Finding]:
    """Return what is well and what is not."""
    org = server.address.org
    try:
        found = server.find("/api/v2/orgs", {"org": org}).get("orgs", [])
    except SinkUnavailableError as error:
        return [Finding(f"organisation {org!r}", False, f"{error}; {_NEEDS}")]
    org_id = next((item["id"] for item in found if item["name"] == org), None)
    if org_id is None:
        return [Finding(f"organisation {org!r}", False, f"is not there or hidden from the token; {_NEEDS}")]
    return _Organisation(server, org_id).examine()


class _Organisation:
    """The organisation that the URL names, on one server."""

    def __init__(self, server: InfluxServer, org_id: str) -> None:
        self._server = server
        self._id = org_id

    def examine(self) -> list[Finding]:
        found: list[Finding] = []
        for name, days in ((self._server.address.bucket, RAW_DAYS), (self._server.address.coarse_bucket, COARSE_DAYS)):
            subject = f"bucket {name!r}"
            try:
                bucket = self._bucket(name)
            except SinkUnavailableError as error:
                found.append(Finding(subject, None, f"{error}; {_NEEDS}"))
                continue
            if bucket is None:
                mend = partial(self._make_bucket, name, days)
                found.append(Finding(subject, False, "is not there", f"made, kept for {days} days", mend))
                continue
            mend = partial(self._keep, bucket["id"], days)
            found.append(retention(subject, _kept_s(bucket), days, mend))
            found.append(self._seen(f"InfluxQL for {name!r}", partial(self._mapping, name, bucket["id"])))
        if all(finding.well for finding in found):
            for measurement, flux in _wanted(self._server).items():
                found.append(self._seen(f"means of {measurement}", partial(self._task, measurement, flux)))
        return found

    def _seen(self, subject: str, look: Callable[[], Finding]) -> Finding:
        try:
            return look()
        except SinkUnavailableError as error:
            return Finding(subject, None, f"{error}; {_NEEDS}")

    def _bucket(self, name: str) -> dict[str, Any] | None:
        answer = self._server.find("/api/v2/buckets", {"orgID": self._id, "name": name})
        return next((item for item in answer.get("buckets", []) if item["name"] == name), None)

    def _make_bucket(self, name: str, days: int) -> None:
        self._post("/api/v2/buckets", {"orgID": self._id, "name": name, "retentionRules": _rules(days)})

    def _keep(self, bucket_id: str, days: int) -> None:
        self._server.change("PATCH", f"/api/v2/buckets/{bucket_id}", {"retentionRules": _rules(days)})

    def _mapping(self, name: str, bucket_id: str) -> Finding:
        subject = f"InfluxQL for {name!r}"
        answer = self._server.find("/api/v2/dbrps", {"orgID": self._id, "db": name})
        mappings = answer.get("content") or []
        # From 2.5 on a virtual mapping does, which the server makes for every bucket without a real one.
        default = next((item for item in mappings if item.get("default")), None)
        if default is not None and default["bucketID"] == bucket_id:
            return Finding(subject, True, "the database is mapped to the bucket")
        if default is not None:
            return Finding(subject, False, "the database is mapped to another bucket; delete that DBRP mapping")
        body = {
            "orgID": self._id,
            "bucketID": bucket_id,
            "database": name,
            "retention_policy": "autogen",
            "default": True,
        }
        mend = partial(self._post, "/api/v2/dbrps", body)
        return Finding(subject, False, "no DBRP mapping", "mapped to the bucket", mend)

    def _task(self, measurement: str, flux: str) -> Finding:
        subject, name = f"means of {measurement}", _task_name(measurement)
        answer = self._server.find("/api/v2/tasks", {"orgID": self._id, "name": name})
        task = next((item for item in answer.get("tasks", []) if item["name"] == name), None)
        if task is None:
            mend = partial(self._post, "/api/v2/tasks", {"orgID": self._id, "flux": flux, "status": "active"})
            return Finding(subject, False, "nothing makes them", "made every hour", mend)
        if task["flux"].strip() != flux.strip() or task.get("status") != "active":
            mend = partial(self._renew, task["id"], flux)
            return Finding(subject, False, f"task {name!r} is off or of another foldspace", "made every hour", mend)
        if task.get("lastRunStatus") == "failed":
            return Finding(subject, False, f"task {name!r} failed last: {task.get('lastRunError', 'no reason given')}")
        return Finding(subject, True, f"task {name!r} makes them every hour")

    def _post(self, path: str, body: dict[str, Any]) -> None:
        self._server.change("POST", path, body)

    def _renew(self, task_id: str, flux: str) -> None:
        self._server.change("PATCH", f"/api/v2/tasks/{task_id}", {"flux": flux, "status": "active"})


def _rules(days: int) -> list[dict[str, Any]]:
    return [{"type": "expire", "everySeconds": days * DAY_S}]


def _kept_s(bucket: dict[str, Any]) -> int:
    return next((int(rule["everySeconds"]) for rule in bucket.get("retentionRules", []) if rule["type"] == "expire"), 0)


def _task_name(measurement: str) -> str:
    return f"foldspace {measurement} 5m"


def _wanted(server: InfluxServer) -> dict[str, str]:
    """Return the Flux of each task. Whole windows only: half a window would overwrite the mean of a whole one."""
    means = _aggregate(server, READINGS, MEANS, "mean")
    totals = _aggregate(server, READINGS, TOTALS, "last")
    beliefs = _aggregate(server, STATES, BELIEF, "last")
    return {
        READINGS: f"{_head(READINGS)}{means}{totals}",
        STATES: f"{_head(STATES)}{beliefs}",
    }


def _head(measurement: str) -> str:
    return (
        'import "date"\n'
        f'option task = {{name: "{_task_name(measurement)}", every: {EVERY}, offset: 1m}}\n'
        f"start = date.truncate(t: -{REACH}, unit: 5m)\n"
        "stop = date.truncate(t: now(), unit: 5m)\n"
    )


def _aggregate(server: InfluxServer, measurement: str, fields: tuple[str, ...], function: str) -> str:
    address = server.address
    chosen = " or ".join(f'r._field == "{name}"' for name in fields)
    return (
        f"from(bucket: {json.dumps(address.bucket)})\n"
        "  |> range(start: start, stop: stop)\n"
        f'  |> filter(fn: (r) => r._measurement == "{measurement}" and ({chosen}))\n'
        f'  |> aggregateWindow(every: 5m, fn: {function}, createEmpty: false, timeSrc: "_start")\n'
        f"  |> to(bucket: {json.dumps(address.coarse_bucket)}, org: {json.dumps(address.org)})\n"
        f'  |> yield(name: "{function}")\n'  # two results of one task must not share a name
    )
