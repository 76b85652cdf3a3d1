"""What the routes for residents and passers-by answer: the shapes of the OpenAPI document, not checked at run time."""

from typing import Any, Literal

from pydantic import BaseModel, Field

At = str
"""RFC 3339 with the site's offset."""


class Stretch(BaseModel):
    """A stretch of time."""

    start: At
    end: At


class FreeStretch(Stretch):
    """A stretch in which a space can be had, and for what."""

    functions: list[str]
    asks_host: bool = Field(description="its lender is asked first")


class Site(BaseModel):
    """One community."""

    site: str
    name: str
    zone: str


class Sites(BaseModel):
    """The answer of GET /public/sites."""

    items: list[Site]
    next: None


class PublicSpace(BaseModel):
    """A space as a passer-by may know it: no names, no groups, nobody counted."""

    site: str
    space: str
    name: str
    group: str = Field(description="the heading it stands under")
    capacity: int
    functions: list[str]
    features: list[str]
    state: Literal["free", "busy", "unknown", "closed"]
    occupied: bool | None = Field(description="somebody is there, booked or not; null: nobody can tell")
    until: At | None = Field(description="until when the state holds, as far as it is promised")
    as_of: At | None = Field(description="when the sensors were last heard")
    free: FreeStretch | None = Field(description="how it can be had now")
    next_free: FreeStretch | None = Field(description="when it can be had next, today")
    tonight: list[FreeStretch]


class Now(BaseModel):
    """The community's clock."""

    now: At
    speed: float
    zone: str
    stale_after_s: float


class PublicSpaces(Now):
    """The answer of GET /public/spaces."""

    site: str
    name: str
    items: list[PublicSpace]
    next: None


class Door(Now):
    """The answer of GET /public/spaces/{site}/{space}."""

    space: PublicSpace
    site_name: str
    busy_now: Stretch | None
    busy_next: Stretch | None
    today: list[FreeStretch]


class CheckedIn(BaseModel):
    """The answer to a code typed at the door."""

    start: At
    end: At
    said: str = Field(description="one sentence")


class Device(BaseModel):
    """A device on which the resident is signed in."""

    id: str
    device: str
    since: str
    seen: str
    this: bool


class Key(BaseModel):
    """A passkey of the resident."""

    id: str
    device: str
    since: str


class MyCalendar(BaseModel):
    """A calendar of their own bookings that the resident made; its secret link was shown when it was made."""

    site: str
    name: str = Field(description="of the site")
    since: str = Field(description="day on which the link was made")
    last_fetched: At | None = Field(description="when a calendar program read it last; null: never")


class MyCalendarLink(BaseModel):
    """A new link to the resident's calendar, shown this once."""

    url: str
    webcal: str = Field(description="the same, for a calendar program to subscribe to at a tap")


class Limits(BaseModel):
    """What one person may have at a time."""

    wishes: int
    bookings: int
    minutes: int
    days: int


class MyAccount(BaseModel):
    """All that is kept of a resident."""

    handle: str
    name: str
    phone: str | None
    language: str
    since: str
    sessions: list[Device]
    passkeys: list[Key]
    calendars: list[MyCalendar]
    limits: Limits


class NewMe(MyAccount):
    """The same, with a code if there is a new one."""

    code: str | None = Field(description="lets the person in on another device; shown this once")


class Code(BaseModel):
    """A new code, shown this once."""

    code: str
    until: str | None = Field(description="null: until it is replaced")


class Options(BaseModel):
    """What the browser is asked to do, as WebAuthn's JSON form has it."""

    options: dict[str, Any]


class Place(BaseModel):
    """A space by its names."""

    site: str
    space: str | None
    name: str
    site_name: str


class MyBooking(Place):
    """A booking of the resident's own."""

    id: str
    function: str
    title: str
    people: int
    start: At
    end: At
    state: str
    code: str
    answer_by: At | None
    release_at: At | None = Field(description="when it is given away unless somebody comes or keeps it")
    opens_at: At = Field(description="from when one can check in")
    can: list[Literal["check_in", "keep", "end", "cancel", "reclaim"]]
    why: str | None = Field(description="why it is as it is, one sentence")


class MyBookings(BaseModel):
    """The resident's bookings, by start."""

    items: list[MyBooking]
    next: None


class MyRequest(Place):
    """A wish of the resident's own."""

    id: str
    functions: list[str]
    people: int
    duration_min: int
    earliest: At
    latest_end: At
    state: str


class MyRequests(BaseModel):
    """The resident's wishes that are open."""

    items: list[MyRequest]
    next: None


class MyOffer(Place):
    """What is held for the resident."""

    id: str
    request: str
    start: At
    end: At
    expires: At


class MyOffers(BaseModel):
    """What is held for the resident now."""

    items: list[MyOffer]
    next: None


class ProposedPlace(BaseModel):
    """Where and when the booking would be."""

    space: str
    name: str
    start: At
    end: At


class MyProposal(Place):
    """A change of one of the resident's bookings that they are asked to agree to; place and time are as booked."""

    id: str
    booking: str
    start: At
    end: At
    to: ProposedPlace | None = Field(description="null: it would be cancelled")
    why: str = Field(description="one sentence")
    expires: At = Field(description="until when they may answer; without an answer nothing changes")


class MyProposals(BaseModel):
    """What the resident is asked now."""

    items: list[MyProposal]
    next: None


class Told(BaseModel):
    """One thing that happened to the resident's bookings and wishes."""

    id: str
    at: At
    kind: str
    booking: str | None
    said: str


class News(BaseModel):
    """What happened lately, the newest first."""

    items: list[Told]
    next: None


class MyData(BaseModel):
    """Everything there is about a resident, to take away."""

    account: MyAccount
    bookings: list[dict[str, Any]]
    requests: list[dict[str, Any]]
    offers: list[dict[str, Any]]
    decisions: list[dict[str, Any]]


class Contact(BaseModel):
    """A resident as staff see them."""

    handle: str
    name: str
    phone: str | None
    since: str


class Contacts(BaseModel):
    """Residents by handle."""

    items: list[Contact]
    next: str | None
