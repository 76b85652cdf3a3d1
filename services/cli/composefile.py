"""A compose file as text: read, its variables replaced as Docker Compose does it, its services made plain."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from services.contracts.errors import FileError

REQUIRED = "\x00"
"""Stands where a variable without a default would: nobody can know its value here."""

_VARIABLE = re.compile(r"\$(?:(?P<escaped>\$)|\{(?P<braced>\w+)(?:(?P<how>:?[-?])(?P<rest>[^}]*))?\}|(?P<bare>\w+))")


@dataclass(frozen=True, slots=True)
class Mount:
    """A volume of a service: `source` is a named volume or, for a bind, a path."""

    source: str
    target: str
    bind: bool


@dataclass(frozen=True, slots=True)
class Port:
    """A published port."""

    address: str
    target: int


def read_compose(path: Path) -> dict[str, Any]:
    """Read a compose file, with defaults for variables. Raises FileError."""
    try:
        import yaml
    except ModuleNotFoundError:
        raise FileError(f"{path}: cannot be read without PyYAML: pip install 'foldspace[compose]'") from None
    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise FileError(f"{path}: cannot be read: {error.strerror}") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise FileError(f"{path}: not YAML: {' '.join(str(error).split())}") from None
    if not isinstance(found, dict) or not isinstance(found.get("services"), dict):
        raise FileError(f"{path}: expected a mapping with services")
    return {str(key): value for key, value in found.items() if not str(key).startswith("x-")}


def replaced(value: Any) -> Any:
    """Return text, list or mapping with every variable replaced by its default, or by `REQUIRED`."""
    if isinstance(value, str):
        return _VARIABLE.sub(_default, value)
    if isinstance(value, list):
        return [replaced(item) for item in value]
    if isinstance(value, dict):
        return {key: replaced(item) for key, item in value.items()}
    return value


def _default(match: re.Match[str]) -> str:
    if match["escaped"]:
        return "$"
    if match["how"] in ("-", ":-"):
        return match["rest"]
    return REQUIRED


def mounts(service: dict[str, Any]) -> list[Mount]:
    """Return the volumes of a service, in either way of writing them."""
    found = []
    for volume in service.get("volumes", []):
        if isinstance(volume, dict):
            found.append(Mount(volume.get("source", ""), volume.get("target", ""), volume.get("type") == "bind"))
        else:
            source, _, rest = str(volume).partition(":")
            found.append(Mount(source, rest.partition(":")[0], source.startswith((".", "/", "~", REQUIRED))))
    return found


def ports(service: dict[str, Any]) -> list[Port]:
    """Return the published ports of a service; `address` is empty when it listens everywhere."""
    found = []
    for port in service.get("ports", []):
        if isinstance(port, dict):
            found.append(Port(str(port.get("host_ip", "")), int(port["target"])))
        else:
            rest, _, target = str(port).rpartition(":")
            address, colon, _ = rest.rpartition(":")
            found.append(Port(address if colon else "", int(target.partition("/")[0])))
    return found


def environment(service: dict[str, Any]) -> dict[str, str]:
    """Return the variables a service is given, in either way of writing them."""
    given = service.get("environment", {})
    if isinstance(given, list):
        return {name: value for name, _, value in (str(item).partition("=") for item in given)}
    return {str(name): "" if value is None else str(value) for name, value in given.items()}


def secrets_of(service: dict[str, Any]) -> list[str]:
    """Return the names of the secrets a service is granted."""
    return [item["source"] if isinstance(item, dict) else str(item) for item in service.get("secrets", [])]


def needs(service: dict[str, Any]) -> dict[str, str]:
    """Return the services one waits for, with the condition."""
    given = service.get("depends_on", {})
    if isinstance(given, list):
        return dict.fromkeys(given, "service_started")
    return {name: how.get("condition", "service_started") for name, how in given.items()}
