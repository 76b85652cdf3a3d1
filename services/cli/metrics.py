"""Serves the metrics of a part that has no HTTP of its own, at FOLDSPACE_METRICS."""

from collections.abc import Callable

from prometheus_client import CollectorRegistry, start_http_server

from services.contracts.errors import StartError
from services.kit.addresses import host_port
from services.kit.settings import Settings

_KEY = "FOLDSPACE_METRICS"


def serve_metrics(settings: Settings, registry: CollectorRegistry) -> Callable[[], None]:
    """Begin to serve, if the settings name an address; return what ends it. Raises SettingsError, StartError."""
    if not settings.metrics:
        return lambda: None
    host, port = host_port(settings.metrics, _KEY)
    try:
        server, thread = start_http_server(port, host, registry)
    except OSError as error:
        raise StartError(
            f"{_KEY} {host}:{port}: cannot be listened on: {error.strerror or error}; choose another"
        ) from None

    def stop() -> None:
        server.shutdown()
        server.server_close()
        thread.join(2)

    return stop
