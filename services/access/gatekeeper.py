"""Answers the embedded broker's door from the kept credentials and the catalogue."""

import hmac
import secrets
import threading
from collections.abc import Callable

from services.access.credentials import ONBOARDING, Credential
from services.access.rights import Vendor, device_rights, no_vendor, onboarding_rights
from services.access.store import CredentialStore
from services.access.throttle import FailureWindow
from services.contracts.community import Community
from services.contracts.errors import FoldspaceError, InvalidError
from services.contracts.names import MINUTE, SECOND, Millis
from services.kit import doorframes as mqtt
from services.kit.clock import Clock
from services.kit.doorkeeper import Refused, Standing, Visitor
from services.kit.doorrights import Rights
from services.kit.logs import logger

_REMEMBER: Millis = 10 * MINUTE
"""How long a password that was right is not hashed again: devices on weak radio come back every few seconds."""
_FAILURES = 10
"""Wrong passwords from one address before it must wait."""
_LOOK_EVERY: Millis = 1 * SECOND
"""How often the database is asked whether anything has changed."""

log = logger("access")


class StoredGatekeeper:
    """A `Gatekeeper` over the store. `clock` is real time. Safe to share between threads.

    While the database is away it answers from what it knows.
    """

    def __init__(
        self,
        store: CredentialStore,
        community: Callable[[], tuple[int, Community]],
        clock: Clock,
        vendor: Vendor = no_vendor,
    ) -> None:
        self._store = store
        self._vendor = vendor
        self._community = community
        self._clock = clock
        self._salt = secrets.token_bytes(32)
        self._failures = FailureWindow(_FAILURES)
        self._lock = threading.Lock()
        self._looked_at: Millis | None = None
        self._versions = (-1, -1)
        self._known: dict[str, tuple[Credential, Rights]] = {}
        self._right: dict[str, tuple[bytes, Millis]] = {}
        """By user name: the digest of the password that was right, and until when it need not be hashed again."""

    def admit(self, visitor: Visitor) -> Standing | Refused:
        """Check credentials; slow for a password not seen lately."""
        now = self._clock.now()
        username, password = visitor.username or "", visitor.password or b""
        standing = self.standing(username)
        known = self._known.get(username)
        credential = known[0] if known else None
        digest = hmac.digest(self._salt, f"{credential.stamp if credential else 0}\0".encode() + password, "sha256")
        if standing is not None and self._was_right(username, digest, now):
            return standing
        if self._failures.wait_ms(visitor.address, now):
            return Refused("throttled", mqtt.BUSY)
        # Nobody's password costs as much as somebody's: how long the answer takes tells no names.
        if not self._store.verify(credential, password.decode(errors="replace")) or standing is None:
            self._failures.failed(visitor.address, now)
            return Refused("credentials", mqtt.BAD_CREDENTIALS)
        with self._lock:
            self._right[username] = (digest, now + _REMEMBER)
        return standing

    def standing(self, username: str) -> Standing | None:
        """Return what a name may do now; None for nobody, and for revoked credentials."""
        self._look()
        known = self._known.get(username)
        return None if known is None else Standing(known[1], known[0].stamp)

    def _was_right(self, username: str, digest: bytes, now: Millis) -> bool:
        with self._lock:
            remembered, until = self._right.get(username, (b"", 0))
        return now < until and hmac.compare_digest(remembered, digest)

    def _look(self) -> None:
        """Read again what has changed; at most once a second."""
        now = self._clock.now()
        with self._lock:
            if self._looked_at is not None and 0 <= now - self._looked_at < _LOOK_EVERY:
                return
            self._looked_at = now
        try:
            version = self._store.version()
            catalogue, community = self._community()
            if (version, catalogue) != self._versions:
                self._known = known_names(self._store.all(), community, self._vendor)
                self._versions = (version, catalogue)
        except FoldspaceError as error:
            log.warning("gatekeeper_knows_nothing_newer", reason=str(error))


def known_names(
    credentials: list[Credential], community: Community, vendor: Vendor
) -> dict[str, tuple[Credential, Rights]]:
    """Return who may come in, with which rights: active credentials of devices in the catalogue, and newcomers."""
    devices = {(device.site, device.id): device for device in community.devices}
    known: dict[str, tuple[Credential, Rights]] = {}
    for one in credentials:
        if not one.active:
            continue
        if one.device == ONBOARDING:
            known[one.username] = (one, onboarding_rights(one.site, community.devices))
            continue
        device = devices.get((one.site, one.device))
        try:
            if device is not None:
                known[one.username] = (one, device_rights(device, vendor))
        except InvalidError as error:
            log.warning("device_without_rights", username=one.username, reason=str(error))
    return known
