"""The language that what a command prints is in."""

from collections.abc import Mapping


def language_of(environ: Mapping[str, str]) -> str:
    """Return the language of the terminal's locale: Chinese, or else English."""
    locale = environ.get("LC_ALL") or environ.get("LC_MESSAGES") or environ.get("LANG") or ""
    return "zh" if locale.lower().startswith("zh") else "en"
