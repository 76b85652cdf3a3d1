"""Settings: read in one place, from the environment or from a TOML file with the same keys."""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path

from services.contracts.errors import SettingsError

_PREFIX = "FOLDSPACE_"


@dataclass(frozen=True, slots=True)
class Settings:
    """What a part needs to know about the outside. Every field is `FOLDSPACE_` plus its name in capitals."""

    mqtt_url: str = "mqtt://127.0.0.1:1883"
    db_url: str = ""
    timeseries_url: str = ""
    influx_token: str = field(default="", repr=False)
    http: str = "127.0.0.1:8080"
    data: str = "data"
    community: str = ""
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

    @property
    def journal(self) -> Path:
        """File of the gateway's journal."""
        return self.data_dir / "journal.sqlite"


def load(environ: Mapping[str, str] | None = None) -> Settings:
    """Read the settings; `FOLDSPACE_CONFIG` names a TOML file, and the environment wins over it.

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
        if key in environ:
            values[name] = environ[key]
    return Settings(**values)
