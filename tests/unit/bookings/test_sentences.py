"""Every decision has its sentence, in both languages, with every blank filled."""

import re
import string

import pytest

from services.bookings import machine, promises
from services.bookings.reasons import Why, by_person
from services.bookings.records import BookingState, Change
from services.bookings.sentences import summary
from services.contracts.texts import LANGUAGES, catalogue
from tests.unit.bookings.promise_records import NINE, TEN, a_booking, a_request

IN_USE = a_booking(state=BookingState.IN_USE, checked_in_at=NINE)
WARNED = a_booking(state=BookingState.WARNED)
OFFERED = promises.make_offer(a_request(), "rongqu", NINE, TEN, TEN, NINE, Why("offer.released/1"), released=WARNED)
STAFF = by_person("undo", "user:wang")
RELEASED = machine.release(WARNED, NINE, Why("no_show.release/1"))

BOOKED = machine.booked(a_booking(), NINE, by_person("book", "user:w"))
ENDED_EARLY = machine.end_early(IN_USE, NINE, NINE, Why("early_end.vacant/1"))
ENDED = machine.end(IN_USE, NINE, by_person("end", "group"))
CANCELLED = machine.cancel(a_booking(), NINE, by_person("cancel", "user:w"))
MOVED = machine.move(a_booking(), "council", TEN, NINE, by_person("move", "user:w"))
ASKED = a_booking(state=BookingState.ASKED, answer_by=TEN)
APPROVED = machine.approve(ASKED, NINE, by_person("approve", "user:w"))
REFUSED = machine.refuse(ASKED, NINE, by_person("refuse", "user:w"))
LAPSED = machine.lapse(ASKED, NINE, Why("approval.lapse/1"))


def undone(made: Change) -> Change:
    return machine.undo(made.decision, made.bookings[0], (), NINE, STAFF)


CHANGES = [
    BOOKED,
    machine.check_in(a_booking(), NINE, Why("presence.check_in/1")),
    machine.warn(a_booking(), NINE, TEN, Why("no_show.warn/1")),
    machine.hold(WARNED, NINE, Why("no_show.unknown/1")),
    machine.keep(WARNED, NINE, by_person("keep", "group")),
    RELEASED,
    machine.reclaim(RELEASED.bookings[0], (), NINE, Why("reclaim.presence/1")),
    ENDED_EARLY,
    machine.end(IN_USE, TEN, Why("time.end/1")),
    ENDED,
    machine.end(a_booking(), TEN, Why("time.end_unused/1")),
    machine.overrun(IN_USE, a_booking("b2"), NINE, Why("overrun.note/1")),
    CANCELLED,
    MOVED,
    *(undone(made) for made in (RELEASED, ENDED_EARLY, ENDED, CANCELLED, MOVED, BOOKED, APPROVED, REFUSED, LAPSED)),
    machine.booked(ASKED, NINE, by_person("ask", "user:w")),
    APPROVED,
    REFUSED,
    LAPSED,
    machine.undo(machine.warn(a_booking(), NINE, TEN, STAFF).decision, WARNED, (), NINE, STAFF),
    machine.undo(OFFERED.decision, None, ((OFFERED.offers[0], OFFERED.requests[0]),), NINE, STAFF),
    OFFERED,
    promises.make_offer(a_request(), "rongqu", NINE, TEN, TEN, NINE, Why("offer.idle/1")),
    promises.take_offer(OFFERED.offers[0], OFFERED.requests[0], NINE, by_person("claim", "group")),
    promises.expire_offer(OFFERED.offers[0], OFFERED.requests[0], 0, TEN, Why("offer.expire/1")),
    promises.expire_offer(OFFERED.offers[0], OFFERED.requests[0], 0, TEN, Why("offer.expire_alone/1")),
    promises.withdrawn(OFFERED.offers[0], OFFERED.requests[0], NINE, by_person("recall", "user:w")),
    promises.lapse(a_request(), NINE, Why("request.lapse/1")),
    promises.withdraw_request(a_request(), NINE, by_person("withdraw", "group")),
]


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.decision.rule)
def test_sentence_is_whole(change: Change) -> None:
    said = summary(change.decision, "Asia/Shanghai", lambda _site, space: {"rongqu": "融趣园"}.get(space, space))
    assert set(said) == set(LANGUAGES)
    for sentence in said.values():
        assert "{" not in sentence
        assert not sentence.startswith("decisions.")
    assert re.search(r"[\u4e00-\u9fff]", said["zh"])


def test_space_has_the_name_people_use_and_times_are_local() -> None:
    said = summary(RELEASED.decision, "Asia/Shanghai", lambda _site, _space: "融趣园")
    assert said["zh"] == "融趣园「晨练合唱」（合唱团）无人到场，已释放，18:00 前的 60 分钟可给别人使用。"


def test_both_languages_have_the_same_blanks() -> None:
    own = {key: both for key, both in catalogue().items() if key.startswith(("decisions.", "screens."))}
    assert own
    for key, both in own.items():
        blanks = {
            language: {name for _, name, _, _ in string.Formatter().parse(both[language]) if name}
            for language in LANGUAGES
        }
        assert blanks["zh"] == blanks["en"], key


@pytest.mark.parametrize(
    ("made", "says"),
    [(ENDED, "已撤销结束"), (CANCELLED, "已撤销取消"), (MOVED, "已撤销调整"), (BOOKED, "已撤销预约")],
)
def test_an_undo_says_what_is_undone(made: Change, says: str) -> None:
    assert summary(undone(made).decision, "Asia/Shanghai", lambda _site, space: space)["zh"].startswith(says)
