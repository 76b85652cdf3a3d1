"""Checks a compose file without an engine: what would fail, leak or end unnoticed on somebody's server."""

import json
import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

from services.cli.composefile import (
    REQUIRED,
    environment,
    mounts,
    needs,
    ports,
    read_compose,
    replaced,
    secrets_of,
)
from services.contracts.errors import FileError
from services.kit.settings import Settings

SCHEMA = Path("deploy/schema/compose-spec.json")
"""The Compose Specification's own schema, beside the file that is checked."""

_OURS = frozenset(f"FOLDSPACE_{item.name.upper()}" for item in fields(Settings)) | {"FOLDSPACE_CONFIG"}
_SECRET_NAME = re.compile(r"(PASSWORD|TOKEN|SECRET|_KEY|CREDENTIALS?)$")
_PASSWORD_IN_URL = re.compile(r"\w+://[^/@\s:]*:[^/@\s]+@")
_SECRET_FILE = re.compile(r"/run/secrets/([\w.-]+)")
_PINNED = re.compile(r"(:v?\d+\.\d+[\w.-]*|@sha256:[0-9a-f]{64})$")
_LISTENER = re.compile(r"^\s*(?:listener\s+(\d+)|listen\s+(?:[\d.]+:)?(\d+))\b", re.MULTILINE)
_PROXIED = re.compile(r"^\s*(?!#).*?http://([a-z][\w-]*):(\d+)", re.MULTILINE)
_TEXT_LIMIT = 200_000

Service = dict[str, Any]


def check_compose(path: Path) -> list[str]:
    """Return what is wrong with the compose file, one sentence each. Raises FileError for one that cannot be read."""
    written = read_compose(path)
    faults = list(_schema(path, written))
    if faults:
        return faults  # what follows relies on the form
    plain: dict[str, Any] = replaced(written)
    services: dict[str, Service] = plain["services"]
    for name, service in services.items():
        found = (
            *_upkeep(service),
            *_image(service),
            *_literal_secrets(written["services"][name]),
            *_settings(service),
            *_mounted(service, path.parent, plain.get("volumes") or {}),
            *_published(service, path.parent),
            *_granted(service, path.parent, plain.get("secrets") or {}),
            *_waits(service, services),
            *_proxied(service, path.parent, services),
        )
        faults += [f"{path}: service {name}: {fault}" for fault in found]
    faults += [f"{path}: {fault}" for fault in _unused(plain, services)]
    return faults


def _schema(path: Path, written: dict[str, Any]) -> Iterator[str]:
    try:
        import jsonschema
    except ModuleNotFoundError:
        raise FileError(f"{path}: cannot be checked without jsonschema: pip install 'foldspace[compose]'") from None
    file = path.parent / SCHEMA
    try:
        schema = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise FileError(f"{file}: cannot be read: {error}") from None
    for fault in jsonschema.Draft202012Validator(schema).iter_errors(written):
        place = ".".join(str(part) for part in fault.absolute_path) or "top"
        yield f"{path}: {place}: {fault.message:.200}"


def _is_job(service: Service) -> bool:
    """Tell whether it runs once and ends, on call."""
    return service.get("restart") == "no"


def _upkeep(service: Service) -> Iterator[str]:
    """A service that hangs must be seen, one that ends started again, one that grows stopped."""
    if "restart" not in service:
        yield "has no restart policy"
    if not _is_job(service):
        check = service.get("healthcheck") or {}
        if not check.get("test") or check.get("disable"):
            yield "has no health check"
    limits = service.get("deploy", {}).get("resources", {}).get("limits", {})
    yield from (
        f"has no limit of {what} (deploy.resources.limits)" for what in ("cpus", "memory") if what not in limits
    )
    options = (service.get("logging") or {}).get("options") or {}
    if "max-size" not in options or "max-file" not in options:
        yield "its log has no bound (logging.options max-size, max-file)"


def _image(service: Service) -> Iterator[str]:
    image = service.get("image", "")
    if not _PINNED.search(image):
        yield f"image {image!r} is not pinned to a version such as :2.0.22"


def _literal_secrets(written: Service) -> Iterator[str]:
    for name, value in environment(written).items():
        # A secret may come from a file or from a variable that must be given; a default would be everybody's.
        literal = replaced(value).replace(REQUIRED, "")
        if (_SECRET_NAME.search(name) and literal) or _PASSWORD_IN_URL.search(literal):
            yield f"{name} holds a secret; use {name}_FILE with a secret's file"


def _settings(service: Service) -> Iterator[str]:
    for name in environment(service):
        if name.startswith("FOLDSPACE_") and name.removesuffix("_FILE") not in _OURS:
            yield f"{name} is not a setting of foldspace"


def _mounted(service: Service, root: Path, volumes: dict[str, Any]) -> Iterator[str]:
    for mount in mounts(service):
        if not mount.bind:
            if mount.source not in volumes:
                yield f"volume {mount.source!r} is not declared"
        elif REQUIRED not in mount.source and not (root / mount.source).exists():
            yield f"mounts {mount.source}, which is not there"


def _published(service: Service, root: Path) -> Iterator[str]:
    listened = {
        int(port)
        for text in _configurations(service, root)
        for pair in _LISTENER.findall(text)
        for port in pair
        if port
    }
    for port in ports(service):
        if port.address not in ("127.0.0.1", "[::1]", "::1"):
            yield f"port {port.target} is open to every network unless told otherwise; expected 127.0.0.1 by default"
        if listened and port.target not in listened:
            yield f"publishes port {port.target}, but its configuration listens on {sorted(listened)}"


def _granted(service: Service, root: Path, declared: dict[str, Any]) -> Iterator[str]:
    granted = set(secrets_of(service))
    texts = [*environment(service).values(), str(service.get("command", "")), *_configurations(service, root)]
    read = {name for text in texts for name in _SECRET_FILE.findall(text)}
    yield from (f"secret {name!r} is not declared" for name in sorted(granted - declared.keys()))
    yield from (f"reads /run/secrets/{name}, which it is not granted" for name in sorted(read - granted))
    yield from (f"is granted the secret {name!r}, which nothing in it reads" for name in sorted(granted - read))


def _waits(service: Service, services: dict[str, Service]) -> Iterator[str]:
    for name, condition in needs(service).items():
        other = services.get(name)
        if other is None:
            yield f"waits for {name}, which is not there"
        elif condition == "service_healthy" and "healthcheck" not in other:
            yield f"waits until {name} is healthy, but that has no health check"
        elif condition == "service_completed_successfully" and not _is_job(other):
            yield f"waits until {name} has ended, but that is restarted for ever"


def _proxied(service: Service, root: Path, services: dict[str, Service]) -> Iterator[str]:
    """A configuration that passes requests on names a service, at the port that service was told to listen on."""
    for text in _configurations(service, root):
        for host, port in sorted(set(_PROXIED.findall(text))):
            if host not in services:
                yield f"passes requests on to {host}:{port}, which is no service"
                continue
            http = environment(services[host]).get("FOLDSPACE_HTTP", "")
            if http and http.rpartition(":")[2] != port:
                yield f"passes requests on to {host}:{port}, but that listens on {http}"


def _unused(plain: dict[str, Any], services: dict[str, Service]) -> Iterator[str]:
    mounted = {mount.source for service in services.values() for mount in mounts(service)}
    granted = {name for service in services.values() for name in secrets_of(service)}
    yield from (f"volume {name!r} is used by nobody" for name in (plain.get("volumes") or {}) if name not in mounted)
    for name, source in (plain.get("secrets") or {}).items():
        if name not in granted:
            yield f"secret {name!r} is used by nobody"
        if REQUIRED not in source.get("file", REQUIRED):
            yield f"secret {name!r} has a default file, expected a variable that must be given: ${{DIR:?…}}"


def _configurations(service: Service, root: Path) -> list[str]:
    """Return the text of every small file that is mounted into a service."""
    found = []
    for mount in mounts(service):
        place = root / mount.source
        if not mount.bind or REQUIRED in mount.source or not place.exists():
            continue
        for file in sorted(place.rglob("*")) if place.is_dir() else [place]:
            if file.is_file() and file.stat().st_size <= _TEXT_LIMIT:
                found.append(file.read_text(encoding="utf-8", errors="replace"))
    return found
