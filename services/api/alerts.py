"""Decides, by what the API sees of broker, gateway, database and scheduler, what is wrong and when to tell. Pure.

Every trouble has a while to pass by itself, so that a restart is no alarm; all are told within a minute.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from services.api.spaceview import stale_after
from services.contracts.names import MINUTE, SECOND, Millis
from services.kit.clock import Clock

GRACE: Millis = 10 * SECOND
"""How long a trouble stands before it is told: restarting a part takes less."""
SILENCE: Millis = 35 * SECOND
"""The scheduler says that it lives every 15 s; through the second miss it is silent."""
LAPSE: Millis = 5 * MINUTE
"""Whoever raises an alert says it again every minute; one that is not said any more was lost with who raised it."""


@dataclass(frozen=True, slots=True)
class Sight:
    """What the API sees at one moment. Ages are in ms of the machine's clock; None: not once since we listen."""

    broker: bool
    database: bool
    gateway_gone: bool
    """The gateway's goodbye or last will stands."""
    states_old: bool
    """No space's state was said again for several refreshes, though there are spaces."""
    scheduler_gone: bool
    scheduler_age: Millis | None
    listening: Millis
    """For how long the broker has been heard without a break."""


def troubles(seen: Sight) -> dict[str, bool | None]:
    """Return which troubles there are by key. None: nobody can tell now, as without the broker nothing is heard."""
    if not seen.broker:
        unheard: dict[str, bool | None] = dict.fromkeys(("gateway_silent", "scheduler_silent"))
        return {"broker_lost": True, "database_lost": not seen.database, **unheard}
    heard_of = seen.listening if seen.scheduler_age is None else seen.scheduler_age
    return {
        "broker_lost": False,
        "database_lost": not seen.database,
        "gateway_silent": seen.gateway_gone or (seen.states_old and seen.listening > SILENCE),
        "scheduler_silent": seen.scheduler_gone or heard_of > SILENCE,
    }


@dataclass(frozen=True, slots=True)
class Standing:
    """Since when each trouble is there, and which of them were told."""

    since: Mapping[str, Millis]
    told: frozenset[str]


def judge(before: Standing, now_wrong: Mapping[str, bool | None], now: Millis) -> tuple[Standing, list[str], list[str]]:
    """Return how things stand now, which troubles have to be told, and which are over."""
    since: dict[str, Millis] = {}
    told = set(before.told)
    for key, wrong in now_wrong.items():
        if wrong is None:  # what was told goes on standing; what was not begins anew
            continue
        if wrong:
            since[key] = min(before.since.get(key, now), now)
    raised = [key for key, at in since.items() if now - at >= GRACE and key not in told]
    cleared = [key for key in sorted(told) if now_wrong.get(key) is False]
    told = (told | set(raised)) - set(cleared)
    return Standing(since, frozenset(told)), raised, cleared


def lapse_after(clock: Clock) -> Millis:
    """Return the age from which an alert that is not said again counts for little, in ms of the community's clock."""
    return max(LAPSE, stale_after(clock))
