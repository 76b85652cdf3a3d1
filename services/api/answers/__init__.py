"""What every route answers, as the OpenAPI document says it: a model for each thing that a renderer returns.

Nothing is checked against them at run time. tests/unit/api/test_openapi.py holds real answers to them, to the letter.
"""

from services.api.answers.bookings import (
    Booking,
    Bookings,
    Decision,
    Decisions,
    Offer,
    Offers,
    Proposal,
    Proposals,
    Repair,
    Request,
    Requests,
    Season,
    Series,
    SeriesList,
    SeriesOutcome,
    SeriesWhole,
)
from services.api.answers.books import (
    Account,
    Allocations,
    Quarantined,
    QuarantineList,
    QuarantineSummary,
    Replayed,
    Usages,
)
from services.api.answers.devices import (
    AddedDevice,
    Commands,
    Configured,
    DeviceKeys,
    Devices,
    Ordered,
    UnclaimedDevices,
)
from services.api.answers.lending import (
    Availability,
    Changeovers,
    Groups,
    Holidays,
    Instance,
    Plan,
    SiteList,
    StandingActivities,
    Supplies,
    Tasks,
)
from services.api.answers.shape import Answer, Page
from services.api.answers.spaces import Alerts, Clock, History, Learned, Session, Space, Spaces, Texts
from services.contracts.community import Holiday, Supply

__all__ = [
    "Account", "AddedDevice", "Alerts", "Allocations", "Answer", "Availability", "Booking", "Bookings", "Changeovers",
    "Clock", "Commands", "Configured", "Decision", "Decisions", "DeviceKeys", "Devices", "Groups", "History",
    "Holiday", "Holidays", "Instance", "Learned", "Offer", "Offers", "Ordered", "Page", "Plan", "Proposal",
    "Proposals", "QuarantineList", "QuarantineSummary", "Quarantined", "Repair", "Replayed", "Request", "Requests",
    "Season", "Series", "SeriesList", "SeriesOutcome", "SeriesWhole", "Session", "SiteList", "Space", "Spaces",
    "StandingActivities", "Supplies", "Supply", "Tasks", "Texts", "UnclaimedDevices", "Usages",
]  # fmt: skip
