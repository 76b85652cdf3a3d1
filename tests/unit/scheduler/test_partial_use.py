"""A few in a large room while somebody waits for it: a proposal, never force."""

from services.bookings.records import Booking, Request
from services.scheduler.policy import replay
from tests.unit.scheduler.stories import Story, a_booking, a_request, at, tell

CLASS = {"space": None, "people": 30, "duration_min": 60, "functions": ("dance",)}


def a_few(people: int = 6, request: Request | None = None, bookings: list[Booking] | None = None) -> Story:
    """Six sit in the hall of sixty from nine to eleven, and a class of thirty waits for a room to dance in."""
    hall = a_booking("few", "09:00", "12:00", space="hall", group="茶友会", title="茶会")
    story = tell([hall, *(bookings or [])], [request or a_request(earliest=at("09:30"), **CLASS)])
    for space in ("hall", "council", "events"):
        story.room("occupied" if space == "hall" else "unknown", space, people=people if space == "hall" else None)
    return story


def counted(story: Story, people: int, until: str) -> list[str]:
    """Let a counter say the same each minute."""
    told: list[str] = []
    for minute in range(int(until[:2]) * 60 + int(until[3:]) - 8 * 60 - 30):
        story.room("occupied", "hall", people=people)
        told += story.until(f"{(8 * 60 + 30 + minute) // 60:02}:{(30 + minute) % 60:02}")
        story.now = at("08:30") + (minute + 1) * 60_000
    return told


def test_the_few_are_asked_to_use_one_part_so_that_the_class_has_the_other() -> None:
    story = a_few()
    told = counted(story, 6, "09:40")
    assert told == ["08:45 check_in", "09:10 propose", "09:25 decline"]  # nobody answered
    (proposal,) = story.scheduler.ledger.proposals
    assert (proposal.group, proposal.request) == ("茶友会", "r1")
    assert [(move.booking, move.space) for move in proposal.moves] == [("few", "council")]
    assert proposal.params["freed"] == "events"
    made = story.last("propose")
    assert replay(made) == made
    assert story.last("decline").rule == "proposal.lapse/1"


def test_once_agreed_the_class_is_next_in_line() -> None:
    story = a_few()
    counted(story, 6, "09:24")
    (proposal,) = story.scheduler.ledger.proposals
    story.scheduler.operations.agree(proposal.id, "group", story.now)
    assert story.scheduler.ledger.booking("few").space == "council"
    story.room("vacant", "events")
    assert "09:26 offer" in story.until("09:26")


def test_many_people_nobody_waiting_or_nobody_counting_is_left_alone() -> None:
    assert counted(a_few(30), 30, "09:40") == ["08:45 check_in"]
    assert counted(a_few(request=a_request(space="tea", people=8)), 6, "09:40") == ["08:45 check_in"]
    silent = a_few()
    silent.room("occupied", "hall", people=None)
    assert silent.until("09:40") == ["08:45 check_in"]


def test_a_part_that_somebody_else_has_soon_is_no_way() -> None:
    story = a_few(bookings=[a_booking("other", "12:00", "13:00", space="council")])
    assert counted(story, 6, "09:20") == ["08:45 check_in", "09:10 propose"]
    story = tell(
        [a_booking("few", "09:00", "12:00", space="hall", function="dance")], [a_request(earliest=at("09:30"), **CLASS)]
    )
    assert counted(story, 6, "09:20") == ["08:45 check_in"], "they dance, and only one part is for dancing"
