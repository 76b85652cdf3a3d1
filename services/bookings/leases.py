"""Who may decide: the lease of the one scheduler that leads. Pure.

Instants are of the database's clock, the only one that all schedulers share. The community's clock may run a hundred
times as fast in a demo, and differs from part to part.
"""

from dataclasses import dataclass

from services.contracts.errors import ConflictError
from services.contracts.names import Millis


class FencedError(ConflictError):
    """Another scheduler leads by now: nothing is written for the one before."""

    kind = "fenced"


@dataclass(frozen=True, slots=True)
class Lease:
    """`holder` leads until `expires`, and on until somebody takes over. `token` is larger with every taking."""

    holder: str
    token: int
    renewed_at: Millis
    expires: Millis

    def is_free(self, holder: str, now: Millis) -> bool:
        """Tell whether `holder` may take it: it ran out, or was its own before it started anew.

        Before `renewed_at` the clock was set back, and `expires` could be a year away. Whoever leads is only fenced.
        """
        return holder == self.holder or not self.renewed_at <= now < self.expires


def taken(lease: Lease | None, holder: str, now: Millis, length: Millis) -> Lease | None:
    """Return the lease as `holder` has it from `now` on, for `length`; None: somebody else leads."""
    if lease is not None and not lease.is_free(holder, now):
        return None
    return Lease(holder, 1 if lease is None else lease.token + 1, now, now + length)
