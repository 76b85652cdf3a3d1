"""Figures about the system itself on an InfluxDB, beside the readings: what Grafana draws."""

from collections.abc import Sequence

from services.contracts.names import Millis
from services.timeseries import lineprotocol
from services.timeseries.influx_answers import RejectedError
from services.timeseries.influx_points import NS
from services.timeseries.influx_server import InfluxServer
from services.timeseries.ports import FigurePoint, SinkUnavailableError


class InfluxFigures:
    """FigureSink over one bucket. May be used from several threads."""

    def __init__(self, server: InfluxServer) -> None:
        self._server = server

    def note(self, points: Sequence[FigurePoint]) -> None:
        """Store all points. They are our own, so that one which the server rejects is a disorder, not bad luck."""
        if not points:
            return
        try:
            self._server.write("\n".join(line(point) for point in points).encode())
        except RejectedError as error:
            raise SinkUnavailableError(f"{self._server.address}: rejects figures: {error}") from None

    def newest(self, measurement: str) -> Millis | None:
        """Return the time of the newest point of a measurement."""
        found = self._server.select(f'SELECT * FROM "{measurement}" ORDER BY time DESC LIMIT 1')
        return int(found[0]["time"]) // NS if found else None

    def close(self) -> None:
        """Let go of the connections."""
        self._server.close()


def line(point: FigurePoint) -> str:
    """Return a point as a line of line protocol. Raises ValueError for what cannot be said."""
    return lineprotocol.encode(point.measurement, sorted(point.tags.items()), point.fields.items(), point.at_ns)
