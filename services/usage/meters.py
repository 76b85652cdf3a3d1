"""Meters that count up: how much was added between two readings, also where one started again from nothing. Pure."""


def added(before: float | None, now: float) -> float:
    """Return how much a total grew since the reading before; None: there was none, so nobody can say.

    A total that fell has begun anew: what it shows was added since.
    """
    if before is None:
        return 0
    return now - before if now >= before else max(now, 0)
