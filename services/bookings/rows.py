"""Records to rows and back. Plain values both ways: the database keeps tuples as JSON lists."""

from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any

from pydantic import TypeAdapter

from services.bookings.records import (
    Alternative,
    Booking,
    BookingState,
    Decision,
    Offer,
    OfferState,
    Proposal,
    Request,
    RequestState,
)
from services.bookings.series.plan import Segment, Series

_TWIN = TypeAdapter(Booking)
_PROPOSAL = TypeAdapter(Proposal)


def to_row(record: Booking | Request | Offer | Decision | Proposal | Series) -> dict[str, Any]:
    """Return a record as the values of its columns."""
    if isinstance(record, Proposal):
        return {**_PROPOSAL.dump_python(record, mode="json"), "state": record.state}
    return {field.name: _plain(getattr(record, field.name)) for field in fields(record)}


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [asdict(item) if isinstance(item, Alternative | Segment) else item for item in value]
    return value


def booking_from(row: Mapping[str, Any]) -> Booking:
    """Return the booking of a row."""
    return Booking(**{**row, "state": BookingState(row["state"])})


def request_from(row: Mapping[str, Any]) -> Request:
    """Return the request of a row."""
    lists = {
        "features": tuple(row["features"]),
        "functions": tuple(row["functions"]),
        "alternatives": tuple(Alternative(**item) for item in row["alternatives"]),
    }
    return Request(**{**row, **lists, "state": RequestState(row["state"])})


def offer_from(row: Mapping[str, Any]) -> Offer:
    """Return the offer of a row."""
    return Offer(**{**row, "state": OfferState(row["state"])})


def proposal_from(row: Mapping[str, Any]) -> Proposal:
    """Return the proposal of a row."""
    return _PROPOSAL.validate_python(dict(row))


def decision_from(row: Mapping[str, Any]) -> Decision:
    """Return the decision of a row."""
    values = {name: value for name, value in row.items() if name not in {"number", "published"}}
    lists = {"considered": tuple(values["considered"]), "would_change": tuple(values["would_change"])}
    return Decision(**{**values, **lists})


def twin_to_json(twin: Booking) -> Any:
    """Return a shadow twin as JSON values."""
    return _TWIN.dump_python(twin, mode="json")


def twin_from_json(value: Any) -> Booking:
    """Return the shadow twin that `twin_to_json` wrote."""
    return _TWIN.validate_python(value)
