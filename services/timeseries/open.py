"""Chooses the adapter of the time series by the scheme of its URL."""

from pathlib import Path
from typing import Protocol

from services.contracts.errors import SettingsError
from services.timeseries import influx_address
from services.timeseries.ports import FigureSink, History, ReadingSink
from services.timeseries.sqlite import SqliteTimeseries

_SQLITE = "sqlite:///"


class Timeseries(ReadingSink, History, Protocol):
    """Both sides of the port, as every adapter has them."""


def open_sink(url: str, token: str = "") -> ReadingSink:
    """Open the time series for writing. Raises SettingsError for the URL or token, StartError for what it names.

    An InfluxDB is not asked yet: that it is away shows with the first call, and passes.
    """
    return open_timeseries(url, token)


def open_history(url: str, token: str = "") -> History:
    """Open the time series for reading. Raises SettingsError for the URL or token, StartError for what it names."""
    return open_timeseries(url, token)


def open_timeseries(url: str, token: str = "") -> Timeseries:
    """Open the time series for both. Raises SettingsError for the URL or token, StartError for what it names."""
    if influx_address.is_influx(url):
        # Imported here: the client library takes a third of a second and memory that SQLite users should not pay for.
        from services.timeseries.influx import InfluxTimeseries
        from services.timeseries.influx_server import InfluxServer

        return InfluxTimeseries(InfluxServer(influx_address.parse(url), token))
    path = url.removeprefix(_SQLITE)
    if path == url or not path:
        # Only the scheme is shown: what follows it may hold a password.
        raise SettingsError(
            "FOLDSPACE_TIMESERIES_URL: expected sqlite:///FILE or influxdb://HOST:8086/ORG/BUCKET,"
            f" got something with scheme {url.partition(':')[0]!r}"
        )
    return SqliteTimeseries(Path(path))


def open_figures(url: str, token: str = "") -> FigureSink | None:
    """Open the place for figures about the system; None on SQLite, where nobody draws them. Raises SettingsError.

    What they are made from, the books and the decisions, is kept whichever time series there is.
    """
    if not influx_address.is_influx(url):
        return None
    from services.timeseries.influx_figures import InfluxFigures  # as above
    from services.timeseries.influx_server import InfluxServer

    return InfluxFigures(InfluxServer(influx_address.parse(url), token))
