"""Looks at the parts every few seconds, and tells through the live side what went wrong and what is over."""

import threading

from services.api.alerts import Sight, Standing, judge, lapse_after, troubles
from services.api.deps import Deps
from services.api.forgetting import Forgetting
from services.api.spaceview import stale_after
from services.contracts.errors import FoldspaceError
from services.contracts.events import Alert
from services.contracts.names import SECOND, Millis
from services.contracts.topics import GATEWAY_STATUS_TOPIC, SCHEDULER_STATUS_TOPIC
from services.kit.logs import logger

LOOK_EVERY_S = 5.0
REVIEW_EVERY: Millis = 15 * SECOND
"""How long a stream goes on at most that nobody may follow any more; each costs a look at a session or token."""

log = logger("api")


def see(deps: Deps) -> Sight:
    """Return what the API sees of the parts now; asks the database."""
    signs, newest = deps.live.signs, deps.live.level.newest()
    try:
        deps.catalogue_store.version()
        database = True
    except FoldspaceError as error:
        log.debug("database_away", reason=str(error))
        database = False
    return Sight(
        broker=deps.live.connected,
        database=database,
        gateway_gone=signs.gone(GATEWAY_STATUS_TOPIC),
        states_old=bool(deps.live.agenda.known_view().community.spaces)
        and (newest is None or deps.clock.now() - newest > stale_after(deps.clock)),
        scheduler_gone=signs.gone(SCHEDULER_STATUS_TOPIC),
        scheduler_age=signs.age(SCHEDULER_STATUS_TOPIC),
        listening=signs.listening,
    )


class Watch:
    """`look` does the work and needs no thread; `start` does so every few seconds."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps
        self._standing = Standing({}, frozenset())
        self._forgetting = Forgetting(deps)
        self._review_at: Millis = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._main, name="foldspace-api-watch", daemon=True)

    def start(self) -> None:
        """Begin, in a thread of its own: a database that is away takes its time to say so."""
        self._thread.start()

    def stop(self) -> None:
        """End; a look that waits for a database is not waited for."""
        self._stop.set()
        if self._thread.ident is not None:
            self._thread.join(1)

    def look(self) -> None:
        """Look once: raise, say again, clear, and let lapse."""
        deps, seen = self._deps, see(self._deps)
        self._standing, raised, cleared = judge(self._standing, troubles(seen), deps.machine_clock.now())
        for key in raised:
            log.warning("trouble_seen", key=key)
        for key in cleared:
            log.info("trouble_over", key=key)
        now = deps.clock.now()
        sites = [site.id for site in deps.live.agenda.known_view().community.sites]
        for key in (*sorted(self._standing.told), *cleared):
            alert = Alert(key=f"api/{key}", level="critical", at=now, cleared=key in cleared, text=f"alerts.{key}")
            for site in sites:
                deps.live.alert(site, alert)
        lapse = lapse_after(deps.clock)
        alive = seen.broker and not seen.gateway_gone and not seen.states_old
        if alive and seen.listening >= deps.clock.real_seconds(lapse / SECOND) * SECOND:
            deps.live.lapse(now - lapse)

    def review(self) -> int:
        """End the streams of those who may no longer follow, if it is time to look; return how many."""
        now = self._deps.machine_clock.now()
        if now < self._review_at:
            return 0
        self._review_at = now + REVIEW_EVERY
        return self._deps.live.hub.review()

    def _main(self) -> None:
        while not self._stop.wait(LOOK_EVERY_S):
            try:
                self.look()
                self.review()
                self._forgetting.look()
            except Exception:  # who watches must not end because of what it saw
                log.exception("look_failed")
