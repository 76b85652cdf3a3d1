"""What the community asks of every new booking beyond free time, as a store is given it."""

from collections.abc import Callable

from services.catalogue.availability import Availability
from services.contracts.community import Community

House = Callable[[], Availability]
"""Returns the rules as they are now: changeover, cleaning, quotas."""


def no_rules() -> Availability:
    """Return the rules of a community that has none."""
    return Availability(Community())
