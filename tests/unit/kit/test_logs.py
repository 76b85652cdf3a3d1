"""What is logged of a failure names the place, and none of the values that were at hand."""

import io
import json

import pytest
import structlog

from services.kit import logs


def test_a_trace_shows_no_values(monkeypatch: pytest.MonkeyPatch) -> None:
    kept, out = structlog.get_config(), io.StringIO()
    before = logs.configured()
    monkeypatch.setattr("sys.stderr", out)
    try:
        logs.configure("INFO", as_json=True)
        structlog.configure(cache_logger_on_first_use=False)
        _fail("a secret at hand")
    finally:
        logs.configure(*before[:1], as_json=before[1])
        structlog.configure(**kept)
    told = json.loads(out.getvalue())
    assert told["event"] == "failed"
    assert "_fail" in json.dumps(told["exception"])
    assert "a secret at hand" not in out.getvalue()


def _fail(password: str) -> None:
    try:
        raise RuntimeError(f"failed with {len(password)} characters")
    except RuntimeError as error:
        logs.logger("test").error("failed", exc_info=error)
