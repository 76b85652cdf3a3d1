"""A community written as TOML reads back equal."""

from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.catalogue.communityfile import to_toml
from services.catalogue.merge import merge
from services.contracts.community import DEVICE_KINDS, WEEKDAYS, Community, load_community, parse_community
from services.contracts.policy import Policy

NAMES = st.from_regex(r"[a-z0-9][a-z0-9_-]{0,8}", fullmatch=True)
TEXTS = st.text(max_size=12) | st.sampled_from(
    ['"', "\\", "'''", "\r\n", "\t\b\f", "\x7f", "邻里会客厅", "\u2028", "#"]
)
CLOCKS = st.tuples(st.integers(0, 23), st.integers(0, 59)).map(lambda at: f"{at[0]:02}:{at[1]:02}")


@st.composite
def communities(draw: st.DrawFn) -> Community:
    sites = draw(st.lists(NAMES, unique=True, min_size=1, max_size=2))
    raw: dict[str, list[dict[str, Any]]] = {"sites": [], "spaces": [], "devices": [], "supply": []}
    for site in sites:
        zone = draw(st.sampled_from(["Asia/Shanghai", "UTC"]))
        raw["sites"].append({"id": site, "name": draw(TEXTS), "timezone": zone})
        names = draw(st.lists(NAMES, unique=True, min_size=1, max_size=4))
        functions = {name: draw(st.lists(TEXTS, max_size=3)) for name in names}
        for name in names:
            space = {
                "id": name,
                "site": site,
                "name": draw(TEXTS),
                "capacity": draw(st.integers(1, 100_000)),
                "functions": functions[name],
                "features": draw(st.lists(TEXTS, max_size=2)),
                "parts": [other for other in names if other < name and draw(st.booleans())],
                "group": draw(TEXTS),
            }
            raw["spaces"].append(space)
        for name in draw(st.lists(NAMES, unique=True, max_size=3)):
            device = {
                "id": name,
                "site": site,
                "space": draw(st.sampled_from(names)),
                "kind": draw(st.sampled_from(sorted(DEVICE_KINDS))),
                "codec": draw(st.none() | TEXTS),
                "topic": draw(st.none() | TEXTS),
                "heartbeat_s": draw(st.none() | st.floats(min_value=0, exclude_min=True)),
            }
            raw["devices"].append(device)
        for name in draw(st.lists(NAMES, unique=True, max_size=2)):
            lent_space = draw(st.sampled_from(names))
            start, end = sorted(draw(st.lists(CLOCKS, min_size=2, max_size=2, unique=True)))
            lent = draw(st.lists(st.sampled_from(functions[lent_space] or [""]), max_size=len(functions[lent_space])))
            window = {
                "id": name,
                "site": site,
                "space": lent_space,
                "owner": draw(TEXTS),
                "functions": lent,
                "days": draw(st.lists(st.sampled_from(WEEKDAYS), max_size=7)),
                "start": start,
                "end": end,
                "terms": draw(TEXTS),
            }
            raw["supply"].append(window)
    known = sorted({space["id"] for space in raw["spaces"]})
    policy = {
        "grace_min": draw(st.floats(0, 1440)),
        "protect_longer_than_min": draw(st.floats(min_value=0)),
        "never_release": draw(st.lists(st.sampled_from(known), max_size=2)),
    }
    return parse_community({**raw, "policy": policy}, "generated")


@given(communities())
def test_a_community_reads_back_equal(tmp_path_factory: Any, community: Community) -> None:
    path: Path = tmp_path_factory.mktemp("round") / "community.toml"
    path.write_text(to_toml(community), encoding="utf-8", newline="")
    assert load_community(path) == community


@given(communities())
def test_laying_a_community_over_itself_or_over_nothing_changes_nothing(community: Community) -> None:
    assert merge(community, community) == community
    assert merge(Community(), community) == community
    assert merge(community, Community()) == community


def test_an_empty_community_is_an_empty_file() -> None:
    assert to_toml(Community()) == ""


def test_defaults_are_left_out() -> None:
    assert to_toml(Community(policy=Policy(grace_min=12))) == "[policy]\ngrace_min = 12.0\n"
