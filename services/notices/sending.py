"""What every sender says of a try in vain: whether trying again can help. Pure."""

from services.contracts.errors import FoldspaceError


class DeliveryError(FoldspaceError):
    """A notice did not arrive. `str(error)` is for staff; it may name the target, so that it never goes into a log."""

    kind = "delivery"

    def __init__(self, why: str, code: str, *, permanent: bool = False, gone: bool = False) -> None:
        """`code`: the reason in a word, for logs. `permanent`: no use trying. `gone`: and never again."""
        super().__init__(why[:300])
        self.code = code
        self.permanent = permanent
        self.gone = gone
