"""Exit codes of the command line."""

DONE, FAILED, INTERRUPTED = 0, 1, 130
