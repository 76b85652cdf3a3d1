"""Talks to Mosquitto's dynamic security plugin: commands go to its control topic, answers come back on another."""

import json
import secrets
import time
from collections.abc import Sequence
from types import TracebackType
from typing import Any

from services.access.roles import Acl, Command, Plugin, PluginClient
from services.contracts.errors import FoldspaceError
from services.kit.logs import logger
from services.kit.mqtt import Broker, Message, MqttSession

_CONTROL = "$CONTROL/dynamic-security/v1"
_ANSWERS = f"{_CONTROL}/response"
_CONNECT_S = 10.0
_ANSWER_S = 30.0
_AT_ONCE = 20
"""Commands in one message. The plugin writes its whole file after each, and the broker does nothing else meanwhile:
seen here, 15 ms a command with 1,000 roles."""

log = logger("access")


class BrokerAccessError(FoldspaceError):
    """The broker's access control does not answer, or does not do what it was asked."""

    kind = "start"


class DynamicSecurity:
    """A session of the plugin's admin, as a context manager. Raises BrokerAccessError, naming the broker."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker
        self._where = f"broker {broker.host}:{broker.port}"
        self._answers: list[dict[str, Any]] = []
        self._session = MqttSession(
            broker,
            f"foldspace-access-{secrets.token_hex(4)}",
            filters=(_ANSWERS,),
            on_message=self._heard,
            receive_maximum=1000,
        )

    def __enter__(self) -> "DynamicSecurity":
        deadline = time.monotonic() + _CONNECT_S
        while not self._session.connected:
            refused = self._session.last_error
            if (refused and "refused:" in refused) or time.monotonic() > deadline:
                self._session.stop()
                raise BrokerAccessError(
                    f"{self._where}: cannot be managed: {refused or 'no answer'}; "
                    "check FOLDSPACE_MQTT_ADMIN_URL and that the dynamic security plugin is loaded"
                )
            self._session.step(0.05)
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._session.stop()

    def present(self) -> Plugin:
        """Return everything the plugin holds."""
        answers = self.do(
            [
                {"command": "listClients", "verbose": True, "count": -1, "offset": 0},
                {"command": "listRoles", "verbose": True, "count": -1, "offset": 0},
                {"command": "getDefaultACLAccess"},
            ]
        )
        clients, roles, defaults = (answer["data"] for answer in answers)
        return Plugin(
            clients={
                one["username"]: PluginClient(
                    bool(one.get("disabled", False)), frozenset(role["rolename"] for role in one.get("roles", ()))
                )
                for one in clients["clients"]
            },
            roles={
                one["rolename"]: frozenset(
                    Acl(acl["acltype"], acl["topic"], int(acl.get("priority", 0)), bool(acl["allow"]))
                    for acl in one.get("acls", ())
                )
                for one in roles["roles"]
            },
            defaults={one["acltype"]: bool(one["allow"]) for one in defaults["acls"]},
        )

    def do(self, commands: Sequence[Command]) -> list[dict[str, Any]]:
        """Carry out commands in order and return their answers. Raises BrokerAccessError at the first that fails."""
        answers: list[dict[str, Any]] = []
        for first in range(0, len(commands), _AT_ONCE):
            answers += self._ask(commands[first : first + _AT_ONCE])
        return answers

    def _ask(self, commands: Sequence[Command]) -> list[dict[str, Any]]:
        run = secrets.token_hex(4)
        numbered = [{**command, "correlationData": f"{run}-{place}"} for place, command in enumerate(commands)]
        self._answers.clear()
        self._session.publish(_CONTROL, json.dumps({"commands": numbered}, ensure_ascii=False))
        deadline = time.monotonic() + _ANSWER_S
        while True:
            found = {one.get("correlationData"): one for one in self._answers}
            if len(found) >= len(numbered):
                break
            if time.monotonic() > deadline:
                raise BrokerAccessError(
                    f"{self._where}: no answer from its dynamic security plugin; is it loaded, and is the user of "
                    "FOLDSPACE_MQTT_ADMIN_URL its admin?"
                )
            self._session.step(0.05)
        for command in numbered:
            error = found.get(command["correlationData"], {}).get("error")
            if error:
                raise BrokerAccessError(
                    f"{self._where}: {command['command']} {command.get('username') or command.get('rolename') or ''}: "
                    f"{error}"
                )
        return [found[command["correlationData"]] for command in numbered]

    def _heard(self, message: Message) -> None:
        try:
            self._answers += json.loads(message.payload)["responses"]
        except (ValueError, KeyError, TypeError):
            log.warning("dynsec_answer_not_understood", broker=self._where, bytes=len(message.payload))
