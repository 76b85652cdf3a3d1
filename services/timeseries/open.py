"""Chooses the adapter of the time series by the scheme of its URL."""

from pathlib import Path

from services.contracts.errors import SettingsError
from services.timeseries.ports import History, ReadingSink
from services.timeseries.sqlite import SqliteTimeseries

_SQLITE = "sqlite:///"


def open_sink(url: str) -> ReadingSink:
    """Open the time series for writing. Raises SettingsError for the URL, StartError for what it names."""
    return _open(url)


def open_history(url: str) -> History:
    """Open the time series for reading. Raises SettingsError for the URL, StartError for what it names."""
    return _open(url)


def _open(url: str) -> SqliteTimeseries:
    path = url.removeprefix(_SQLITE)
    if path == url or not path:
        # Only the scheme is shown: what follows it may hold a password.
        raise SettingsError(
            f"FOLDSPACE_TIMESERIES_URL: expected sqlite:///FILE, got something with scheme {url.partition(':')[0]!r}"
        )
    return SqliteTimeseries(Path(path))
