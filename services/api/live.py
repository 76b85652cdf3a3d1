"""Follows room states, screens and events on the broker; keeps the level and feeds the stream."""

from prometheus_client import CollectorRegistry, Counter, Histogram
from pydantic import ValidationError

from services.api import present
from services.api.agenda import Agenda, Plan
from services.api.level import Level
from services.api.lifesigns import STATUS_TOPICS, LifeSigns
from services.api.spaceview import SpaceView, stale_after
from services.api.stream import Hub
from services.bookings.store import BookingStore
from services.bookings.undoing import can_undo
from services.contracts import topics
from services.contracts.errors import NotFoundError, TopicError
from services.contracts.events import Alert, DecisionMade, Screen
from services.contracts.names import SECOND, Millis
from services.contracts.readings import first_fault
from services.contracts.states import RoomState
from services.kit.clock import Clock
from services.kit.logs import logger
from services.kit.mqtt import Broker, Message, MqttSession

CLIENT_ID = "foldspace-api"
_FILTERS = (topics.STATE_FILTER, topics.SCREEN_FILTER, topics.EVENTS_FILTER, *STATUS_TOPICS)
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60)

log = logger("api")


class Live:
    """The live side of the API. `start` connects; `receive` does the work and needs no broker."""

    def __init__(
        self,
        broker: Broker,
        agenda: Agenda,
        bookings: BookingStore,
        clock: Clock,
        machine_clock: Clock,
        registry: CollectorRegistry,
        client_id: str = CLIENT_ID,
    ) -> None:
        self.level = Level()
        self.hub = Hub(registry)
        self.agenda = agenda
        self.signs = LifeSigns(machine_clock)
        self._bookings = bookings
        self._clock = clock
        self._was_up = False
        self._rejected = Counter(
            "foldspace_api_rejected",
            "Messages on the broker that the API could not read.",
            ["topic"],
            registry=registry,
        )
        self._delay = Histogram(
            "foldspace_api_state_delay_seconds",
            "From the instant a room state was believed to its publication on the stream.",
            buckets=_SECONDS,
            registry=registry,
        )
        self._session = MqttSession(
            broker, client_id, filters=_FILTERS, on_message=self._arrived, on_up=self._up, receive_maximum=1000
        )

    @property
    def connected(self) -> bool:
        """Whether the broker session is up."""
        return self._session.connected

    def start(self) -> None:
        """Connect, and stay connected."""
        self._session.start()

    def stop(self) -> None:
        """End the streams and the session."""
        self.hub.close()
        self._session.stop()

    def view(self, plan: Plan, site: str, space: str) -> SpaceView:
        """Return what the view of a space is made from now. Raises NotFoundError for an unknown space."""
        now = self._clock.now()
        slots = plan.slots(site, space, now)
        state = self.level.state(site, space)
        return SpaceView(
            space=plan.view.space(site, space),
            zone=plan.view.zone(site),
            state=state,
            screen=self.level.screen(site, space),
            slots=slots,
            can={one.id: plan.can(one, now) for one in (slots.now, slots.next) if one is not None},
            places=_places(plan, site, space),
            doubts={} if state is None else self._doubts(state),
            policy=plan.view.community.policy,
            now=now,
            stale_after=stale_after(self._clock),
        )

    def _doubts(self, state: RoomState) -> dict[str, str]:
        """Return why devices that say something of the space are not believed: the room state says only that."""
        found: dict[str, str] = {}
        for one in state.evidence:
            told = self.level.alert(state.site, f"doubt/{state.site}/{one.device}") if one.trust == 0 else None
            if told is not None:
                found[one.device] = str(told.params.get("reason", ""))
        return found

    def alert(self, site: str, alert: Alert) -> None:
        """Take an alert or its end, and tell the stream if it is news."""
        news = self.level.put_alert(site, alert, self._clock.now())
        if news is not None:
            view = self.agenda.known_view()  # that the database is away must reach the stream as well
            self.hub.publish("alert", lambda language: present.alert(site, news, view, language))

    def lapse(self, before: Millis) -> None:
        """Clear the alerts that nobody said again since `before`: who raised them started anew without them."""
        for one in self.level.alerts():
            if one.heard_at < before:
                log.info("alert_lapsed", site=one.site, key=one.alert.key)
                self.alert(one.site, one.alert.model_copy(update={"cleared": True, "at": self._clock.now()}))

    def receive(self, topic: str, payload: bytes, *, retained: bool = False) -> None:
        """Take one message of the broker; one that cannot be read is counted and logged."""
        if topic in STATUS_TOPICS:
            self.signs.hear(topic, payload)
            return
        try:
            match topics.parse(topic):
                case topics.StateTopic():
                    self._state(RoomState.model_validate_json(payload), retained=retained)
                case topics.ScreenTopic():
                    self._screen(Screen.model_validate_json(payload))
                case topics.EventTopic(site, "alert"):
                    self.alert(site, Alert.model_validate_json(payload))
                case topics.EventTopic(_, "decision"):
                    self._decision(DecisionMade.model_validate_json(payload))
                case topics.EventTopic(_, "offer"):
                    self.agenda.changed()  # its decision, which follows, brings the view up to date
        except (ValidationError, TopicError) as error:
            kind = topic.rsplit("/", 1)[-1]
            self._rejected.labels(kind if kind in {"state", "screen", "decision", "alert", "offer"} else "other").inc()
            reason = first_fault(error) if isinstance(error, ValidationError) else str(error)
            log.warning("message_rejected", topic=topic, reason=reason)

    def _arrived(self, message: Message) -> None:
        self.receive(message.topic, message.payload, retained=message.retained)

    def _up(self, _session_present: bool) -> None:
        self.signs.connected()
        # The session is fresh after every connect: states come again as retained messages, but decisions and
        # alerts of the gap do not, so every page has to read the level once more.
        if self._was_up:
            log.info("broker_back")
            self.agenda.changed()
            self.hub.restart()
        self._was_up = True

    def _state(self, state: RoomState, *, retained: bool) -> None:
        if self.level.put_state(state):
            self._publish_space(state.site, state.space)
            if not retained:  # what the broker kept for us is as old as it is, whoever is quick or slow
                self._delay.observe(max(0, self._clock.now() - state.as_of) / SECOND)

    def _screen(self, screen: Screen) -> None:
        if self.level.put_screen(screen):
            self._publish_space(screen.site, screen.space)

    def _decision(self, made: DecisionMade) -> None:
        self.agenda.changed()
        try:
            record = self._bookings.decision(made.id)
        except NotFoundError:
            log.warning("decision_without_record", decision=made.id)
            return
        plan, undoable = self.agenda.plan(), can_undo(self._bookings, record, self._clock.now())
        self.hub.publish("decision", lambda language: present.decision(record, plan.view, language, undoable=undoable))
        for space in self._touched(plan, made.site, made.space):
            self._publish_space(made.site, space)

    def _touched(self, plan: Plan, site: str, space: str) -> list[str]:
        """Return the spaces whose view a decision about `space` changes: all that share a room with it."""
        try:
            claimed = plan.view.claims(site, space)
        except NotFoundError:
            return []
        return [
            other.id
            for other in plan.view.community.spaces
            if other.site == site and not claimed.isdisjoint(plan.view.claims(site, other.id))
        ]

    def _publish_space(self, site: str, space: str) -> None:
        try:
            view = self.view(self.agenda.plan(), site, space)
        except NotFoundError as error:
            # A retained state of a space that has left the catalogue: nobody can ask for it either.
            log.info("state_of_unknown_space", reason=str(error))
            return
        self.hub.publish("space_state", view.render)


def _places(plan: Plan, site: str, space: str) -> dict[str, str]:
    """Return the names of the parts that the devices of a space's parts are in."""
    view = plan.view
    parts = view.claims(site, space) - {space}
    return {device.id: view.space(site, part).name for part in parts for device in view.devices_of(site, part)}
