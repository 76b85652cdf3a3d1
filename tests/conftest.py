"""Settings of all tests."""

from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from hypothesis import settings

# A busy machine is slow, not wrong: no test is held to a time.
settings.register_profile("foldspace", deadline=None)
settings.load_profile("foldspace")

_configure = structlog.configure


def _without_cache(**values: Any) -> None:
    """A logger that was used once must go on asking what it is: other tests want to read what is logged."""
    _configure(**{**values, "cache_logger_on_first_use": False})


structlog.configure = _without_cache


@pytest.fixture(autouse=True)
def _logs_as_they_were() -> Iterator[None]:
    """The command line sets up logging of the whole process; the next test begins anew."""
    yield
    structlog.reset_defaults()
