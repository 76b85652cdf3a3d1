"""The knobs of the scheduler, each with its unit and its reason. A community file or a policy file sets them."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Minutes = Annotated[float, Field(ge=0, le=1440)]
SomeMinutes = Annotated[float, Field(gt=0, le=1440)]
"""What expires at once would be made again at once."""


class Policy(BaseModel):
    """`[policy]` of a community file, and the whole of a policy file. Times are in minutes."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    check_in_early_min: Minutes = 15
    """Somebody seen this long before the start counts as this booking's people, if nobody holds the space."""
    grace_min: Minutes = 10
    """Nobody is asked before this much of the booking has passed: people are late."""
    warn_min: Minutes = 5
    """How long screen and button ask before an unused booking is released."""
    reclaim_min: Minutes = 15
    """After a release the group that walks in simply has it back, for this long, while nobody has taken it."""
    vacant_for_release_min: Minutes = 2
    """The room must have been vacant at release grade for this long, so that a moment's gap takes nothing."""
    early_end_min: Minutes = 10
    """A used booking whose room has been vacant at release grade this long is taken to be over."""
    overrun_warn_min: Minutes = 5
    """People still there this long before the next booking are told."""
    extend_min: Minutes = 15
    """People still there when their time ends go on for so long at a time, if nobody needs the room; 0: never."""
    extend_most_min: Minutes = 30
    """So much longer than booked at most: who needs more books it."""
    move_next: Literal["ask", "auto", "never"] = "ask"
    """Whether a group whose room is still in use is moved to an equal one: after asking it, at once, or never."""
    move_next_after_min: Minutes = 3
    """People need this long to pack up; then the next group is helped."""
    ask_ahead_min: Minutes = 120
    """How long before the start a group that often does not come is asked whether it will; 0: never."""
    ask_ahead_rate: Annotated[float, Field(ge=0, le=1)] = 0.35
    """From which expected rate of no-shows a group is asked ahead."""
    fold_share: Annotated[float, Field(ge=0, le=1)] = 0.4
    """A room used by at most this share of what it holds may be proposed for sharing or a swap; 0: never."""
    fold_ask_min: SomeMinutes = 15
    """How long the group in the room has to answer such a proposal."""
    offer_hold_min: SomeMinutes = 5
    """How long an offer is held for one group alone."""
    walk_in_hold_min: SomeMinutes = 2
    """An offer to somebody who stands at the door need not wait long."""
    offer_no_show_min: Minutes = 20
    """A group that took an offer has this much grace instead of `grace_min`: it must come over first."""
    min_offer_min: Minutes = 30
    """Less time than this left is not worth offering."""
    protect_longer_than_min: Annotated[float, Field(ge=0)] = 360
    """Longer bookings are never released: a day's exhibition looks empty at lunch."""
    never_release: tuple[str, ...] = ()
    """Spaces (names) that never release."""
    shadow: tuple[str, ...] = ()
    """Spaces (names) where decisions are recorded but nothing is done."""
