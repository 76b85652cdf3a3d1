"""A filter covers another when it matches whatever the other matches; checked against plain matching of topics."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kit.doorrights import Rights, covers

LEVELS = st.sampled_from(["a", "b", "", "+"])
FILTERS = st.builds(
    lambda levels, rest: "/".join([*levels, *(["#"] if rest else [])]),
    st.lists(LEVELS, min_size=1, max_size=3),
    st.booleans(),
)
TOPICS = st.lists(st.sampled_from(["a", "b", "c", ""]), min_size=1, max_size=4).map("/".join)


def matches(topic_filter: str, topic: str) -> bool:
    """The specification's rule (4.7), level by level."""
    wanted, given_ = topic_filter.split("/"), topic.split("/")
    if wanted[-1] == "#":
        wanted, given_ = wanted[:-1], given_[: len(wanted) - 1]
    return len(wanted) == len(given_) and all(one in ("+", other) for one, other in zip(wanted, given_, strict=True))


@given(FILTERS, TOPICS)
def test_a_topic_is_covered_when_the_filter_matches_it(wide: str, topic: str) -> None:
    assert covers(wide, topic) == matches(wide, topic)


@given(FILTERS, FILTERS, TOPICS)
def test_what_a_covered_filter_brings_its_cover_would_bring_too(wide: str, narrow: str, topic: str) -> None:
    if covers(wide, narrow) and matches(narrow, topic):
        assert matches(wide, topic)


@pytest.mark.parametrize(
    ("wide", "narrow", "covered"),
    [
        ("fs/v1/+/dev/+/cmd", "fs/v1/lane/dev/d/cmd", True),
        ("fs/v1/lane/dev/d/cmd", "fs/v1/lane/dev/+/cmd", False),
        ("fs/v1/+/dev/+/cmd", "fs/v1/lane/dev/#", False),
        ("fs/#", "fs/v1/#", True),
        ("fs/#", "#", False),
        ("#", "$SYS/broker/version", False),
        ("+/broker/version", "$SYS/broker/version", False),
        ("$SYS/#", "$SYS/broker/version", True),
        ("a/#", "a", True),
        ("a/+", "a", False),
    ],
)
def test_filters_that_are_easily_got_wrong(wide: str, narrow: str, covered: bool) -> None:
    assert covers(wide, narrow) is covered


def test_never_wins_over_publish_and_a_topic_with_wildcards_is_none() -> None:
    rights = Rights(publish=("fs/v1/lane/dev/d/#",), never=("fs/v1/lane/dev/d/cmd/#",))
    assert rights.may_publish("fs/v1/lane/dev/d/up/presence")
    for topic in ("fs/v1/lane/dev/d/cmd", "fs/v1/lane/dev/d/cmd/x", "fs/v1/lane/dev/e/up/presence", "", "fs/v1/lane/#"):
        assert not rights.may_publish(topic)


def test_a_shared_subscription_needs_the_same_right() -> None:
    rights = Rights(subscribe=("fs/v1/lane/dev/d/cmd",))
    assert rights.may_subscribe("$share/any/fs/v1/lane/dev/d/cmd")
    assert not rights.may_subscribe("$share/any/fs/#")
    assert not rights.may_subscribe("$share/any")
