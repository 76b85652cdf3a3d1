"""One thing that cannot be done keeps nothing else waiting, and what people take back is not done again."""

from dataclasses import replace

from services.bookings.records import BookingState
from services.contracts.errors import ConflictError
from services.contracts.policy import Policy
from services.scheduler.actions import orders
from services.scheduler.virtual import VirtualScheduler
from tests.unit.scheduler.stories import Story, a_booking, a_community, a_request, at, tell


def test_a_change_that_is_refused_at_every_look_keeps_no_other_room_waiting() -> None:
    story = tell([a_booking(), a_booking("b2", space="council")])
    commit = story.scheduler.ledger.commit

    def refuse_one(change: object) -> None:
        if change.decision.booking == "b1":  # type: ignore[attr-defined]  # a Change
            raise ConflictError("booking b1: somebody else changed it first")
        commit(change)  # type: ignore[arg-type]  # a Change

    story.scheduler.ledger.commit = refuse_one  # type: ignore[assignment,method-assign]  # stands for a rival
    story.room("vacant")
    story.room("vacant", "council")
    assert story.until("09:15") == ["09:10 warn", "09:15 release"]
    assert story.scheduler.ledger.booking("b2").state is BookingState.RELEASED


def test_a_space_that_leaves_its_trial_goes_on_from_what_is_real() -> None:
    story = Story(VirtualScheduler(a_community(shadow=["rongqu"]), None, [a_booking()]))
    story.room("vacant")
    assert story.until("09:12") == ["09:10 warn"]
    assert story.last("warn").shadow
    live = a_community()
    story.scheduler._core._places = lambda: type(story.scheduler._places)(live)
    assert story.until("09:20") == ["09:12 warn", "09:17 release"]
    assert not story.last("release").shadow


def test_an_extension_that_was_taken_back_is_not_made_again() -> None:
    story = tell([a_booking()])
    story.room("occupied")
    story.until("09:58")
    story.scheduler.operations.undo(story.last("extend").id, "user:wang", story.now)
    assert story.until("10:05") == ["10:00 end"]


def test_a_group_is_asked_once_and_not_for_every_equal_room() -> None:
    raw = a_community()
    rooms = [replace_space(space.id) for space in raw.spaces]
    community = raw.model_copy(update={"spaces": tuple(rooms), "supply": ()})
    bookings = [a_booking(), a_booking("b2", "10:00", "11:00", group="夜校", function="class")]
    story = Story(VirtualScheduler(community, None, bookings))
    story.room("occupied")
    for space in ("hall", "council", "events", "tea"):
        story.room("vacant", space)
    told = story.until("10:07")
    assert [one for one in told if one.endswith("propose")] == ["10:03 propose"]


def replace_space(id: str):  # type: ignore[no-untyped-def]  # a Space
    known = {space.id: space for space in a_community().spaces}
    return known[id].model_copy(update={"parts": (), "functions": ("class",)})


def test_a_door_is_not_opened_now_for_an_offer_of_tonight() -> None:
    story = tell([], [a_request("r1", earliest=at("09:00"))])
    story.room("vacant")
    story.until("08:35")
    story.press("claim")
    taken = story.scheduler.ledger.last_decision(booking=f"b-{story.scheduler.offers[0].id}", kinds=("offer_taken",))
    assert taken is not None
    devices = story.scheduler._places.devices("wuhan", "rongqu")
    soon = replace(taken, params={**taken.params, "start_at": taken.at})
    later = replace(taken, params={**taken.params, "start_at": taken.at + 4 * 3_600_000})
    assert "unlock" in [order.do for order in orders(soon, {}, devices, None, free=False)]
    assert "unlock" not in [order.do for order in orders(later, {}, devices, None, free=False)]


def test_less_than_no_time_cannot_be_a_policy() -> None:
    for name in ("offer_hold_min", "walk_in_hold_min", "fold_ask_min"):
        try:
            Policy.model_validate({name: 0})
        except ValueError as error:
            assert name in str(error)
        else:
            raise AssertionError(name)
