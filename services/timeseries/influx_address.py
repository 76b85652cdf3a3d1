"""Where an InfluxDB is: the URL of the setting, taken apart."""

from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from services.contracts.errors import SettingsError

_SCHEMES = {"influxdb": "http", "influxdbs": "https"}
_DEFAULT_PORT = 8086


@dataclass(frozen=True, slots=True)
class InfluxAddress:
    """A bucket of an organisation on a server. Version 1 and 3 call the bucket a database and know no organisation."""

    base_url: str
    org: str
    bucket: str

    @property
    def coarse_bucket(self) -> str:
        """Where means over five minutes are kept for years."""
        return f"{self.bucket}_5m"

    def __str__(self) -> str:
        return f"InfluxDB {self.base_url} bucket {self.bucket!r}"


def is_influx(url: str) -> bool:
    """Tell whether a time series URL names an InfluxDB."""
    return url.partition("://")[0] in _SCHEMES


def parse(url: str) -> InfluxAddress:
    """Take `influxdb://host:8086/ORG/BUCKET` or `influxdbs://…` apart. Raises SettingsError."""
    # The message shows the scheme alone: the rest may hold a password.
    scheme = url.partition("://")[0]
    wrong = SettingsError(
        f"FOLDSPACE_TIMESERIES_URL: expected {scheme}://HOST:8086/ORG/BUCKET and nothing else;"
        " the token belongs into FOLDSPACE_INFLUX_TOKEN"
    )
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port or _DEFAULT_PORT
    except ValueError:
        raise wrong from None
    names = [unquote(name) for name in parts.path.strip("/").split("/")]
    if scheme not in _SCHEMES or not host or "@" in parts.netloc or parts.query or parts.fragment:
        raise wrong
    if len(names) != 2 or not all(name and name.isprintable() for name in names):
        raise wrong
    shown = f"[{host}]" if ":" in host else host
    return InfluxAddress(f"{_SCHEMES[scheme]}://{shown}:{port}", *names)
