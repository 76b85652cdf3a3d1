"""Runs room truth and, given bookings, the scheduler over a recording in virtual time; same input, same output."""

from collections.abc import Iterable, Sequence
from itertools import groupby

from gateway.truth import RoomTruth
from services.bookings.records import Booking, Request
from services.contracts.community import Community
from services.contracts.files import BookingRow, RecordedMessage, RequestRow
from services.contracts.instants import to_millis
from services.contracts.names import MINUTE, Millis
from services.contracts.policy import Policy
from services.contracts.states import RoomState
from services.evaluation.result import Evaluation
from services.evaluation.sampling import Sampler, SpaceKey
from services.evaluation.score import Belief
from services.evaluation.waiting import Waiting
from services.scheduler.virtual import VirtualScheduler

STEP: Millis = MINUTE
"""How often one looks when nothing changes. The live scheduler looks more often, but decides in minutes."""


class _Run:
    """Room truth, scheduler and sampler, moved through virtual time together."""

    def __init__(self, community: Community, scheduler: VirtualScheduler | None, *, sampled: bool) -> None:
        self.result = Evaluation()
        self.truth = RoomTruth(community)
        self.scheduler = scheduler
        self.waiting = None if scheduler is None else Waiting(scheduler)
        self.sampler = Sampler(self.truth, community) if sampled else None
        self._last_step: Millis | None = None

    def begin(self, at: Millis) -> None:
        """Start listening at `at`."""
        self.result.start = at
        self.truth.tick(at)
        self.truth.listening(at)

    def wait(self, since: Millis, until: Millis) -> None:
        """Let the time between two messages pass, in whole minutes and with every deadline at its instant."""
        if self.scheduler is None and self.sampler is None:
            return
        for step in range(since - since % STEP + STEP, until, STEP):
            self._deadlines(step)
            self.pass_time(step, self.truth.spaces)
        self._deadlines(until)

    def pass_time(self, now: Millis, others: Iterable[SpaceKey]) -> None:
        """Note what changed up to `now`, look at what may have moved besides, and let the scheduler decide."""
        changed = self._tick(now)
        for site, alert in self.truth.take().spaces.alerts:
            if alert.key.startswith("doubt/") and not alert.cleared:
                self.result.doubted.setdefault((site, str(alert.params["device"])), alert.at)
        if self.sampler is not None:
            self.sampler.take(now, changed, others)
        if self.scheduler is None or self.waiting is None or (self._last_step is not None and now <= self._last_step):
            return
        self.waiting.answer(now)
        self.result.decisions += self.scheduler.step(now)
        self.waiting.hear(now)
        self._last_step = now

    def _deadlines(self, until: Millis) -> None:
        """Ask at each deadline on the way; the states are the same without, so nothing is decided here."""
        if self.sampler is None:
            return
        while (due := self.truth.next_due) < until:
            self.sampler.take(due, self._tick(due))

    def _tick(self, now: Millis) -> dict[SpaceKey, None]:
        states = self.truth.tick(now)
        for state in states:
            _note(self.result, state)
            if self.scheduler is not None:
                self.scheduler.on_state(state)
        return dict.fromkeys((state.site, state.space) for state in states)

    def feed(self, message: RecordedMessage) -> list[SpaceKey]:
        """Take in one message; return the spaces it tells of."""
        outcome = self.truth.feed(message.at, message.topic, message.payload)
        self.result.messages[outcome.verdict] += 1
        if self.scheduler is not None and outcome.button is not None:
            self.scheduler.on_button(outcome.button, outcome.points[0].site)
        return [(point.site, point.space) for point in outcome.points]


def evaluate(
    messages: Iterable[RecordedMessage],
    community: Community,
    bookings: Sequence[BookingRow] = (),
    policy: Policy | None = None,
    *,
    requests: Sequence[RequestRow] = (),
    sampled: bool = False,
) -> Evaluation:
    """Feed the messages in order, each at its own time, and return what was believed and decided.

    `requests` wait for idle space and take what they are offered; see `waiting`.
    `sampled`: also how probable people were and what each kind of evidence said by itself, asked at every change and
    every minute; that takes time and changes nothing else.
    """
    scheduler = None
    if bookings or requests:
        wishes = [_request(row) for row in requests]
        scheduler = VirtualScheduler(community, policy, [_booking(row) for row in bookings], wishes)
    run = _Run(community, scheduler, sampled=sampled)
    now: Millis | None = None
    for at, together in groupby(messages, key=lambda message: message.at):
        if now is None:
            run.begin(at)
        else:
            run.wait(now, at)
        told_of = dict.fromkeys(key for message in together for key in run.feed(message))
        run.pass_time(at, told_of)
        now = at
    result = run.result
    result.end = now or 0
    if scheduler is not None:
        result.bookings, result.requests = scheduler.ledger.bookings, scheduler.ledger.requests
    if run.sampler is not None:
        result.kinds, result.probabilities = run.sampler.kinds, run.sampler.probabilities
    return result


def _note(result: Evaluation, state: RoomState) -> None:
    beliefs = result.beliefs.setdefault((state.site, state.space), [])
    if beliefs and (beliefs[-1].occupancy, beliefs[-1].release_grade) == (state.occupancy, state.release_grade):
        return
    beliefs.append(Belief(state.as_of, state.occupancy, state.release_grade))


def _booking(row: BookingRow) -> Booking:
    return Booking(
        row.id, row.site, row.space, row.group, row.group, row.people, to_millis(row.start), to_millis(row.end)
    )


def _request(row: RequestRow) -> Request:
    earliest = to_millis(row.earliest)
    return Request(
        row.id, row.site, row.group, row.group, row.people, row.duration_min, earliest, to_millis(row.latest_end),
        earliest if row.created_at is None else to_millis(row.created_at), row.space, row.features, row.functions,
        row.priority,
    )  # fmt: skip
