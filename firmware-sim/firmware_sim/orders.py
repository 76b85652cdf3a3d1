"""How a device obeys commands: each once, in time, with an answer that is given again when the command comes again."""

from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from pydantic import ValidationError

from firmware_sim.deviceclock import DeviceClock
from services.contracts.commands import Ack, Command, SeqRange
from services.contracts.errors import FoldspaceError, PayloadError
from services.contracts.names import Millis
from services.contracts.readings import first_fault, parse_json_object
from services.kit.logs import logger

REMEMBERED_COMMANDS = 64

Missing = tuple[SeqRange, ...] | None
"""What `resend` could not find; None after any other command."""

log = logger("firmware")


class RefusedError(FoldspaceError):
    """A command the device does not obey."""

    kind = "refused"


class Orders:
    """Commands of one device. `obey` does what a command says, or raises RefusedError."""

    def __init__(self, device: str, clock: DeviceClock, obey: Callable[[Command, Millis], Missing]) -> None:
        self._device = device
        self._clock = clock
        self._obey = obey
        self._answers: OrderedDict[str, Ack] = OrderedDict()

    def answer(self, payload: bytes, now: Millis) -> Ack | None:
        """Obey a command once, however often it arrives; return the answer, or None if there is nobody to answer."""
        try:
            raw = parse_json_object(payload)
        except PayloadError as error:
            log.warning("command_dropped", device=self._device, reason=str(error))
            return None
        command_id = raw.get("id")
        if not isinstance(command_id, str) or not command_id:
            log.warning("command_dropped", device=self._device, reason="id: expected a string")
            return None
        answer = self._answers.get(command_id)
        if answer is None:
            answer = self._answers[command_id] = self._first_answer(command_id, raw, now)
            if len(self._answers) > REMEMBERED_COMMANDS:
                self._answers.popitem(last=False)
        return answer

    def _first_answer(self, command_id: str, raw: dict[str, Any], now: Millis) -> Ack:
        try:
            command = Command.model_validate(raw)
            self._require_time(command, now)
            log.debug("command", device=self._device, do=command.do)
            return Ack(id=command_id, ok=True, missing=self._obey(command, now))
        except ValidationError as error:
            return Ack(id=command_id, ok=False, error=first_fault(error))
        except RefusedError as error:
            return Ack(id=command_id, ok=False, error=str(error))

    def _require_time(self, command: Command, now: Millis) -> None:
        if not self._clock.is_set(now):
            raise RefusedError("the clock is not set, so that nobody can tell whether this has expired")
        if self._clock.read(now) > command.expires:
            raise RefusedError("expired")
