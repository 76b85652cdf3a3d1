"""Tells asking for the same again, which is fine, from asking for something else under an id that is taken. Pure."""

from services.bookings.records import Booking, Decision, Request
from services.contracts.errors import ConflictError


def expect_same_booking(kept: Booking, made: Decision | None, asked: Booking) -> Decision:
    """Return the decision `made` that booked `kept`. Raises ConflictError when `asked` is another promise.

    Time and place are those of the decision: the booking may have been moved since. The code is no part of it.
    """
    same = (
        made is not None
        and (made.params["space"], made.params["start_at"], made.params["end_at"])
        == (asked.space, asked.start, asked.end)
        and (kept.site, kept.group, kept.title, kept.people, kept.function, kept.protected)
        == (asked.site, asked.group, asked.title, asked.people, asked.function, asked.protected)
    )
    if made is None or not same:
        raise ConflictError(key="booking_id_taken", id=asked.id)
    return made


def expect_same_request(kept: Request, asked: Request) -> None:
    """Raise ConflictError when `asked` is another wish than `kept`; when it was made does not count."""
    if _wish(kept) != _wish(asked):
        raise ConflictError(key="request_id_taken", id=asked.id)


def _wish(request: Request) -> tuple[object, ...]:
    return (
        request.site, request.space, request.group, request.title, request.people, request.duration_min,
        request.earliest, request.latest_end, request.features, request.functions, request.priority,
        request.alternatives, request.min_duration_min, request.walk_in,
    )  # fmt: skip
