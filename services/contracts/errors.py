"""One family of errors; only the edge turns them into an exit code, a problem document or quarantine."""

from typing import Any

from services.contracts.texts import Word, text


class FoldspaceError(Exception):
    """Something a person can act on. `str(error)` is one English sentence: what, where, what was expected.

    What people meet through the API says it in their language: `key` names the sentence in the section problems of
    the text catalogue, and `params` fill it. What only operators meet has a message instead.
    """

    kind = "failed"

    def __init__(self, message: str = "", *, key: str = "", **params: Any) -> None:
        super().__init__(text(f"problems.{key}", "en", params) if key else message)
        self.key = key
        self.params = params

    def said(self, language: str) -> str:
        """Return the sentence in a language, as far as it has one there."""
        return text(f"problems.{self.key}", language, self.params) if self.key else str(self)


class FieldError(ValueError):
    """What a validator says of a field; `key` and `params` as those of FoldspaceError, for readers of the API."""

    def __init__(self, key: str, **params: Any) -> None:
        super().__init__(text(f"problems.{key}", "en", params))
        self.key = key
        self.params = params

    @property
    def word(self) -> Word:
        """The sentence as a part of another."""
        return Word(f"problems.{self.key}", **self.params)

    def said(self, language: str) -> str:
        """Return the sentence in a language."""
        return self.word.said(language)


class TopicError(FoldspaceError):
    """A topic outside the contract."""

    kind = "topic"


class PayloadError(FoldspaceError):
    """A payload that does not decode."""

    kind = "payload"


class FileError(FoldspaceError):
    """A community, recording, truth or bookings file that cannot be used; names file and place."""

    kind = "file"


class SettingsError(FoldspaceError):
    """A setting that cannot be used; names the key."""

    kind = "settings"


class StartError(FoldspaceError):
    """A part cannot start: a port in use, a folder without write permission, a newer database."""

    kind = "start"


class NotFoundError(FoldspaceError):
    """What was asked for does not exist."""

    kind = "not-found"


class ConflictError(FoldspaceError):
    """The state of a record does not allow this, or somebody else was first."""

    kind = "conflict"


class InvalidError(FoldspaceError):
    """A request that is well formed but cannot be meant: end before start, an unknown function."""

    kind = "invalid"


class StaleError(FoldspaceError):
    """What was to be changed was changed by somebody else since the caller read it."""

    kind = "stale"
