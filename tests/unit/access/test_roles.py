"""What differs from the catalogue is repaired in one pass, what only a person can decide is reported."""

from dataclasses import replace
from typing import Any

from services.access.credentials import ONBOARDING
from services.access.rights import ADMIN, API, GATEWAY, SCHEDULER
from services.access.roles import DEFAULTS, Acl, Plugin, PluginClient, difference, wanted
from services.contracts.community import Device
from tests.unit.access.access_community import COMMUNITY, credential, vendor

EMPTY = Plugin(
    {ADMIN: PluginClient(False, frozenset({"admin"}))}, {"admin": frozenset()}, {**DEFAULTS, "subscribe": True}
)
CREDENTIALS = [credential("radar"), credential("door", revoked=True), credential(ONBOARDING), credential("gone")]


def carried_out(plugin: Plugin, commands: list[dict[str, Any]]) -> Plugin:
    """What the plugin would hold after these commands."""
    clients, roles, defaults = dict(plugin.clients), dict(plugin.roles), dict(plugin.defaults)
    for one in commands:
        name, user = one.get("rolename", ""), one.get("username", "")
        match one["command"]:
            case "createRole" | "modifyRole":
                assert (name in roles) == (one["command"] == "modifyRole")
                roles[name] = frozenset(Acl(**acl) for acl in one["acls"])
            case "deleteRole":
                assert not any(name in client.roles for client in clients.values()), "Mosquitto 2.0.11 would crash"
                del roles[name]
            case "modifyClient":
                clients[user] = replace(clients[user], roles=frozenset(role["rolename"] for role in one["roles"]))
            case "enableClient" | "disableClient":
                clients[user] = replace(clients[user], disabled=one["command"] == "disableClient")
            case "setDefaultACLAccess":
                defaults = {acl["acltype"]: acl["allow"] for acl in one["acls"]}
    return Plugin(clients, roles, defaults)


def test_one_pass_repairs_everything_and_a_second_finds_nothing() -> None:
    want = wanted(COMMUNITY, CREDENTIALS, vendor)
    broken = Plugin(
        {
            **EMPTY.clients,
            "lane.radar": PluginClient(True, frozenset({"admin"})),
            "lane.door": PluginClient(False, frozenset({"device-lane.door"})),
            "lane.gone": PluginClient(False, frozenset()),
            "somebody": PluginClient(False, frozenset({"theirs", "device-lane.gone"})),
        },
        {
            "admin": frozenset(),
            "theirs": frozenset(),
            "device-lane.radar": frozenset({Acl("publishClientSend", "#", 0, True)}),
            "device-lane.gone": frozenset(),
        },
        EMPTY.defaults,
    )
    plan = difference(broken, want)
    after = carried_out(broken, plan.commands)
    assert after.clients["lane.radar"] == PluginClient(False, frozenset({"device-lane.radar"}))
    assert after.clients["lane.door"].disabled
    assert after.clients["lane.gone"].disabled
    assert after.clients["somebody"] == PluginClient(False, frozenset({"theirs"}))
    assert after.defaults == DEFAULTS
    assert set(after.roles) == {
        "admin", "theirs", GATEWAY, SCHEDULER, API, "device-lane.radar", "onboarding-lane",
    }  # fmt: skip
    again = difference(after, want)
    assert (again.commands, again.repaired) == ([], [])
    assert again.strangers == plan.strangers == ["somebody"]
    assert again.missing == [GATEWAY, SCHEDULER, API, "lane~onboarding"]


def test_a_device_never_may_publish_commands_to_itself() -> None:
    acls = wanted(COMMUNITY, CREDENTIALS, vendor).roles["device-lane.radar"]
    allowed = next(acl for acl in acls if acl.topic == "fs/v1/lane/dev/radar/#")
    denied = next(acl for acl in acls if acl.topic == "fs/v1/lane/dev/radar/cmd/#")
    assert (allowed.allow, denied.allow) == (True, False)
    assert denied.priority > allowed.priority


def test_a_device_whose_topic_reaches_too_far_is_shut_out_and_reported() -> None:
    bad = Device(id="bad", site="lane", space="hall", kind="motion", codec="x", topic="#")
    community = COMMUNITY.model_copy(update={"devices": (*COMMUNITY.devices, bad)})
    want = wanted(community, [credential("bad")], lambda one: (str(one.topic),) if one.codec == "x" else ())
    assert "lane.bad" in want.revoked
    assert "base topic" in want.faults[0]
