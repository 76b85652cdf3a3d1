"""Settings: read in one place, from the environment or from a TOML file with the same keys."""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path

from services.contracts.errors import SettingsError

_PREFIX = "FOLDSPACE_"
_FILE = "_FILE"
"""Every setting may be given as a file that holds it: `FOLDSPACE_INFLUX_TOKEN_FILE=/run/secrets/influx_token`."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What a part needs to know about the outside. Every field is `FOLDSPACE_` plus its name in capitals."""

    mqtt_url: str = "mqtt://127.0.0.1:1883"
    mqtt_ca: str = ""
    """File with the CA of an `mqtts://` broker. By default the CAs the machine trusts."""
    mqtt_admin_url: str = field(default="", repr=False)
    """How to reach the broker as `foldspace-admin`, for its dynamic security. Without it credentials are kept only."""
    db_url: str = ""
    timeseries_url: str = ""
    influx_token: str = field(default="", repr=False)
    http: str = "127.0.0.1:8080"
    url: str = ""
    """Where people reach the pages from outside, such as `https://space.example`; in QR codes, calendars, messages."""
    font: str = ""
    """Font file with Chinese characters for pictures on e-paper; empty: the first found where they usually are."""
    http_cert: str = ""
    """Certificate file for HTTPS, with its chain; with `http_key`."""
    http_key: str = ""
    lease_s: str = "15"
    """Seconds for which a scheduler that is gone keeps the next one waiting; it should outlast a database's hiccup."""
    smtp_url: str = field(default="", repr=False)
    """Mail server, `smtp://user:pass@host:587` (STARTTLS where it is offered) or `smtps://…`; empty: no mail."""
    smtp_ca: str = ""
    """File with the CA of the mail server. By default the CAs the machine trusts."""
    mail_from: str = ""
    """Who writes: `name <address>`; needed with `smtp_url`."""
    webhook_private: str = "no"
    """`yes` lets webhooks reach private and loopback addresses, as those of a server in the same house."""
    metrics: str = ""
    """HOST:PORT where gateway or scheduler alone serve Prometheus metrics; empty: nowhere. The API has /metrics."""
    data: str = "data"
    journal_max_mb: str = "8192"
    """What the journal may grow to with messages not drained yet. Then nothing more is taken, and an alert says so."""
    journal_keep_mb: str = "256"
    """How much of the journal is kept after draining, to look back."""
    discovery: str = "homeassistant"
    """Topic prefix under which spaces announce themselves to Home Assistant; empty: they do not."""
    community: str = ""
    oidc_issuer: str = ""
    """OpenID provider at which staff may sign in, such as `https://id.example/realms/town`; empty: nowhere else."""
    oidc_client_id: str = ""
    oidc_client_secret: str = field(default="", repr=False)
    """Empty for a public client: the proof key alone then ties the code to us."""
    oidc_roles: str = ""
    """Which claim makes whom what, the first that holds: `groups:space-admins=admin,groups:stewards=steward`."""
    audit_days: str = "400"
    """For how long it is kept who changed what and who looked at what."""
    log: str = ""
    """Least level to log: DEBUG, INFO, WARNING or ERROR. By default INFO for single parts, WARNING otherwise."""
    log_format: str = ""
    """`json` or `text`. By default json for single parts, text where a person reads along."""

    @property
    def data_dir(self) -> Path:
        """The folder under which everything local is kept."""
        return Path(self.data)

    @property
    def database(self) -> str:
        """URL of the relational database; by default a file in the data folder."""
        return self.db_url or f"sqlite:///{self.data_dir / 'foldspace.sqlite'}"

    @property
    def timeseries(self) -> str:
        """URL of the time series; by default a file in the data folder."""
        return self.timeseries_url or f"sqlite:///{self.data_dir / 'timeseries.sqlite'}"

    def megabytes(self, name: str) -> int:
        """Return a setting in MB as bytes. Raises SettingsError."""
        value: str = getattr(self, name)
        if not value.isdecimal() or int(value) == 0:
            raise SettingsError(f"{_PREFIX}{name.upper()}: expected a whole number of MB, got {value!r}")
        return int(value) * 1024 * 1024

    def days(self, name: str) -> int:
        """Return a setting in days. Raises SettingsError."""
        value: str = getattr(self, name)
        if not value.isdecimal() or not 0 < int(value) <= 36_500:
            raise SettingsError(f"{_PREFIX}{name.upper()}: expected a whole number of days, got {value!r}")
        return int(value)

    def seconds(self, name: str) -> int:
        """Return a setting in seconds. Raises SettingsError."""
        value: str = getattr(self, name)
        if not value.isdecimal() or int(value) == 0:
            raise SettingsError(f"{_PREFIX}{name.upper()}: expected a whole number of seconds, got {value!r}")
        return int(value)

    def yes(self, name: str) -> bool:
        """Return a setting that is yes or no. Raises SettingsError."""
        value: str = getattr(self, name)
        if value not in ("yes", "no"):
            raise SettingsError(f"{_PREFIX}{name.upper()}: expected yes or no, got {value!r}")
        return value == "yes"

    @property
    def journal(self) -> Path:
        """File of the gateway's journal."""
        return self.data_dir / "journal.sqlite"


def load(environ: Mapping[str, str] | None = None) -> Settings:
    """Read the settings; `FOLDSPACE_CONFIG` names a TOML file, and the environment wins over it.

    `FOLDSPACE_X_FILE` names a file that holds setting X.

    Raises SettingsError naming the key.
    """
    environ = os.environ if environ is None else environ
    known = {f"{_PREFIX}{item.name.upper()}": item.name for item in fields(Settings)}
    values: dict[str, str] = {}
    config = environ.get("FOLDSPACE_CONFIG")
    if config:
        try:
            table = tomllib.loads(Path(config).read_text(encoding="utf-8"))
        except OSError as error:
            raise SettingsError(f"{config}: cannot be read: {error.strerror}") from None
        except tomllib.TOMLDecodeError as error:
            raise SettingsError(f"{config}: not TOML: {error}") from None
        for key, value in table.items():
            if key not in known or not isinstance(value, str):
                raise SettingsError(f"{config}: {key}: expected one of {', '.join(known)}, each a string")
            values[known[key]] = value
    for key, name in known.items():
        file = environ.get(key + _FILE)
        if key in environ and file is not None:
            raise SettingsError(f"{key}: is set, and {key}{_FILE} as well; expected one of them")
        if file is not None:
            values[name] = _from_file(key + _FILE, file)
        elif key in environ:
            values[name] = environ[key]
    return Settings(**values)


def _from_file(key: str, file: str) -> str:
    """Return a setting that lies in a file of its own, as secrets in containers do, without its last line's end."""
    try:
        return Path(file).read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "is not UTF-8"
        raise SettingsError(f"{key}: {file}: cannot be read: {why}") from None
