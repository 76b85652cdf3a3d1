"""What the dynamic security plugin should hold, and the commands that make it so. Pure.

The plugin asks every role of a client for the first rule that matches, highest priority first; what none allows is
refused, because the defaults are all set to deny.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from services.access import rights
from services.access.credentials import ONBOARDING, Credential
from services.contracts.community import Community
from services.contracts.errors import InvalidError
from services.kit.doorrights import Rights

Command = dict[str, Any]

_NEVER_PRIORITY = 10
_WILDCARDS = ("+", "#")
_OUR_ROLES = ("device-", "onboarding-")
DEFAULTS = {"publishClientSend": False, "publishClientReceive": False, "subscribe": False, "unsubscribe": True}


@dataclass(frozen=True, slots=True, order=True)
class Acl:
    """One rule of a role."""

    acltype: str
    topic: str
    priority: int
    allow: bool


Acls = frozenset[Acl]


@dataclass(frozen=True, slots=True)
class PluginClient:
    """A client as the plugin has it."""

    disabled: bool
    roles: frozenset[str]


@dataclass(frozen=True, slots=True)
class Plugin:
    """What the plugin holds now."""

    clients: Mapping[str, PluginClient]
    roles: Mapping[str, Acls]
    defaults: Mapping[str, bool]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the plugin should hold: roles, and the role of each client that may come in."""

    roles: Mapping[str, Acls]
    clients: Mapping[str, str]
    parts: frozenset[str]
    revoked: frozenset[str]
    faults: tuple[str, ...] = ()
    """Devices that cannot be given rights, and why."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What has to be done, and what a person has to see to."""

    commands: list[Command] = field(default_factory=list)
    repaired: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    """Clients the plugin does not know: their passwords cannot be read any more, so they need new ones."""
    strangers: list[str] = field(default_factory=list)
    """Clients of the plugin that foldspace knows nothing of; they are left alone."""
    faults: tuple[str, ...] = ()


def acls_of(given: Rights) -> Acls:
    """Return the rules that say the same as `given`."""
    rules = {Acl("publishClientSend", topic, 0, True) for topic in given.publish}
    rules |= {Acl("publishClientSend", topic, _NEVER_PRIORITY, False) for topic in given.never}
    for topic in given.subscribe:
        pattern = any(level in _WILDCARDS for level in topic.split("/"))
        rules.add(Acl("subscribePattern" if pattern else "subscribeLiteral", topic, 0, True))
        rules.add(Acl("publishClientReceive", topic, 0, True))
    return frozenset(rules)


def wanted(community: Community, credentials: Iterable[Credential], vendor: rights.Vendor) -> Wanted:
    """Return what the plugin should hold for this catalogue and these credentials."""
    parts = rights.part_rights(community.devices, vendor)
    roles = {name: acls_of(given) for name, given in parts.items()}
    clients: dict[str, str] = {name: name for name in parts}
    devices = {(device.site, device.id): device for device in community.devices}
    revoked: set[str] = set()
    faults: list[str] = []
    for one in credentials:
        device = devices.get((one.site, one.device))
        if not one.active or (device is None and one.device != ONBOARDING):
            revoked.add(one.username)
        elif device is None:
            role = rights.onboarding_role(one.site)
            roles[role] = acls_of(rights.onboarding_rights(one.site, community.devices))
            clients[one.username] = role
        else:
            try:
                roles[rights.device_role(device)] = acls_of(rights.device_rights(device, vendor))
                clients[one.username] = rights.device_role(device)
            except InvalidError as error:
                revoked.add(one.username)
                faults.append(str(error))
    return Wanted(roles, clients, frozenset(parts), frozenset(revoked), tuple(faults))


def difference(now: Plugin, want: Wanted) -> Plan:
    """Return what turns `now` into `want`. Strangers and their roles stay as they are."""
    plan = Plan(faults=want.faults)
    if dict(now.defaults) != DEFAULTS:
        acls = [{"acltype": acltype, "allow": allow} for acltype, allow in DEFAULTS.items()]
        _do(plan, "default access", {"command": "setDefaultACLAccess", "acls": acls})
    for name, acls_wanted in want.roles.items():
        if name not in now.roles:
            _do(plan, f"role {name}", {"command": "createRole", "rolename": name, "acls": shown(acls_wanted)})
        elif now.roles[name] != acls_wanted:
            _do(plan, f"role {name}", {"command": "modifyRole", "rolename": name, "acls": shown(acls_wanted)})
    for username, role in want.clients.items():
        client = now.clients.get(username)
        if client is None:
            plan.missing.append(username)
            continue
        if client.roles != {role}:
            _do(plan, f"client {username}", {"command": "modifyClient", "username": username, "roles": _roles(role)})
        if client.disabled:
            _do(plan, f"client {username}", {"command": "enableClient", "username": username})
    for username in sorted(want.revoked & now.clients.keys()):
        if not now.clients[username].disabled:
            _do(plan, f"client {username}", {"command": "disableClient", "username": username})
    gone = {name for name in now.roles.keys() - want.roles.keys() if name.startswith(_OUR_ROLES)}
    for username, client in sorted(now.clients.items()):
        # A role must be nobody's before it goes: Mosquitto 2.0.11 ends with a segmentation fault otherwise.
        if username not in want.clients and client.roles & gone:
            left = [{"rolename": role} for role in sorted(client.roles - gone)]
            _do(plan, f"client {username}", {"command": "modifyClient", "username": username, "roles": left})
    for name in sorted(gone):
        _do(plan, f"role {name}", {"command": "deleteRole", "rolename": name})
    plan.strangers.extend(sorted(now.clients.keys() - want.clients.keys() - want.revoked - {rights.ADMIN}))
    return plan


def let_in(username: str, password: str, role: str, *, known: bool) -> list[Command]:
    """Return the commands that give a client this password and this role."""
    if not known:
        client = {"command": "createClient", "username": username, "password": password, "roles": _roles(role)}
        return [client]
    return [
        {"command": "setClientPassword", "username": username, "password": password},
        {"command": "modifyClient", "username": username, "roles": _roles(role)},
        {"command": "enableClient", "username": username},
    ]


def shown(acls: Acls) -> list[dict[str, Any]]:
    """Return rules as the plugin writes them."""
    return [
        {"acltype": acl.acltype, "topic": acl.topic, "priority": acl.priority, "allow": acl.allow}
        for acl in sorted(acls)
    ]


def _roles(role: str) -> list[dict[str, str]]:
    return [{"rolename": role}]


def _do(plan: Plan, what: str, command: Command) -> None:
    plan.commands.append(command)
    if what not in plan.repaired:
        plan.repaired.append(what)
