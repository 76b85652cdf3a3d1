"""Whatever happens in whatever order: no time is promised twice, unknown releases nothing, kept is kept."""

from hypothesis import given, settings
from hypothesis import strategies as st

from services.bookings import grid
from services.bookings.records import HOLDING, Booking, Decision, OfferState
from services.contracts.errors import FoldspaceError
from services.contracts.names import MINUTE
from services.scheduler.policy import decide
from tests.unit.scheduler.stories import Story, a_booking, a_request, tell

SPACES = ("hall", "council", "events", "rongqu")

_steps = st.one_of(
    st.tuples(st.just("room"), st.sampled_from(SPACES), st.sampled_from(["occupied", "vacant", "unknown", "weak"])),
    st.tuples(st.just("pass"), st.integers(1, 25), st.just("")),
    st.tuples(st.sampled_from(["check_in", "keep", "end", "cancel"]), st.sampled_from(["b0", "b1", "b2", "b3"]),
              st.just("")),
    st.tuples(st.just("move"), st.sampled_from(["b0", "b1", "b2", "b3"]), st.sampled_from(SPACES)),
    st.tuples(st.sampled_from(["claim", "offer"]), st.sampled_from(SPACES), st.just("")),
    st.tuples(st.just("undo"), st.integers(1, 4), st.just("")),
)  # fmt: skip


def begin() -> Story:
    bookings = [
        a_booking("b0", "08:45", "10:00", space="hall"),
        a_booking("b1", "09:00", "10:00", space="rongqu"),
        a_booking("b2", "10:00", "11:30", space="council", group="议事会"),
        a_booking("b3", "10:00", "11:00", space="events", protected=True),
    ]
    requests = [
        a_request("r1", space=None),
        a_request("r2", space="rongqu"),
        a_request("r3", space=None, functions=("council", "dance")),
    ]
    return tell(bookings, requests)


def do(story: Story, what: str, one: object, other: str) -> None:
    """Do one step of a random story; what the state does not allow is refused, and that is fine."""
    operations, now = story.scheduler.operations, story.now
    if what == "room":
        story.room("vacant" if other == "weak" else other, str(one), grade=other != "weak")
        return
    try:
        match what:
            case "claim":
                story.press("claim", space=str(one))
            case "offer":
                operations.offer("r3", "user:w", now, space=str(one))
            case "move":
                operations.move(str(one), other, None, "user:w", now)
            case "undo" if isinstance(one, int):
                operations.undo(story.scheduler.ledger.decisions[-one].id, "user:w", now)
            case "check_in" | "keep" | "end" | "cancel":
                getattr(operations, what)(str(one), "user:w", now)
    except FoldspaceError as error:
        assert str(error)


def never_twice(story: Story) -> None:
    """No two records hold the same room at the same time from now on."""
    ledger, seen = story.scheduler.ledger, {}
    held = [b for b in ledger.bookings if b.state in HOLDING]
    for record in (*held, *(o for o in ledger.offers if o.state is OfferState.HELD)):
        for room in story.scheduler.operations._claims("wuhan", record.space):
            for slot in grid.slots(max(record.start, grid.floor(story.now)), record.end):
                assert (room, slot) not in seen, f"{record.id} and {seen[room, slot]} both hold {room}"
                seen[room, slot] = record.id


def allowed(story: Story, decision: Decision, before: dict[str, Booking]) -> None:
    """What takes something away had every right to."""
    if decision.kind not in {"warn", "release", "end_early"}:
        return
    booking = before[decision.booking or ""]
    room = story.scheduler._core.rooms.at(story.now)[f"wuhan/{booking.space}"]
    assert room.state.occupancy == "vacant"
    assert room.state.release_grade
    assert not booking.protected
    if decision.kind != "end_early":
        assert booking.kept_at is None
        assert booking.reclaimed_at is None


@settings(max_examples=150)
@given(st.lists(_steps, max_size=40))
def test_no_story_promises_twice_or_takes_what_it_may_not(steps: list[tuple[str, object, str]]) -> None:
    story = begin()
    for what, one, other in steps:
        for _ in range(one if what == "pass" and isinstance(one, int) else 1):
            if what == "pass":
                story.now += MINUTE
            else:
                do(story, what, one, other)
            before = {booking.id: booking for booking in story.scheduler.ledger.bookings}
            for decision in story.scheduler.step(story.now):
                allowed(story, decision, before)
            core = story.scheduler._core
            assert decide(core.look(story.now), story.now, core.policy) == []
        never_twice(story)
