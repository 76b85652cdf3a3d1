"""Keeps the broker's access control in step with catalogue and credentials: Mosquitto, or one that is not managed."""

from collections.abc import Callable, Mapping
from typing import Protocol

from services.access import rights, roles
from services.access.credentials import Issued
from services.access.dynsec import DynamicSecurity
from services.access.rights import Vendor, no_vendor
from services.access.roles import Plan
from services.access.store import CredentialStore
from services.contracts.community import Community
from services.contracts.errors import InvalidError
from services.kit.logs import logger
from services.kit.mqtt import Broker

log = logger("access")


class BrokerAccess(Protocol):
    """What changes of credentials mean at the broker. Every method raises BrokerAccessError and may be repeated."""

    def let_in(self, issued: Issued, role: str) -> None:
        """Make these credentials good, and those before them worthless."""

    def shut_out(self, username: str) -> None:
        """Make a name's credentials worthless and end its connections."""

    def sync(self) -> Plan:
        """Repair every difference, and tell what a person has to see to."""


class MosquittoAccess:
    """Mosquitto with its dynamic security plugin, reached as its admin."""

    def __init__(
        self,
        admin: Broker,
        community: Callable[[], Community],
        credentials: CredentialStore,
        vendor: Vendor = no_vendor,
    ) -> None:
        self._admin = admin
        self._community = community
        self._credentials = credentials
        self._vendor = vendor

    def let_in(self, issued: Issued, role: str) -> None:
        """Repair what differs, give the role its rules, then set the password: the plugin gets it only here."""
        with DynamicSecurity(self._admin) as plugin:
            now = plugin.present()
            if role not in now.roles:
                plugin.do([{"command": "createRole", "rolename": role, "acls": []}])
            plugin.do(roles.let_in(issued.username, issued.password, role, known=issued.username in now.clients))
        log.info("broker_lets_in", username=issued.username, role=role)

    def shut_out(self, username: str) -> None:
        """Disable the client: Mosquitto ends its connections at once."""
        with DynamicSecurity(self._admin) as plugin:
            if username in plugin.present().clients:
                plugin.do([{"command": "disableClient", "username": username}])
        log.info("broker_shuts_out", username=username)

    def sync(self) -> Plan:
        """Repair every difference, and tell what a person has to see to."""
        with DynamicSecurity(self._admin) as plugin:
            plan = roles.difference(
                plugin.present(), roles.wanted(self._community(), self._credentials.all(), self._vendor)
            )
            plugin.do(plan.commands)
        log.info("broker_synced", repaired=len(plan.repaired), missing=plan.missing, strangers=plan.strangers)
        return plan

    def equip(self, passwords: Mapping[str, str]) -> Plan:
        """Give foldspace's own parts their clients, then `sync`. Passwords by user name; those there are replaced.

        Raises InvalidError for a name that is no part's.
        """
        parts = rights.part_rights((), no_vendor)
        for username in passwords:
            if username not in parts:
                raise InvalidError(f"user {username!r}: expected one of {', '.join(parts)}")
        with DynamicSecurity(self._admin) as plugin:
            now = plugin.present()
            for username, password in passwords.items():
                if username not in now.roles:
                    plugin.do([{"command": "createRole", "rolename": username, "acls": []}])
                plugin.do(roles.let_in(username, password, username, known=username in now.clients))
        log.info("broker_equipped", parts=sorted(passwords))
        return self.sync()
