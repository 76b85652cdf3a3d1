"""Logs are event names with fields, one JSON object or one readable line each, on stderr."""

import logging
import sys
from typing import Any

import structlog

# The values of a failing function's variables are worth much to whoever looks for a fault, and more to whoever looks
# for passwords: they stay out.
_TRACES = structlog.processors.ExceptionRenderer(structlog.tracebacks.ExceptionDictTransformer(show_locals=False))

_configured: tuple[str, bool] = ("WARNING", True)


def configure(level: str = "INFO", *, as_json: bool = True) -> None:
    """Set up logging of the process. Called once, by the command line."""
    global _configured
    _configured = (level, as_json)
    number = logging.getLevelNamesMapping().get(level.upper(), logging.INFO)
    render: Any = structlog.processors.JSONRenderer(ensure_ascii=False)
    if not as_json:
        render = structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _TRACES if as_json else structlog.processors.format_exc_info,
            render,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(
        level=max(number, logging.WARNING), stream=sys.stderr, format="%(levelname)s %(name)s %(message)s"
    )


def configured() -> tuple[str, bool]:
    """Return level and form as configured, for a child process that shall log alike."""
    return _configured


def logger(part: str) -> Any:
    """Return the logger of a part."""
    return structlog.get_logger(part=part)
