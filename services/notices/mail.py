"""Sends mail through an SMTP server: TLS where it can be had, and never a password without it."""

import ipaddress
import smtplib
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from email.utils import parseaddr
from urllib.parse import unquote, urlsplit

from services.contracts.errors import SettingsError
from services.contracts.names import Millis
from services.notices.letters import House, letter
from services.notices.records import Delivery, Subscription
from services.notices.sending import DeliveryError

_PORTS = {"smtp": 587, "smtps": 465}
_STEP_S = 15.0


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """Where mail is handed over, from `smtp://user:pass@host:587` or `smtps://…`."""

    host: str
    port: int
    tls: bool
    """From the first byte on; else by STARTTLS, if the server offers it."""
    user: str = ""
    password: str = ""

    @classmethod
    def parse(cls, url: str) -> "SmtpServer":
        """Parse FOLDSPACE_SMTP_URL. Raises SettingsError, without the password."""
        wrong = SettingsError("FOLDSPACE_SMTP_URL: expected smtp://user:pass@host:587 or smtps://user:pass@host:465")
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            raise wrong from None
        if parts.scheme not in _PORTS or not parts.hostname or parts.path not in ("", "/"):
            raise wrong
        return cls(
            parts.hostname,
            port or _PORTS[parts.scheme],
            parts.scheme == "smtps",
            unquote(parts.username or ""),
            unquote(parts.password or ""),
        )

    @property
    def near(self) -> bool:
        """Whether it is this machine itself: nobody listens on that way."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False


def check_sender(address: str) -> str:
    """Return FOLDSPACE_MAIL_FROM. Raises SettingsError unless it is a mail address, with or without a name."""
    if "@" not in parseaddr(address)[1] or not address.isprintable():
        raise SettingsError("FOLDSPACE_MAIL_FROM: expected an address such as foldspace <noreply@example.org>")
    return address


def trusting(ca: str) -> ssl.SSLContext:
    """Trust the certificates the machine trusts, or those of the file `ca`. Raises SettingsError."""
    try:
        return ssl.create_default_context(cafile=ca or None)
    except OSError as error:
        raise SettingsError(f"FOLDSPACE_SMTP_CA: {ca}: cannot be used: {error.strerror or error}") from None


class MailSender:
    """Sends to mail addresses. Safe to share between threads."""

    most = 200
    """Notices in one letter."""

    def __init__(
        self,
        server: SmtpServer,
        house: House,
        unsubscribe: Callable[[Subscription], str],
        tls: ssl.SSLContext,
    ) -> None:
        """`unsubscribe` makes the link by which a reader ends a subscription, or an empty one."""
        self._server = server
        self._house = house
        self._unsubscribe = unsubscribe
        self._tls = tls

    def send(self, subscription: Subscription, deliveries: Sequence[Delivery], now: Millis) -> None:
        """Send one letter. Raises DeliveryError."""
        try:
            message = letter(subscription, deliveries, self._house, self._unsubscribe(subscription), now)
            with self._open() as session:
                session.send_message(message)
        except smtplib.SMTPRecipientsRefused as error:
            code, said = next(iter(error.recipients.values()), (0, b""))
            raise _refused(code, said) from None
        except smtplib.SMTPResponseException as error:
            raise _refused(error.smtp_code, error.smtp_error) from None
        except (smtplib.SMTPException, OSError, ValueError) as error:
            raise DeliveryError(f"mail server: {getattr(error, 'strerror', None) or error}", _word(error)) from None

    def greet(self) -> None:
        """Connect and sign in, and send nothing: to see whether it would work. Raises DeliveryError."""
        try:
            with self._open() as session:
                session.noop()
        except smtplib.SMTPResponseException as error:
            raise _refused(error.smtp_code, error.smtp_error) from None
        except (smtplib.SMTPException, OSError, ValueError) as error:
            raise DeliveryError(f"mail server: {getattr(error, 'strerror', None) or error}", "greet") from None

    def _open(self) -> smtplib.SMTP:
        server = self._server
        session = (
            smtplib.SMTP_SSL(server.host, server.port, timeout=_STEP_S, context=self._tls)
            if server.tls
            else smtplib.SMTP(server.host, server.port, timeout=_STEP_S)
        )
        try:
            session.ehlo_or_helo_if_needed()
            secure = server.tls
            if not secure and session.has_extn("starttls"):
                session.starttls(context=self._tls)
                session.ehlo()
                secure = True
            if server.user:
                if not secure and not server.near:
                    raise DeliveryError("mail server: offers no TLS; the password was not sent", "no_tls")
                session.login(server.user, server.password)
        except BaseException:  # an interrupt as well leaves no open connection
            session.close()
            raise
        return session


def _refused(code: int, said: bytes | str) -> DeliveryError:
    """Return what a server's answer means: 5xx is for good, but a wrong password is ours to mend."""
    shown = said.decode(errors="replace") if isinstance(said, bytes) else said
    permanent = 500 <= code < 600 and code not in (530, 534, 535, 538)
    return DeliveryError(f"mail server: {code} {shown}", f"smtp_{code}", permanent=permanent)


def _word(error: Exception) -> str:
    return type(error).__name__.removesuffix("Error").lower()


def is_address(address: str) -> bool:
    """Tell whether a text can be a mail address: one, without a name, ASCII, on one line."""
    local, at, host = address.rpartition("@")
    plain = all(one.isascii() and one.isprintable() and one not in ' "(),:;<>[\\]' for one in address)
    return bool(at) and plain and 1 <= len(local) <= 64 and "." in host and len(host) <= 253 and "@" not in local
