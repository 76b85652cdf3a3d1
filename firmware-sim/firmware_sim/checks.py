"""What is wrong between the tables of a scenario: names that nothing bears, faults that a device cannot have."""

from firmware_sim.mishaps import misfit
from firmware_sim.partitions import rooms_of
from firmware_sim.tables import Activity, Tables
from services.contracts.community import Community, Device, Space


def faults_between(community: Community, tables: Tables) -> list[str]:
    """Return what is wrong, each as one phrase that names table, row and what was expected."""
    site = tables.scenario.site
    spaces = {space.id: space for space in community.spaces if space.site == site}
    devices = {device.id: device for device in community.devices if device.site == site}
    faults: list[str] = []
    if site not in {entry.id for entry in community.sites}:
        return [f"scenario.site: {site!r} is not a site of this file"]
    for index, break_space in enumerate(tables.scenario.wander_to):
        if break_space not in spaces:
            faults.append(f"scenario.wander_to.{index}: {break_space!r} is not a space of site {site!r}")
    for index, counter in enumerate(tables.scenario.totals):
        if counter not in devices or devices[counter].kind != "count":
            faults.append(f"scenario.totals.{index}: {counter!r} is not a count device of site {site!r}")
    faults += _activity_faults(community, tables, spaces)
    for index, entry in enumerate(tables.waitlist):
        if entry.space is not None and entry.space not in spaces:
            faults.append(f"waitlist.{index}.space: {entry.space!r} is not a space of site {site!r}")
    faults += _device_faults(tables, spaces, devices)
    for table, habits in (("charging", tables.charging), ("lending", tables.lending), ("walk_ins", tables.walk_ins)):
        for index, habit in enumerate(habits):
            if habit.space not in spaces:
                faults.append(f"{table}.{index}.space: {habit.space!r} is not a space of site {site!r}")
            elif spaces[habit.space].parts:
                faults.append(f"{table}.{index}.space: {habit.space!r} has parts; expected one of them")
    for index, cleaning in enumerate(tables.cleaning):
        for space_id in cleaning.spaces:
            if space_id not in spaces:
                faults.append(f"cleaning.{index}.spaces: {space_id!r} is not a space of site {site!r}")
    for index, happening in enumerate(tables.happenings):
        if happening.space not in spaces:
            faults.append(f"happenings.{index}.space: {happening.space!r} is not a space of site {site!r}")
    for index, plugged in enumerate(tables.charging):
        if plugged.port is not None and plugged.port >= tables.scenario.ports:
            faults.append(f"charging.{index}.port: expected less than scenario.ports = {tables.scenario.ports}")
    for table, ids in (
        ("activities", [activity.id for activity in tables.activities]),
        ("strangers", [stranger.id for stranger in tables.strangers]),
        ("strangers", [stranger.claim for stranger in tables.strangers]),
        ("waitlist", [entry.id for entry in tables.waitlist]),
        ("waitlist", [entry.group for entry in tables.waitlist]),  # an offer names the group alone
    ):
        for index, value in enumerate(ids):
            if value in ids[:index]:
                faults.append(f"{table}.{index}: {value!r} is there twice")
    return faults


def _device_faults(tables: Tables, spaces: dict[str, Space], devices: dict[str, Device]) -> list[str]:
    site = tables.scenario.site
    faults: list[str] = []
    for index, stranger in enumerate(tables.strangers):
        if stranger.space not in spaces:
            faults.append(f"strangers.{index}.space: {stranger.space!r} is not a space of site {site!r}")
        if stranger.id in devices:
            faults.append(f"strangers.{index}.id: {stranger.id!r} is a device of site {site!r}, and so no stranger")
    kinds = {device: entry.kind for device, entry in devices.items()}
    kinds |= {stranger.id: stranger.kind for stranger in tables.strangers}
    for index, fault in enumerate(tables.faults):
        if fault.device not in kinds:
            faults.append(f"faults.{index}.device: {fault.device!r} is not a device of site {site!r}")
        if fault.victim is not None and (fault.victim not in devices or fault.victim == fault.device):
            faults.append(f"faults.{index}.victim: {fault.victim!r} is not another device of site {site!r}")
        unfit = misfit(fault.what, kinds[fault.device]) if fault.device in kinds else None
        if unfit is not None:
            faults.append(f"faults.{index}.what: {fault.device!r} {unfit}")
    for index, glass in enumerate(tables.glass):
        if kinds.get(glass.device) not in ("presence", "motion"):
            faults.append(f"glass.{index}.device: {glass.device!r} is no presence or motion device of site {site!r}")
        if glass.sees not in spaces:
            faults.append(f"glass.{index}.sees: {glass.sees!r} is not a space of site {site!r}")
    for index, mounting in enumerate(tables.mountings):
        if kinds.get(mounting.device) != "count":
            faults.append(f"mountings.{index}.device: {mounting.device!r} is not a count device of site {site!r}")
    return faults


def _activity_faults(community: Community, tables: Tables, spaces: dict[str, Space]) -> list[str]:
    site = tables.scenario.site
    faults: list[str] = []
    held: dict[str, list[Activity]] = {}
    for index, activity in enumerate(tables.activities):
        place = f"activities.{index} ({activity.id})"
        space = spaces.get(activity.space)
        if space is None:
            faults.append(f"{place}.space: {activity.space!r} is not a space of site {site!r}")
            continue
        if activity.function and activity.function not in space.functions:
            known = ", ".join(space.functions) or "none"
            faults.append(f"{place}.function: {activity.function!r} is not a function of {space.id!r} (known: {known})")
        if activity.people > space.capacity:
            faults.append(f"{place}.people: {activity.people} is more than {space.id!r} holds ({space.capacity})")
        if not activity.has_booking:
            continue
        windows = [window for window in community.supply if (window.site, window.space) == (site, space.id)]
        lent = (
            window.start <= activity.start and activity.end <= window.end and set(window.days) >= set(activity.days)
            for window in windows
            if window.rrule is None and window.valid_from is None and window.valid_until is None
        )
        if windows and not any(lent):
            faults.append(
                f"{place}: {activity.start} to {activity.end} is in no supply window of {space.id!r} on all its days"
            )
        for room in sorted(rooms_of(spaces, space.id)):
            for other in held.setdefault(room, []):
                if other.start < activity.end and activity.start < other.end and {*other.days} & {*activity.days}:
                    faults.append(f"{place}: is booked at the same time as {other.id!r} in {room!r}")
            held[room].append(activity)
    return faults
