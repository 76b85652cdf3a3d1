"""The checks of `foldspace doctor`: each tries one part for real."""

import json
import shutil
import socket
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from gateway.codecs.registry import check as check_codecs
from services.bookings.leasestore import LeaseStore
from services.cli.finding import Finding, ill, look, ok
from services.cli.records import open_records
from services.contracts.errors import FoldspaceError
from services.contracts.instants import to_datetime, to_rfc3339
from services.contracts.names import DAY, SECOND, Millis
from services.contracts.texts import text
from services.journal.books import Books
from services.journal.ledger import QUARANTINE_ROWS
from services.journal.records import DeviceAccount
from services.kit.addresses import host_port
from services.kit.mqtt import Broker, MqttSession
from services.kit.settings import Settings
from services.notices.letters import House
from services.notices.mail import MailSender, SmtpServer, check_sender, trusting
from services.notices.outbox import NoticeOutbox
from services.notices.sending import DeliveryError
from services.notices.store import SubscriptionStore
from services.timeseries.influx_address import is_influx
from services.timeseries.open import open_timeseries
from services.timeseries.ports import StatePoint

_WAIT_S = 3.0
_LEAST_FREE_MB = 64
_FILLING_PERCENT = 80
_EARLIEST: Millis = 1_735_689_600_000
"""2025: no machine that runs this program lives before it."""
_CLOCK_OFF_MS = 120 * SECOND
_CLOCKS_NEEDED = 3
"""One device may well be wrong; several that agree are right."""
_CERTIFICATE_DAYS = 14
_PROBE = "foldspace-doctor"


def folder(settings: Settings, _now: Millis) -> list[Finding]:
    """Write to the data folder, and see how much room there is."""
    place = settings.data_dir
    if not place.is_dir():
        return [ill("folder_missing", folder=place)]
    probe = place / ".doctor"
    try:
        probe.write_bytes(b"x" * 4096)
        probe.unlink()
        free_mb = shutil.disk_usage(place).free // 2**20
    except OSError as error:
        return [ill("folder_unwritable", folder=place, reason=error.strerror)]
    found = ill if free_mb < _LEAST_FREE_MB else ok
    return [found("folder_ok" if found is ok else "folder_nearly_full", folder=place, free_mb=free_mb)]


def database(settings: Settings, _now: Millis) -> list[Finding]:
    """Read the catalogue, and see whether its devices can be understood."""
    records = open_records(settings)
    try:
        community = records.catalogue_store.export()
    finally:
        records.close()
    if not community.spaces:
        return [ok("database_empty")]
    return [ok("database_ok", spaces=len(community.spaces), devices=len(community.devices))]


def scheduler(settings: Settings, _now: Millis) -> list[Finding]:
    """See which scheduler leads, by the clock of the database."""
    records = open_records(settings)
    try:
        lease, now = LeaseStore(records.engine).current()
    finally:
        records.close()
    if lease is None or not lease.holder:
        return [ok("scheduler_none")]
    seconds = round((now - lease.renewed_at) / SECOND)
    found = ok if now < lease.expires else look
    return [found("scheduler_leads" if found is ok else "scheduler_gone", holder=lease.holder, seconds=seconds)]


def codecs(settings: Settings, _now: Millis) -> list[Finding]:
    """See whether every device with a codec is well set up."""
    records = open_records(settings)
    try:
        community = records.catalogue_store.export()
    finally:
        records.close()
    faults = check_codecs(community)
    count = sum(device.codec is not None for device in community.devices)
    return [ill("failed", reason=str(fault)) for fault in faults] or [ok("codecs_ok", count=count)]


def journal(settings: Settings, _now: Millis) -> list[Finding]:
    """See whether the books balance, and how full the journal is."""
    books = Books(settings.journal)
    account = books.account()
    size, bound = books.sizes()["journal"], settings.megabytes("journal_max_mb")
    figures = {name: getattr(account, name) for name in ("received", "stored", "duplicate", "quarantined", "pending")}
    if account.received != sum(figures.values()) - account.received:
        return [ill("journal_unbalanced", **figures)]
    if size * 100 >= bound * _FILLING_PERCENT:
        return [ill("journal_filling", percent=size * 100 // bound, pending=account.pending)]
    return [ok("journal_ok", mb=size // 2**20, **figures)]


def quarantine(settings: Settings, _now: Millis) -> list[Finding]:
    """See how much is in quarantine."""
    tallies, dropped = Books(settings.journal).quarantine_tally()
    count = sum(tally.count for tally in tallies)
    if not count:
        return [ok("quarantine_ok")]
    if count >= QUARANTINE_ROWS:
        return [look("quarantine_full", count=count, dropped=dropped)]
    return [look("quarantine_some", count=count, fault=tallies[0].kind)]


def devices(settings: Settings, _now: Millis) -> list[Finding]:
    """See how much of what devices sent never arrived."""
    boots = Books(settings.journal).account().devices
    names = {(one.site, one.device) for one in boots}
    lacking = {(one.site, one.device) for one in boots if one.gaps}
    missing = sum(last - first + 1 for one in boots for first, last in one.gaps)
    if lacking:
        return [look("devices_gaps", count=len(lacking), missing=missing)]
    return [ok("devices_ok", count=len(names))]


def timeseries(settings: Settings, now: Millis) -> list[Finding]:
    """Write a point and read it back; an InfluxDB is also examined for bucket, retention and means."""
    found = [_written_and_read(settings, now)]
    if is_influx(settings.timeseries):
        from services.timeseries.influx_setup import check  # its client takes a third of a second to load

        # Points go in and come out: what is left can wait until somebody has time.
        fault = look if found[0].mark == "ok" else ill
        for one in check(settings.timeseries, settings.influx_token):
            key = "timeseries_mendable" if one.well is False and one.mend is not None else "timeseries_finding"
            mark = {True: ok, False: fault, None: look}[one.well]
            found.append(mark(key, subject=one.subject, found=one.text))
    return found


def _written_and_read(settings: Settings, now: Millis) -> Finding:
    # One point a day, however often somebody looks, in the name of a site that no community has.
    point = StatePoint(_PROBE, _PROBE, now // DAY * DAY, "unknown", None, 0.0, False)
    try:
        series = open_timeseries(settings.timeseries, settings.influx_token)
    except FoldspaceError as error:
        return ill("failed", reason=error)
    try:
        refused = series.write([], [point])
        back = series.states(_PROBE, _PROBE, point.at, point.at + 1)
    except FoldspaceError as error:
        return ill("failed", reason=error)
    finally:
        series.close()
    return ok("timeseries_ok") if back and not refused else ill("timeseries_lost")


def broker(settings: Settings, _now: Millis) -> list[Finding]:
    """Publish something and hear it."""
    where = Broker.parse(settings.mqtt_url, settings.mqtt_ca)
    heard: list[bytes] = []
    topic = f"foldspace/doctor/{time.time_ns():x}"
    session = MqttSession(
        where, topic.replace("/", "-"), filters=(topic,), on_message=lambda message: heard.append(message.payload)
    )
    session.start()
    try:
        deadline = time.monotonic() + _WAIT_S
        while not heard and time.monotonic() < deadline:
            if session.connected:
                session.publish(topic, b"hello")
            time.sleep(0.1)
        address = f"{where.host}:{where.port}"
        if heard:
            return [ok("broker_ok", address=address)]
        return [ill("broker_silent", reason=session.last_error or f"{address}: no answer")]
    finally:
        session.stop()


def http(settings: Settings, _now: Millis) -> list[Finding]:
    """Ask the API whether it is ready. Not running is no fault: other parts are examined on their own machines."""
    host, port = host_port(settings.http, "FOLDSPACE_HTTP")
    try:
        socket.create_connection((host, port), timeout=_WAIT_S).close()
    except OSError:
        return [ok("http_nothing", address=settings.http)]
    url = f"{'https' if settings.http_cert else 'http'}://{host}:{port}/readyz"
    trusting = ssl.create_default_context()
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE  # whether it is ready, not who it is
    try:
        with urllib.request.urlopen(url, timeout=_WAIT_S * 3, context=trusting) as answer:
            json.load(answer)
    except urllib.error.HTTPError as error:
        try:
            why = json.load(error)["why"]
            return [ill("http_unready", url=url, reason=f"{part}: {said}") for part, said in why.items()]
        except (ValueError, KeyError, TypeError, AttributeError):
            return [ill("http_stranger", url=url, reason=f"HTTP {error.code}")]
    except (OSError, ValueError) as error:
        return [ill("http_stranger", url=url, reason=str(error))]
    return [ok("http_ok", url=url)]


def clock(settings: Settings, now: Millis) -> list[Finding]:
    """See whether this machine's time can be, and whether the devices' clocks agree with it."""
    if now < _EARLIEST:
        return [ill("clock_wrong", now=to_rfc3339(now))]
    off = common_offset(Books(settings.journal).account().devices)
    if off is not None and abs(off) >= _CLOCK_OFF_MS:
        return [look("clock_off", seconds=round(off / SECOND))]
    return [ok("clock_ok", now=to_rfc3339(now))]


def common_offset(boots: Sequence[DeviceAccount]) -> Millis | None:
    """Return the offset from our clock that most devices' clocks share, in ms; None: too few tell."""
    known = {(one.site, one.device): one.life.clock.offset_ms for one in boots}
    offsets = [offset for offset in known.values() if offset is not None]
    if len(offsets) < _CLOCKS_NEEDED:
        return None
    middle = int(median(offsets))
    agreeing = sum(abs(offset - middle) < _CLOCK_OFF_MS / 2 for offset in offsets)
    return middle if agreeing * 2 > len(offsets) else None


def certificates(settings: Settings, now: Millis) -> list[Finding]:
    """See until when the configured certificates are good."""
    files = [Path(one) for one in (settings.http_cert, settings.mqtt_ca) if one]
    return [_certificate(file, now) for file in files] or [ok("certificates_none")]


def _certificate(file: Path, now: Millis) -> Finding:
    from cryptography import x509  # only who has certificates waits for it

    try:
        ends = [one.not_valid_after_utc for one in x509.load_pem_x509_certificates(file.read_bytes())]
    except (OSError, ValueError) as error:
        return ill("certificates_unreadable", file=file, reason=error)
    until = min(ends)
    left = until - to_datetime(now)
    found = ok if left.days >= _CERTIFICATE_DAYS else ill
    return found("certificates_ok" if found is ok else "certificates_ending", file=file, until=f"{until:%Y-%m-%d}")


def screens(settings: Settings, _now: Millis) -> list[Finding]:
    """See whether pictures for e-paper can be drawn. Pages need no font of ours, so that its lack is no failure."""
    from services.signage.fonts import FontMissingError, find  # only who has pictures drawn waits for it

    try:
        return [ok("screens_font", file=find(settings.font).regular.path)]
    except FontMissingError as error:
        found = ill if settings.font else look
        return [found("screens_no_font", reason=error)]


def mail(settings: Settings, _now: Millis) -> list[Finding]:
    """Greet the mail server. Without it bookings go on: what cannot be sent waits."""
    if not settings.smtp_url:
        return [ok("mail_none")]
    server = SmtpServer.parse(settings.smtp_url)
    sender = MailSender(
        server, House(check_sender(settings.mail_from), "", ""), lambda _: "", trusting(settings.smtp_ca)
    )
    try:
        sender.greet()
    except DeliveryError as error:
        return [look("mail_unreachable", server=f"{server.host}:{server.port}", reason=error)]
    return [ok("mail_ok" if settings.url else "mail_without_links", server=f"{server.host}:{server.port}")]


def notices(settings: Settings, _now: Millis) -> list[Finding]:
    """See whether those who asked to be told are reached."""
    records = open_records(settings)
    try:
        failing = SubscriptionStore(records.engine).failing()
        waiting = NoticeOutbox(records.engine).waiting()
    finally:
        records.close()
    if failing:
        return [look("notices_failing", names=", ".join(one.name for one in failing), waiting=waiting)]
    return [ok("notices_ok", waiting=waiting)]


def fault_name(kind: str, language: str) -> str:
    """Return the words for a sort of fault."""
    return text(f"states.fault_{kind}", language)


CHECKS = {
    "folder": folder,
    "database": database,
    "scheduler": scheduler,
    "codecs": codecs,
    "journal": journal,
    "quarantine": quarantine,
    "devices": devices,
    "timeseries": timeseries,
    "broker": broker,
    "http": http,
    "clock": clock,
    "certificates": certificates,
    "screens": screens,
    "mail": mail,
    "notices": notices,
}
"""In the order in which they are shown."""

NEEDS_FOLDER = frozenset({"journal", "quarantine", "devices", "clock"})
"""Without the data folder there is nothing to read."""


def run(name: str, settings: Settings, now: Millis) -> list[Finding]:
    """Return what a check finds; an error of ours is a finding too."""
    try:
        return CHECKS[name](settings, now)
    except FoldspaceError as error:
        return [ill("failed", reason=error)]
