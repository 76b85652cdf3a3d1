"""The time series on an InfluxDB: batches in line protocol, answers by InfluxQL."""

from collections.abc import Sequence

from services.contracts.names import Millis
from services.kit.logs import logger
from services.timeseries.influx_answers import RejectedError, literal
from services.timeseries.influx_points import (
    NS,
    READINGS,
    STATES,
    order,
    reading_line,
    reading_of,
    state_line,
    state_of,
)
from services.timeseries.influx_server import InfluxServer
from services.timeseries.ports import ReadingPoint, Refused, SinkUnavailableError, StatePoint

_PROBE = b"foldspace_probe ok=true"
"""A point that no server can object to; without a time, so that it is never too old to be kept."""

Point = ReadingPoint | StatePoint

log = logger("timeseries")


class InfluxTimeseries:
    """ReadingSink and History over one bucket. May be used from several threads."""

    def __init__(self, server: InfluxServer) -> None:
        self._server = server

    def write(self, readings: Sequence[ReadingPoint], states: Sequence[StatePoint]) -> list[Refused]:
        """Store all points but those returned, which the server will never take. Raises SinkUnavailableError.

        A batch is one request. One that is rejected is halved until the guilty points are found; writing the others
        a second time overwrites them with themselves.
        """
        # Of two beliefs in one millisecond the later one held; a server is free to keep either of two in one request.
        beliefs = {(point.site, point.space, point.at): point for point in states}
        points: list[Point] = []
        lines: list[bytes] = []
        refused: list[Refused] = []
        for reading in readings:
            try:
                lines.append(reading_line(reading))
                points.append(reading)
            except ValueError as error:
                refused.append(Refused(reading, f"cannot be said in line protocol: {error}"))
        for belief in beliefs.values():
            try:
                lines.append(state_line(belief))
                points.append(belief)
            except ValueError as error:
                refused.append(Refused(belief, f"cannot be said in line protocol: {error}"))
        refused += self._send(points, lines)
        if refused:
            log.warning("points_refused", count=len(refused), of=len(lines), reason=refused[0].reason)
        return refused

    def states(self, site: str, space: str, start: Millis, end: Millis) -> list[StatePoint]:
        """Return the beliefs from `start` to `end`, led by the one that held at `start`."""
        where = f"site = {literal(site)} AND space = {literal(space)}"
        query = f"SELECT * FROM {STATES} WHERE {where} AND time"
        held = self._server.select(f"{query} <= {start * NS} ORDER BY time DESC LIMIT 1")
        after = self._server.select_many(f"{query} > {start * NS} AND time <= {end * NS} ORDER BY time ASC")
        try:
            return [state_of(row) for row in held + after]
        except KeyError as error:
            raise self._foreign(STATES, error) from None

    def readings(
        self, site: str, space: str, start: Millis, end: Millis, limit: int, kind: str | None = None
    ) -> list[ReadingPoint]:
        """Return readings from `start` to `end` in order of `at`, at most `limit`; of one kind or all."""
        if limit < 1:  # which InfluxQL would read as "no limit"
            return []
        of_kind = "" if kind is None else f" AND kind = {literal(kind)}"
        found = self._server.select_many(
            f"SELECT * FROM {READINGS} WHERE site = {literal(site)} AND space = {literal(space)}{of_kind}"
            f" AND time >= {start * NS} AND time < {(end + 1) * NS} ORDER BY time ASC",
            limit,
        )
        try:
            return sorted((reading_of(row) for row in found), key=order)
        except KeyError as error:
            raise self._foreign(READINGS, error) from None

    def close(self) -> None:
        """Let go of the connections."""
        self._server.close()

    def _send(self, points: Sequence[Point], lines: Sequence[bytes]) -> list[Refused]:
        refused: list[Refused] = []
        probed = False
        waiting = [(0, len(lines))] if lines else []
        while waiting:
            start, end = waiting.pop()
            try:
                self._server.write(b"\n".join(lines[start:end]))
            except RejectedError as error:
                if not probed:
                    self._require_judgement(error)
                    probed = True
                # A server that counts may say at once that none of them will do: all too old, say.
                if end - start == 1 or error.dropped == end - start:
                    refused += [Refused(point, error.reason) for point in points[start:end]]
                else:
                    middle = (start + end) // 2
                    waiting += [(middle, end), (start, middle)]
        return refused

    def _require_judgement(self, first: RejectedError) -> None:
        """Make sure that it is the points: a proxy or a server in disorder rejects everything alike."""
        try:
            self._server.write(_PROBE)
        except RejectedError:
            raise SinkUnavailableError(
                f"{self._server.address}: rejects whatever is written ({first}); see that the URL, its scheme and"
                " its port are those of an InfluxDB"
            ) from None

    def _foreign(self, measurement: str, error: KeyError) -> SinkUnavailableError:
        return SinkUnavailableError(
            f"{self._server.address}: measurement {measurement!r} has points that foldspace did not write"
            f" (without {error}); give foldspace a bucket of its own"
        )
