"""Cares for the devices: asks for readings that never arrived, and brings each to its desired configuration.

It only queues commands; the scheduler's pump sends them and hears the answers. A crash between queueing one and
noting its id queues it twice, which a device does not mind: the readings are duplicates, the version is the same.
"""

import threading
import time
from collections.abc import Mapping

from prometheus_client import CollectorRegistry, Counter

from gateway.losses import Losses
from gateway.work import Loader
from services.commands.machine import UNFINISHED, CommandRecord, CommandState
from services.commands.outbox import CommandOutbox
from services.contracts.community import Device
from services.contracts.errors import FoldspaceError
from services.contracts.events import Alert
from services.contracts.names import HOUR, Millis
from services.contracts.topics import EventTopic
from services.journal.books import Books
from services.journal.records import DeviceAccount
from services.kit.clock import Clock
from services.kit.logs import logger
from services.kit.mqtt import Broker, MqttSession
from services.twins.overdue import Overtaken
from services.twins.reconcile import Configure, Outrank, Refused, reconcile
from services.twins.records import Answer, Desired, GapRepair, RepairKey, Reported
from services.twins.repair import Boot, Gappy, Plan, plan
from services.twins.spans import total, united, within
from services.twins.store import TwinStore

CLIENT_ID = "foldspace-care"
EVERY_S = 5.0
"""Seconds of the clock between two looks."""
TTL_S = 300.0
"""A device that does not hear a question in this time is asked again later."""

LONGEST_BOOT = 64
AT_ONCE = 50
"""Commands of a sort queued in one look: after an outage thousands of devices must not all send again together."""

_LEAST_REAL_S = 1.0
_SHARE = 20
"""A look over ten thousand devices must not take more than this part of the process it shares with the gateway."""
_PRUNE_EVERY: Millis = HOUR

log = logger("care")

DeviceKey = tuple[str, str]


class Care:
    """`run(stop)` until told to stop. No fault ends it: what it does can wait, and the gateway lives beside it."""

    def __init__(
        self,
        books: Books,
        outbox: CommandOutbox,
        twins: TwinStore,
        clock: Clock,
        load_community: Loader,
        broker: Broker,
        registry: CollectorRegistry,
    ) -> None:
        """`outbox` only queues here; it needs no way to publish."""
        self._books = books
        self._outbox = outbox
        self._twins = twins
        self._clock = clock
        self._load_community = load_community
        self._session = MqttSession(broker, CLIENT_ID)
        self._overtaken = Overtaken()
        self._losses = Losses()
        self._pruned_at: Millis | None = None

        def counter(name: str, text: str) -> Counter:
            return Counter(f"foldspace_care_{name}", text, registry=registry)

        self._asked = counter("asked", "Commands that asked a device to send readings again")
        self._repaired = counter("repaired", "Readings that came after they were asked for")
        self._unrepairable = counter("unrepairable", "Readings given up")
        self._configured = counter("configured", "Commands that told a device its configuration")
        self._failures = counter("failures", "Looks that failed and are repeated")

    def run(self, stop: threading.Event) -> None:
        """Look after the devices until `stop` is set."""
        self._session.start()
        try:
            while not stop.is_set():
                started = time.monotonic()
                self.try_look(self._clock.now())
                took_s = time.monotonic() - started
                stop.wait(max(self._clock.real_seconds(EVERY_S), _LEAST_REAL_S, _SHARE * took_s))
        finally:
            self._session.stop()
            log.info("care_stopped")

    def try_look(self, now: Millis) -> bool:
        """Look; tell whether it went through. What was not done is done at the next look."""
        try:
            self.look(now)
        except FoldspaceError as error:
            log.warning("look_failed", reason=str(error))
        except Exception:  # a driver's own errors reach us from rooms that do not wrap them
            log.exception("look_faulted")
        else:
            return True
        self._failures.inc()
        return False

    def look(self, now: Millis) -> None:
        """Do once what is due. Raises FoldspaceError, or what the database's driver raises, when it cannot."""
        _, community = self._load_community()
        devices = {(device.site, device.id): device for device in community.devices}
        accounts = [one for one in self._books.account().devices if (one.site, one.device) in devices]
        repairs = self._twins.repairs()
        desired = {key: wish for key, wish in self._twins.desired().items() if key in devices}
        ids = {one.command for them in repairs.values() for one in them} | {one.command for one in desired.values()}
        records = self._outbox.find([id_ for id_ in ids if id_ is not None])
        answers = {id_: _answer(record) for id_, record in records.items()}
        standing = self._repair(accounts, devices, repairs, answers, now)
        self._losses.look(standing, now, self._say)
        self._configure(accounts, devices, desired, answers)
        if self._pruned_at is None or not 0 <= now - self._pruned_at < _PRUNE_EVERY:
            self._outbox.prune(now)
            self._pruned_at = now

    # -- gaps

    def _repair(
        self,
        accounts: list[DeviceAccount],
        devices: Mapping[DeviceKey, Device],
        repairs: Mapping[RepairKey, list[GapRepair]],
        answers: Mapping[str, Answer],
        now: Millis,
    ) -> list[GapRepair]:
        known: dict[DeviceKey, list[GapRepair]] = {}
        for (site, name, _), of_boot in repairs.items():
            known.setdefault((site, name), []).extend(of_boot)
        boots: dict[DeviceKey, list[Boot]] = {}
        online: dict[DeviceKey, bool] = {}
        with_gaps: set[RepairKey] = set()
        for one in accounts:  # those of a device come in the order in which its boots were last heard
            key = (one.site, one.device)
            if one.boot is not None and _can_be_kept(one.boot) and one.last_seq is not None and one.gaps:
                with_gaps.add((*key, one.boot))
                overdue = self._overtaken.overdue((*key, one.boot), one.last_seq, now)
                boots.setdefault(key, []).append(Boot(one.boot, one.gaps, one.last_seen or 0, overdue))
                online[key] = one.online is True
        self._overtaken.keep_only(with_gaps)
        standing: list[GapRepair] = []
        asked = 0
        for key in boots.keys() | known.keys():
            before = known.get(key, [])
            if key in boots:
                gappy = Gappy(*key, online[key], devices[key].codec is None, tuple(boots[key]))
                made = plan(gappy, before, answers, now, may_ask=asked < AT_ONCE)
                asked += made.ask is not None
                standing += self._carry_out(made, gappy, before)
            else:  # every gap is closed, or the device is not ours any more
                self._twins.keep(before, ())
                if key in devices:
                    self._count(before, sum(repair.count for repair in before), 0)
        return standing

    def _carry_out(self, made: Plan, gappy: Gappy, before: list[GapRepair]) -> tuple[GapRepair, ...]:
        after = made.repairs
        if made.ask is not None:
            args = {"boot": made.ask.boot, "ranges": [list(span) for span in made.ask.ranges]}
            id_ = self._outbox.queue(gappy.site, gappy.device, "resend", args, ttl_s=TTL_S)
            self._asked.inc()
            log.info("resend_asked", site=gappy.site, device=gappy.device, ranges=len(made.ask.ranges), command=id_)
            after = made.asked_by(id_)
        self._twins.keep(before, after)
        self._count(before or after, made.repaired, made.given_up)
        return after

    def _count(self, of: list[GapRepair] | tuple[GapRepair, ...], repaired: int, given_up: int) -> None:
        self._repaired.inc(repaired)
        self._unrepairable.inc(given_up)
        if repaired:
            log.info("readings_repaired", site=of[0].site, device=of[0].device, count=repaired)
        if given_up:
            log.warning("readings_given_up", site=of[0].site, device=of[0].device, count=given_up)

    # -- configuration

    def _configure(
        self,
        accounts: list[DeviceAccount],
        devices: Mapping[DeviceKey, Device],
        desired: Mapping[DeviceKey, Desired],
        answers: Mapping[str, Answer],
    ) -> None:
        if not desired:
            return
        of_device = {(one.site, one.device): one for one in accounts}
        told = 0
        for key in desired.keys() & of_device.keys():
            wish, life = desired[key], of_device[key].life
            reported = Reported(
                life.online is True,
                devices[key].codec is None,
                life.boot if life.boot and _can_be_kept(life.boot) else None,
                life.config_v,
                life.config,
            )
            match reconcile(wish, reported, answers.get(wish.command or "")):
                case Configure(boot) if told < AT_ONCE:
                    told += 1
                    args = {"version": wish.version, "config": wish.config}
                    id_ = self._outbox.queue(*key, "configure", args, ttl_s=TTL_S)
                    self._configured.inc()
                    self._twins.told(key, wish.version, id_, boot)
                case Outrank(held):
                    log.warning("configuration_outranked", site=key[0], device=key[1], ours=wish.version, held=held)
                    self._twins.outrank(key, wish.version, held)
                case Refused(reason):
                    log.warning("configuration_refused", site=key[0], device=key[1], reason=reason)
                    self._twins.refused(key, wish.version, reason)

    def _say(self, site: str, alert: Alert) -> bool:
        if not self._session.connected:  # it is said when the broker is back, rather than piled up here
            return False
        self._session.publish(str(EventTopic(site, "alert")), alert.model_dump_json())
        return True


def _can_be_kept(boot: str) -> bool:
    """Tell whether the database takes a boot's name; one device's nonsense must not stop the care for all."""
    return len(boot) <= LONGEST_BOOT and "\0" not in boot


def _answer(command: CommandRecord) -> Answer:
    at = command.finished_at or command.created_at
    match command.state:
        case state if state in UNFINISHED:
            return Answer("unfinished", at)
        case CommandState.ACKED:
            asked = [(first, last) for first, last in command.args.get("ranges", ())]
            missing = tuple((first, last) for first, last in (command.result or {}).get("missing", ()))
            gone = united(missing)
            held = total(asked) - sum(total(within(gone, *span)) for span in asked)
            return Answer("ok", at, missing=missing, readings=held)
        case CommandState.FAILED:
            return Answer("refused", at, reason=command.error)
        case _:
            return Answer("unanswered", at)
