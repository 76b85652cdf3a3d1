"""The knobs of the scheduler, each with its unit and its reason. A community file or a policy file sets them."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Minutes = Annotated[float, Field(ge=0, le=1440)]


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
    offer_hold_min: Minutes = 5
    """How long an offer is held for one group alone."""
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
