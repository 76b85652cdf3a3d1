"""Supply windows that owners and partners lend, and the devices of the catalogue."""

from services.api import present
from services.api.bodies import space_of
from services.api.deps import Wired
from services.api.identity import Caller
from services.api.problems import RefusalError
from services.contracts.community import Device, Supply
from services.contracts.instants import to_rfc3339


def list_supply(deps: Wired, site: str | None = None, space: str | None = None) -> present.Json:
    """All supply windows; their times are local times of day."""
    windows = deps.catalogue.view().community.supply
    return present.page(
        [present.supply(one) for one in windows if site in (None, one.site) and space in (None, one.space)], None
    )


def lend(deps: Wired, caller: Caller, body: Supply) -> present.Json:
    """Lend a space at some hours. A partner does so in their own name only."""
    if caller.role == "partner" and body.owner != caller.name:
        raise RefusalError("forbidden", "not_yours", name=caller.name)
    space_of(deps.catalogue.view(), body.site, body.space)
    deps.catalogue_store.add_supply(body)
    return present.supply(body)


def list_devices(deps: Wired, site: str | None = None, space: str | None = None) -> present.Json:
    """All devices, with what was last heard of each."""
    view = deps.catalogue.view()
    # The account lists the boots of a device in the order they were heard: the last one is how it is now.
    heard = {(one.site, one.device): one for one in deps.books.account().devices}
    shown = []
    for device in view.community.devices:
        if site not in (None, device.site) or space not in (None, device.space):
            continue
        life = heard.get((device.site, device.id))
        shown.append(
            {
                **present.device(device),
                "online": life.online if life else None,
                "last_seen": to_rfc3339(life.last_seen, view.zone(device.site)) if life and life.last_seen else None,
                "battery_pct": life.battery_pct if life else None,
                "rssi_dbm": life.rssi_dbm if life else None,
                "fw": life.fw if life else None,
            }
        )
    return present.page(shown, None)


def add_device(deps: Wired, body: Device) -> present.Json:
    """Tell foldspace about a device; the gateway hears of it within seconds."""
    space_of(deps.catalogue.view(), body.site, body.space)
    deps.catalogue_store.add_device(body)
    return present.device(body)
