"""Tells everyone: decisions and offers as events, commands to devices, screens retained when they change.

A decision counts as told only when the broker has it; until then, and after a crash, it is told again.
"""

from collections.abc import Callable
from typing import Any, Protocol

from services.bookings.records import Decision, Offer
from services.bookings.sentences import summary
from services.contracts.commands import Action
from services.contracts.events import DecisionMade, Screen
from services.contracts.names import MINUTE, Millis
from services.contracts.topics import EventTopic, ScreenTopic
from services.scheduler.actions import orders
from services.scheduler.inputs import millis
from services.scheduler.places import Places
from services.scheduler.screens import same
from services.scheduler.view import View, key
from services.scheduler.virtual import offer_made

_SOON: Millis = 15 * MINUTE
"""Power stays on for a group that comes this soon."""


class Delivery(Protocol):
    """A publication on its way."""

    @property
    def done(self) -> bool:
        """Whether the broker has it."""


Publish = Callable[[str, str, bool], Delivery]
"""(topic, payload, retain) with QoS 1."""


class Told(Protocol):
    """The part of the store that knows what was told."""

    def unpublished(self, limit: int = 100) -> list[Decision]:
        """Return decisions nobody was told about yet, oldest first."""

    def mark_published(self, ids: list[str]) -> None:
        """Remember that the broker has these decisions."""

    def offer(self, id: str) -> Offer:
        """Return an offer."""


class Commands(Protocol):
    """The outbox; what one decision orders is queued once, however often it is repeated."""

    def queue(
        self,
        site: str,
        device: str,
        do: Action,
        args: dict[str, Any] | None = None,
        ttl_s: float = 60.0,
        decision: str | None = None,
    ) -> str:
        """Queue a command."""


class Announcer:
    """Publishes what changed. For one thread."""

    def __init__(self, told: Told, commands: Commands, publish: Publish) -> None:
        self._told = told
        self._commands = commands
        self._publish = publish
        self._on_the_way: dict[str, list[Delivery]] = {}
        self._screens: dict[str, Screen] = {}

    def decisions(self, view: View, places: Places, now: Millis) -> None:
        """Tell of decisions nobody was told about; remember those the broker has by now."""
        done = [id for id, deliveries in self._on_the_way.items() if all(delivery.done for delivery in deliveries)]
        if done:
            self._told.mark_published(done)
            for id in done:
                del self._on_the_way[id]
        for decision in self._told.unpublished():
            if decision.id not in self._on_the_way:
                self._on_the_way[decision.id] = self._tell(decision, view, places, now)

    def screens(self, screens: list[Screen]) -> None:
        """Publish the screens that look different from the last time."""
        for screen in screens:
            name = key(screen.site, screen.space)
            if not same(self._screens.get(name), screen):
                self._screens[name] = screen
                self._publish(str(ScreenTopic(screen.site, screen.space)), screen.model_dump_json(), True)

    def forget_screens(self) -> None:
        """Publish every screen again the next time."""
        self._screens.clear()

    def _tell(self, decision: Decision, view: View, places: Places, now: Millis) -> list[Delivery]:
        said = summary(decision, places.zone(decision.site), places.name)
        if not decision.space:  # a request for any space lapsed: in the books, but an event is about a space
            return []
        self._order(decision, said, view, places, now)
        event = DecisionMade(
            id=decision.id,
            at=decision.at,
            site=decision.site,
            space=decision.space,
            kind=decision.kind,
            booking=decision.booking,
            shadow=decision.shadow,
            params=decision.params,
            summary=said,
        )
        sent = [self._publish(str(EventTopic(decision.site, "decision")), event.model_dump_json(), False)]
        if decision.kind == "offer" and decision.offer is not None:
            offer = offer_made(self._told.offer(decision.offer))
            if now < offer.expires:
                sent.append(self._publish(str(EventTopic(decision.site, "offer")), offer.model_dump_json(), False))
        return sent

    def _order(self, decision: Decision, said: dict[str, str], view: View, places: Places, now: Millis) -> None:
        site, space = decision.site, decision.space
        soon = now + max(_SOON, millis(places.community.policy.check_in_early_min))
        free = not any(b.start <= soon and b.id != decision.booking for b in view.holding(site, space))
        room = view.rooms.get(key(site, space))
        for order in orders(decision, said, places.devices(site, space), room, free=free):
            # Told late, after an outage, a decision no longer moves doors.
            ttl_s = order.ttl_s - (now - decision.at) / 1000
            if ttl_s > 0:
                self._commands.queue(site, order.device, order.do, order.args, ttl_s, decision.id)
