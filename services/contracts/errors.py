"""One family of errors; only the edge turns them into an exit code, a problem document or quarantine."""


class FoldspaceError(Exception):
    """Something a person can act on. `str(error)` is one sentence: what, where, what was expected."""

    kind = "failed"


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
