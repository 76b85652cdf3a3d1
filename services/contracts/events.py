"""What goes out on `events/{type}` and to screens."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from services.contracts.names import Millis, Name

DecisionKind = Literal[
    "check_in", "warn", "keep", "release", "reclaim", "offer", "offer_taken", "offer_expired",
    "end_early", "end", "overrun", "extend", "move", "recall", "hold", "book", "cancel", "undo",
    "approve", "refuse", "lapse", "ask", "excuse", "propose", "agree", "decline",
]  # fmt: skip
AlertLevel = Literal["info", "warning", "critical"]


class ButtonPressed(BaseModel):
    """`events/button`, from the gateway: an admitted, timely press. `ref` names it once for ever."""

    model_config = ConfigDict(frozen=True)

    ref: str
    device: Name
    space: Name
    action: Literal["check_in", "keep", "end", "claim"]
    code: str | None = None
    at: Millis


class DecisionMade(BaseModel):
    """`events/decision`, from the scheduler. `params` fill the sentences of the text catalogue."""

    model_config = ConfigDict(frozen=True)

    id: str
    at: Millis
    site: Name
    space: Name
    kind: DecisionKind
    booking: str | None = None
    shadow: bool = False
    params: dict[str, Any] = {}
    summary: Annotated[dict[str, str], Field(description="language → one sentence")] = {}


class OfferMade(BaseModel):
    """`events/offer`, from the scheduler: a held, expiring promise to one group. Personal data stays out."""

    model_config = ConfigDict(frozen=True)

    id: str
    code: Annotated[str, Field(description="what the group types or taps to claim it")]
    space: Name
    group: str
    start: Millis
    end: Millis
    expires: Millis


class Alert(BaseModel):
    """`events/alert`: something staff should know. The same `key` is the same trouble."""

    model_config = ConfigDict(frozen=True)

    key: str
    level: AlertLevel
    at: Millis
    cleared: bool = False
    text: Annotated[str, Field(description="key of the text catalogue")]
    params: dict[str, Any] = {}


class ScreenSlot(BaseModel):
    """One activity on a screen."""

    model_config = ConfigDict(frozen=True)

    title: str
    start: Millis
    end: Millis


class Screen(BaseModel):
    """The retained payload of `space/{space}/screen`."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    v: Literal[1] = 1
    site: Name
    space: Name
    name: str
    as_of: Millis
    occupancy: Literal["occupied", "vacant", "unknown"]
    now: ScreenSlot | None = None
    next: ScreenSlot | None = None
    notice: Annotated[str | None, Field(description="warn, offer … as a key of the text catalogue")] = None
    notice_until: Millis | None = None
    params: dict[str, Any] = {}
    message: Annotated[str | None, Field(description="what staff say to whoever stands in front of it")] = None
    message_until: Millis | None = None
