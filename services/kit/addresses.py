"""HOST:PORT on the command line and in settings: parsed, and tried before anything is made."""

import os
import socket

from services.contracts.errors import SettingsError, StartError


def host_port(value: str, key: str) -> tuple[str, int]:
    """Split HOST:PORT. Raises SettingsError naming `key`."""
    host, colon, port = value.rpartition(":")
    if not colon or not host or not port.isdecimal() or not 0 <= int(port) <= 65535:
        raise SettingsError(f"{key}: expected HOST:PORT such as 127.0.0.1:8080, got {value!r}")
    return host.strip("[]"), int(port)


def require_free(address: tuple[str, int], key: str) -> None:
    """Raise StartError naming `key` unless the address can be listened on."""
    host, port = address
    try:
        family, kind, protocol, _, found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(found)
            probe.listen(1)  # binding alone does not show a listener that reuses the address
    except OSError as error:
        why = error.strerror or os.strerror(error.errno or 0)
        raise StartError(f"{key} {host}:{port}: {why}; stop what uses it, or choose another with {key}") from None
