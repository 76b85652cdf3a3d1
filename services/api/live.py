"""Follows room states, screens and events on the broker; keeps the level and feeds the stream."""

from prometheus_client import CollectorRegistry, Counter
from pydantic import ValidationError

from services.api import present
from services.api.agenda import Agenda, Plan
from services.api.level import Level
from services.api.spaceview import SpaceView, stale_after
from services.api.stream import Hub
from services.bookings.store import BookingStore
from services.bookings.undoing import can_undo
from services.contracts import topics
from services.contracts.errors import NotFoundError, TopicError
from services.contracts.events import Alert, DecisionMade, Screen
from services.contracts.readings import first_fault
from services.contracts.states import RoomState
from services.kit.clock import Clock
from services.kit.logs import logger
from services.kit.mqtt import Broker, Message, MqttSession

CLIENT_ID = "foldspace-api"
_FILTERS = (topics.STATE_FILTER, topics.SCREEN_FILTER, topics.EVENTS_FILTER)

log = logger("api")


class Live:
    """The live side of the API. `start` connects; `receive` does the work and needs no broker."""

    def __init__(
        self,
        broker: Broker,
        agenda: Agenda,
        bookings: BookingStore,
        clock: Clock,
        registry: CollectorRegistry,
        client_id: str = CLIENT_ID,
    ) -> None:
        self.level = Level()
        self.hub = Hub(registry)
        self.agenda = agenda
        self._bookings = bookings
        self._clock = clock
        self._was_up = False
        self._rejected = Counter(
            "foldspace_api_rejected",
            "Messages on the broker that the API could not read.",
            ["topic"],
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
        return SpaceView(
            space=plan.view.space(site, space),
            zone=plan.view.zone(site),
            state=self.level.state(site, space),
            screen=self.level.screen(site, space),
            slots=slots,
            can={one.id: plan.can(one, now) for one in (slots.now, slots.next) if one is not None},
            policy=plan.view.community.policy,
            now=now,
            stale_after=stale_after(self._clock),
        )

    def receive(self, topic: str, payload: bytes) -> None:
        """Take one message of the broker; one that cannot be read is counted and logged."""
        try:
            match topics.parse(topic):
                case topics.StateTopic():
                    self._state(RoomState.model_validate_json(payload))
                case topics.ScreenTopic():
                    self._screen(Screen.model_validate_json(payload))
                case topics.EventTopic(site, "alert"):
                    self._alert(site, Alert.model_validate_json(payload))
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
        self.receive(message.topic, message.payload)

    def _up(self, _session_present: bool) -> None:
        # The session is fresh after every connect: states come again as retained messages, but decisions and
        # alerts of the gap do not, so every page has to read the level once more.
        if self._was_up:
            log.info("broker_back")
            self.agenda.changed()
            self.hub.restart()
        self._was_up = True

    def _state(self, state: RoomState) -> None:
        if self.level.put_state(state):
            self._publish_space(state.site, state.space)

    def _screen(self, screen: Screen) -> None:
        if self.level.put_screen(screen):
            self._publish_space(screen.site, screen.space)

    def _alert(self, site: str, alert: Alert) -> None:
        self.level.put_alert(site, alert)
        view = self.agenda.plan().view
        self.hub.publish("alert", lambda language: present.alert(site, alert, view, language))

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
