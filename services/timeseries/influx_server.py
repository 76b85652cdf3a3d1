"""Speaks HTTP with an InfluxDB: the one module that imports its client library."""

import json
import re
import ssl
from typing import Any, Final, Literal

from influxdb_client.client.influxdb_client import InfluxDBClient
from influxdb_client.client.write_api import SYNCHRONOUS
from influxdb_client.domain.write_precision import WritePrecision
from influxdb_client.rest import ApiException
from urllib3.exceptions import HTTPError

from services.contracts.errors import FoldspaceError, SettingsError
from services.timeseries.influx_address import InfluxAddress
from services.timeseries.influx_answers import MissingError, failure, rows
from services.timeseries.ports import SinkUnavailableError

_CONNECT_MS: Final = 3_000
_READ_MS: Final = 10_000

_UNDER_WAY = (ApiException, HTTPError, OSError, UnicodeDecodeError)
"""What the client library lets through: answers, broken connections, time-outs, bodies that are no UTF-8."""

_PAGE_ROWS = 10_000


class InfluxServer:
    """One bucket on one server. May be used from several threads.

    Every call raises SinkUnavailableError when the server cannot be reached, is too slow or does not let us.
    Nothing is repeated here: the caller knows for how long to wait.
    """

    def __init__(
        self, address: InfluxAddress, token: str, *, connect_ms: int = _CONNECT_MS, read_ms: int = _READ_MS
    ) -> None:
        self.address = address
        if not token.isascii() or not token.isprintable():
            raise SettingsError("FOLDSPACE_INFLUX_TOKEN: has characters that no HTTP header may carry")
        # The system's certificates, which SSL_CERT_FILE may replace, so that a private CA is possible.
        context = ssl.create_default_context() if address.base_url.startswith("https") else None
        self._client = InfluxDBClient(
            address.base_url,
            token,
            timeout=(connect_ms, read_ms),
            org=address.org,
            retries=False,
            ssl_context=context,
        )
        self._write = self._client.write_api(write_options=SYNCHRONOUS)

    def write(self, lines: bytes) -> None:
        """Store lines of line protocol, times in nanoseconds. Also raises RejectedError."""
        try:
            self._write.write(
                self.address.bucket,
                self.address.org,
                lines,
                WritePrecision.NS,  # type: ignore[arg-type]  # its constants are strings, whatever its hints say
            )
        except _UNDER_WAY as error:
            raise self._failure(error) from None

    def select(self, query: str) -> list[dict[str, Any]]:
        """Return the rows of an InfluxQL query; `time` in nanoseconds, nulls left out."""
        return rows(str(self.address), self._influxql("GET", query))

    def select_many(self, query: str, limit: int | None = None) -> list[dict[str, Any]]:
        """Return the rows of a query without LIMIT, page by page, at most `limit`.

        Version 1 marks every answer above ten thousand rows as cut short, be it or not.
        """
        found: list[dict[str, Any]] = []
        while limit is None or len(found) < limit:
            most = _PAGE_ROWS if limit is None else min(_PAGE_ROWS, limit - len(found))
            page = self.select(f"{query} LIMIT {most} OFFSET {len(found)}")
            found += page
            if len(page) < most:
                break
        return found

    def run(self, statement: str) -> list[dict[str, Any]]:
        """Run an InfluxQL statement that may change something; return its rows."""
        return rows(str(self.address), self._influxql("POST", statement))

    def version(self) -> str:
        """Return the version the server tells, such as 1.6.7 or 2.7.12."""
        headers = self._call("GET", "/ping", {}, None)[1]
        told = next((text for name, text in headers.items() if name.lower() == "x-influxdb-version"), "")
        if not told:
            raise SinkUnavailableError(f"{self.address}: does not say that it is an InfluxDB")
        return told.removeprefix("v")

    def find(self, path: str, query: dict[str, str]) -> dict[str, Any]:
        """Ask the management API of version 2; return its answer, empty when there is no such thing."""
        try:
            answer = self._call("GET", path, query, None)[0]
        except MissingError:
            return {}
        if not isinstance(answer, dict):
            raise SinkUnavailableError(f"{self.address}: answered {path} without a JSON object")
        return answer

    def change(self, method: Literal["POST", "PATCH"], path: str, body: dict[str, Any]) -> None:
        """Make or change something by the management API of version 2. A rejection is an unavailability here."""
        self._call(method, path, {}, body)

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()  # type: ignore[no-untyped-call]  # the library has no hint here

    def _influxql(self, method: Literal["GET", "POST"], query: str) -> Any:
        return self._call(method, "/query", {"db": self.address.bucket, "epoch": "ns", "q": query}, None)[0]

    def _call(self, method: str, path: str, query: dict[str, str], body: object) -> tuple[Any, dict[str, str]]:
        """Return the answer, as JSON where it is JSON, and its headers."""
        try:
            response = self._client.api_client.call_api(  # type: ignore[no-untyped-call]  # the library has no hint here
                path,
                method,
                query_params=query,
                header_params={"Accept": "application/json", "Content-Type": "application/json"},
                body=body,
                _preload_content=False,
                _return_http_data_only=True,
            )
            text = response.data.decode()
            headers = dict(response.headers)
        except _UNDER_WAY as error:
            found = self._failure(error)
            if isinstance(found, SinkUnavailableError):
                raise found from None
            raise SinkUnavailableError(f"{self.address}: refused {path}: {found}") from None
        try:
            return json.loads(text) if text else None, headers
        except ValueError:
            return text, headers

    def _failure(self, error: Exception) -> FoldspaceError:
        where = str(self.address)
        if not isinstance(error, ApiException):
            return SinkUnavailableError(f"{where}: {_plainly(error)}")
        if not error.status:  # the client library's way of telling that TLS failed
            return SinkUnavailableError(f"{where}: {' '.join(str(error.reason).split())}")
        body = error.body.decode(errors="replace") if isinstance(error.body, bytes) else str(error.body or "")
        return failure(where, error.status, body, dict(error.headers or {}))


def _plainly(error: Exception) -> str:
    """Return a broken connection in a few words, without the addresses of objects."""
    text = re.sub(r"^(<[^>]*>|\w+\([^)]*\)): ", "", str(error))
    return f"cannot be reached: {text or type(error).__name__}"
