"""The MQTT session: the one module that knows paho.

Two ways to drive it: `start()` gives it a thread of its own; `step()` (or `fileno`/`read`/`write`/`tick` under a
selector) runs it in the caller's thread, which the gateway and the simulator's fleet need. Never both.
It connects again by itself, with back-off and jitter, and subscribes again after every connect.
"""

import random
import select
import socket
import ssl
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar
from urllib.parse import unquote, urlsplit

import paho.mqtt.client as paho
from paho.mqtt import _packet as paho_packet
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.subscribeoptions import SubscribeOptions

from services.contracts.errors import SettingsError
from services.kit.logs import logger

MQTT5 = 5
MQTT311 = 4
FOREVER_S = 0xFFFFFFFF
"""Session expiry: the broker keeps the session until it is told otherwise."""

_PROTOCOLS = {MQTT5: paho.MQTTv5, MQTT311: paho.MQTTv311}
_CONNECT_S = 5.0
"""How long a broker may take for each step of a connection; a silent one must not hold up whoever calls `step`."""
_FIRST_RETRY_S = 0.5
_LAST_RETRY_S = 20.0
_SHORT_LIFE_S = 3.0
_SHORT_LIVES_TOLD = 3
"""That many connections in a row cut this soon mean a second client with our id: brokers keep only the newest."""
_TELL_EVERY_S = 60.0
"""How often a broker that stays out of reach is told about."""

log = logger("mqtt")


class _LightProperties(Properties):
    """The properties of a PUBLISH that was read, without building paho's tables of names anew for every packet.

    Measured: 40 % of the time of receiving went there, for messages that carry no properties at all.
    """

    _TABLES: ClassVar = dict(vars(Properties(PacketTypes.PUBLISH)))  # type: ignore[no-untyped-call]  # paho has no hints here

    def __init__(self, packet_type: int) -> None:
        vars(self).update(self._TABLES, packetType=packet_type)

    def unpack(self, buffer: bytes) -> tuple[Properties, int]:
        if buffer[:1] == b"\0":
            return self, 1
        return super().unpack(buffer)  # type: ignore[no-untyped-call,no-any-return]  # paho has no hints here


if hasattr(paho_packet, "Properties"):  # a paho that reads packets elsewhere only loses the speed
    paho_packet.Properties = _LightProperties


class _ReadToTheEnd(socket.socket):
    """A socket whose failed write does not end the connection: the end of reading does.

    A broker that was killed may have acknowledged messages to their senders that lie in our receive buffer. paho closes
    at the first failed write and drops them unread: up to 175 a kill were seen.
    """

    def send(self, data: Any, flags: int = 0) -> int:
        try:
            return super().send(data, flags)
        except (BrokenPipeError, ConnectionResetError):
            return len(data)  # what was written is lost with the connection, which reading will find


class _Client(paho.Client):
    def _create_socket_connection(self) -> socket.socket:
        plain = super()._create_socket_connection()
        return _ReadToTheEnd(plain.family, plain.type, plain.proto, fileno=plain.detach())


@dataclass(frozen=True, slots=True)
class Broker:
    """Where a broker is and who we are to it, from `mqtt://user:pass@host:1883` or `mqtts://…`."""

    host: str
    port: int
    tls: bool = False
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    ca: str | None = None
    """File with the certificates to trust over TLS; None: those the machine trusts."""

    @classmethod
    def parse(cls, url: str, ca: str | None = None) -> "Broker":
        """Parse an MQTT URL; `ca` names a file of certificates. Raises SettingsError, without the password."""
        expected = "expected mqtt://[user:password@]host[:port] or mqtts://…"
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            raise SettingsError(f"MQTT URL: {expected}") from None
        if parts.scheme not in {"mqtt", "mqtts"} or not parts.hostname:
            raise SettingsError(f"MQTT URL: {expected}, got scheme {parts.scheme!r} and host {parts.hostname!r}")
        tls = parts.scheme == "mqtts"
        return cls(
            parts.hostname,
            port or (8883 if tls else 1883),
            tls,
            unquote(parts.username) if parts.username else None,
            unquote(parts.password) if parts.password else None,
            ca or None,
        )


@dataclass(frozen=True, slots=True)
class Will:
    """What the broker says for us when we vanish; retained, QoS 1."""

    topic: str
    payload: bytes


@dataclass(frozen=True, slots=True)
class Message:
    """A message as it arrived. `mid` is what `ack` needs."""

    topic: str
    payload: bytes
    retained: bool
    mid: int
    qos: int


Handler = Callable[[Message], None]


class Delivery:
    """A QoS 1 publication on its way. `done` turns true with the broker's acknowledgement."""

    __slots__ = ("_event", "done")

    def __init__(self) -> None:
        self.done = False
        self._event: threading.Event | None = None

    def acknowledge(self) -> None:
        """Note that the broker has it. For the session alone."""
        self.done = True
        if self._event is not None:
            self._event.set()

    def wait(self, timeout_s: float) -> bool:
        """Wait for the acknowledgement (threaded sessions only); tell whether it came."""
        if not self.done:
            self._event = threading.Event()
            if not self.done:  # it may have come while the event was made
                self._event.wait(timeout_s)
        return self.done


class MqttSession:
    """One MQTT connection with QoS 1 both ways. Constructing it does nothing; `start` or `step` acts."""

    def __init__(
        self,
        broker: Broker,
        client_id: str,
        *,
        filters: Sequence[str] = (),
        on_message: Handler | None = None,
        on_up: Callable[[bool], None] | None = None,
        on_down: Callable[[str], None] | None = None,
        clean_start: bool = True,
        session_expiry_s: int = 0,
        receive_maximum: int = 100,
        manual_ack: bool = False,
        will: Will | None = None,
        keepalive_s: int = 30,
        protocol: int = MQTT5,
        seed: int | None = None,
    ) -> None:
        self.broker = broker
        self.client_id = client_id
        self.connected = False
        self.listening = False
        """Connected, and the broker has confirmed the filters."""
        self.last_error: str | None = None
        self._filters = tuple(filters)
        self._on_message = on_message
        self._on_up = on_up
        self._on_down = on_down
        self._clean_start = clean_start
        self._keepalive_s = keepalive_s
        self._protocol = protocol
        self._jitter = random.Random(seed)
        self._retry_s = _FIRST_RETRY_S
        self._retry_at = 0.0
        self._next_tick = 0.0
        self._up_since = 0.0
        self._short_lives = 0
        self._failing_since: float | None = None
        self._told_at = 0.0
        self._refused = False
        self._publishing = threading.Lock()
        self._on_the_way: dict[int, Delivery] = {}
        self._early: set[int] = set()
        """Acknowledged before `publish` had returned its message id."""
        self._properties: Properties | None = None
        options: dict[str, Any] = {}
        if protocol == MQTT5:
            self._properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]  # paho has no hints here
            self._properties.SessionExpiryInterval = session_expiry_s
            self._properties.ReceiveMaximum = receive_maximum
        else:
            options["clean_session"] = clean_start
        self._client = _Client(
            CallbackAPIVersion.VERSION2,
            client_id=client_id,
            protocol=_PROTOCOLS[protocol],
            manual_ack=manual_ack,
            reconnect_on_failure=True,
            **options,
        )
        if broker.username is not None:
            self._client.username_pw_set(broker.username, broker.password)
        if broker.tls:
            self._client.tls_set_context(_trusting(broker.ca))
        if will is not None:
            self._client.will_set(will.topic, will.payload, qos=1, retain=True)
        self._client.max_inflight_messages_set(200)
        self._client.connect_timeout = _CONNECT_S
        self._client.on_connect = self._connected
        self._client.on_disconnect = self._disconnected
        self._client.on_connect_fail = self._unreachable
        self._client.on_message = self._arrived
        self._client.on_publish = self._published
        self._client.on_subscribe = self._subscribed

    # -- a thread of its own

    def start(self) -> None:
        """Connect and keep connected, in a thread of paho's."""
        self._client.reconnect_delay_set(1, int(_LAST_RETRY_S))
        self._client.connect_async(self.broker.host, self.broker.port, self._keepalive_s, **self._connect_options())
        self._client.loop_start()

    def stop(self) -> None:
        """Say goodbye properly (no last will) and end the thread, if there is one."""
        self._client.disconnect()
        self._client.loop_stop()
        self.connected = False

    # -- in the caller's thread

    def step(self, timeout_s: float) -> bool:
        """Read what is there, wait up to `timeout_s` for more; tell whether anything was read."""
        self.tick()
        fd = self.fileno()
        if fd is None:
            time.sleep(min(timeout_s, 0.05))
            return False
        poll = select.poll()
        poll.register(fd, select.POLLIN | (select.POLLOUT if self._client.want_write() else 0))
        ready = sum(event for _, event in poll.poll(timeout_s * 1000))
        if ready & ~select.POLLOUT:
            self.read()
        if ready & select.POLLOUT:
            self.write()
        return bool(ready & ~select.POLLOUT)

    def tick(self) -> None:
        """Keep alive, and connect when that is due. Call it at least once a second."""
        now = time.monotonic()
        if self._client.socket() is not None:
            if now >= self._next_tick:
                self._next_tick = now + 0.5
                self._client.loop_misc()
            return
        if now < self._retry_at:
            return
        self._retry_at = now + self._retry_s * self._jitter.uniform(0.75, 1.25)
        self._retry_s = min(self._retry_s * 2, _LAST_RETRY_S)
        try:
            self._client.connect(self.broker.host, self.broker.port, self._keepalive_s, **self._connect_options())
        except OSError as error:
            self._fail(_why(error))

    def fileno(self) -> int | None:
        """Return the socket to select on, or None while there is none."""
        sock = self._client.socket()
        return None if sock is None else sock.fileno()

    @property
    def wants_write(self) -> bool:
        """Whether something waits to be written."""
        return self._client.want_write()

    def read(self) -> None:
        """Read one packet, or a few, without blocking."""
        self._client.loop_read()

    def write(self) -> None:
        """Write what waits."""
        self._client.loop_write()

    def drop(self) -> None:
        """Cut the connection without a goodbye, as a power cut does: the last will speaks."""
        sock = self._client.socket()
        if isinstance(sock, socket.socket):
            sock.shutdown(socket.SHUT_RDWR)

    # -- both

    def publish(self, topic: str, payload: bytes | str, *, retain: bool = False) -> Delivery:
        """Publish with QoS 1. Without a connection it is kept in memory and sent after the next connect.

        Raises ValueError for a topic that cannot be published to.
        """
        delivery = Delivery()
        # Our lock is never held while paho is called: its callbacks come with paho's own locks taken.
        mid = self._client.publish(topic, payload, qos=1, retain=retain).mid
        with self._publishing:
            if mid in self._early:
                self._early.remove(mid)
                delivery.acknowledge()
            else:
                self._on_the_way[mid] = delivery
        return delivery

    def follow(self, filters: Sequence[str]) -> None:
        """Listen to these filters from now on, and to no others."""
        before, self._filters = self._filters, tuple(filters)
        if self.connected and set(before) != set(self._filters):
            gone = [topic for topic in before if topic not in self._filters]
            if gone:
                self._client.unsubscribe(gone)
            self._subscribe([topic for topic in self._filters if topic not in before])

    def ack(self, message: Message) -> None:
        """Acknowledge a message of a session with `manual_ack`."""
        self._client.ack(message.mid, message.qos)

    def _connect_options(self) -> dict[str, Any]:
        if self._protocol != MQTT5:
            return {}
        return {"clean_start": self._clean_start, "properties": self._properties}

    def _connected(self, _c: Any, _u: Any, flags: Any, reason: Any, _p: Any) -> None:
        if reason.is_failure:
            self._refused = True
            self.last_error = f"{self._address}: refused: {reason}"
            log.warning("mqtt_refused", client=self.client_id, reason=str(reason))
            return
        self.connected = True
        self.last_error = None
        if self._failing_since is not None:
            failed_s = round(time.monotonic() - self._failing_since, 1)
            self._failing_since = None
            log.warning("mqtt_reachable_again", client=self.client_id, broker=self._address, after_s=failed_s)
        self._up_since = time.monotonic()
        if not self._short_lives:
            self._retry_s = _FIRST_RETRY_S
        self._subscribe(self._filters)
        log.debug("mqtt_up", client=self.client_id, session_present=flags.session_present)
        if self._on_up is not None:
            self._on_up(bool(flags.session_present))

    def _subscribe(self, filters: Sequence[str]) -> None:
        if not filters:
            return
        if self._protocol == MQTT5:
            self._client.subscribe([(topic, SubscribeOptions(qos=1)) for topic in filters])
        else:
            self._client.subscribe([(topic, 1) for topic in filters])

    def _subscribed(self, _c: Any, _u: Any, _mid: int, _reasons: Any, _p: Any) -> None:
        self.listening = True

    def _unreachable(self, _c: Any, _u: Any) -> None:
        error = sys.exc_info()[1]  # paho calls this while it handles the error, and does not pass it on
        self._fail(_why(error))

    @property
    def _address(self) -> str:
        return f"{self.broker.host}:{self.broker.port}"

    def _fail(self, reason: str) -> None:
        """Note that no connection came about; tell it at the first failure, then by the minute."""
        self.last_error = f"{self._address}: {reason}"
        now = time.monotonic()
        if self._failing_since is None:
            self._failing_since = now
        elif now < self._told_at + _TELL_EVERY_S:
            return
        self._told_at = now
        log.warning("mqtt_unreachable", client=self.client_id, broker=self._address, reason=reason)

    def _disconnected(self, _c: Any, _u: Any, _flags: Any, reason: Any, _p: Any) -> None:
        was_up, self.connected, self.listening = self.connected, False, False
        refused, self._refused = self._refused, False
        if reason.is_failure and was_up:
            self.last_error = f"{self._address}: {reason}"
            self._notice_takeover(str(reason))
        elif reason.is_failure and not refused:  # a refusal has been told, with a better reason
            self._fail(f"closed before the session began: {reason}")
        if was_up:
            log.debug("mqtt_down", client=self.client_id, reason=str(reason))
            if self._on_down is not None:
                self._on_down(str(reason))

    def _notice_takeover(self, reason: str) -> None:
        if time.monotonic() - self._up_since > _SHORT_LIFE_S:
            self._short_lives = 0
            return
        self._short_lives += 1
        if self._short_lives == _SHORT_LIVES_TOLD or "taken over" in reason:
            self.last_error = f"client id {self.client_id!r} seems to be used by somebody else as well: {reason}"
            log.warning("mqtt_client_id_in_use", client=self.client_id, reason=reason, expected="one client per id")

    def _published(self, _c: Any, _u: Any, mid: int, _reason: Any, _p: Any) -> None:
        with self._publishing:
            delivery = self._on_the_way.pop(mid, None)
            if delivery is None:
                self._early.add(mid)
            else:
                delivery.acknowledge()

    def _arrived(self, _c: Any, _u: Any, message: paho.MQTTMessage) -> None:
        if self._on_message is None:
            return
        try:
            topic = message.topic
        except UnicodeDecodeError:
            log.warning("mqtt_topic_not_utf8", client=self.client_id)
            self._client.ack(message.mid, message.qos)  # nobody could name it; unanswered it would block the session
            return
        try:
            self._on_message(Message(topic, bytes(message.payload), message.retain, message.mid, message.qos))
        except Exception:  # a handler's fault must not end paho's thread unseen
            log.exception("mqtt_handler_failed", client=self.client_id, topic=topic)


class _BoundedHandshake(ssl.SSLContext):
    """Shakes hands at once and within `_CONNECT_S`; older versions of paho give a silent server the keep-alive time."""

    def wrap_socket(self, sock: socket.socket, *_: Any, server_hostname: Any = None, **__: Any) -> ssl.SSLSocket:
        sock.settimeout(_CONNECT_S)
        return super().wrap_socket(sock, server_hostname=server_hostname)


def _trusting(ca: str | None) -> ssl.SSLContext:
    """Return a context that accepts servers with a certificate from `ca`. Raises SettingsError naming the file."""
    context = _BoundedHandshake(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if ca is None:
        context.load_default_certs()
        return context
    try:
        context.load_verify_locations(ca)
    except OSError as error:  # ssl.SSLError is one: the file holds no certificate
        why = "holds no certificate" if isinstance(error, ssl.SSLError) else error.strerror
        raise SettingsError(f"FOLDSPACE_MQTT_CA: {ca}: {why}") from None
    return context


def _why(error: BaseException | None) -> str:
    """Return why no connection came about, in words."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted ({error.verify_message}); FOLDSPACE_MQTT_CA names the CA to trust"
    return (isinstance(error, OSError) and error.strerror) or str(error or "cannot be reached")
