"""What still needs an entry of the catalogue, so that it cannot go: one reason, in the words of `problems`. Pure."""

from services.catalogue.openings import WhyNot
from services.contracts.community import Community

_NAMED = 5
"""So many are named; a sentence with a hundred names is not read."""


def why_site_stays(community: Community, site: str) -> WhyNot | None:
    """Return why a site cannot be removed; None: it can, with its groups, holidays and changeovers."""
    spaces = [space.name for space in community.spaces if space.site == site]
    return WhyNot("site_has_spaces", {"site": site, "spaces": _listed(spaces)}) if spaces else None


def why_space_stays(community: Community, site: str, space: str) -> WhyNot | None:
    """Return why a space cannot be removed; None: it can, with its own holidays and changeovers."""
    name = next((one.name for one in community.spaces if (one.site, one.id) == (site, space)), space)
    reasons = (
        ("space_is_part", [one.name for one in community.spaces if one.site == site and space in one.parts]),
        ("space_has_devices", [one.id for one in community.devices if (one.site, one.space) == (site, space)]),
        ("space_is_lent", [one.id for one in community.supply if (one.site, one.space) == (site, space)]),
        ("space_has_standing", [one.title for one in community.standing if (one.site, one.space) == (site, space)]),
    )
    for key, users in reasons:
        if users:
            return WhyNot(key, {"space": name, "users": _listed(users)})
    # The policy names spaces without their site: another one of this name may be meant.
    if not any(one.id == space and one.site != site for one in community.spaces):
        named = {*community.policy.never_release, *community.policy.shadow}
        if space in named:
            return WhyNot("space_in_policy", {"space": name})
    return None


def why_group_stays(community: Community, site: str, group: str) -> WhyNot | None:
    """Return why a group cannot be removed; None: it can."""
    windows = [one.id for one in community.supply if one.site == site and group in one.groups]
    return WhyNot("group_is_named", {"group": group, "users": _listed(windows)}) if windows else None


def _listed(names: list[str]) -> str:
    more = f" … (+{len(names) - _NAMED})" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more
