"""Topics are built and parsed in one place, and every one survives the round trip."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contracts import topics
from services.contracts.errors import TopicError
from services.contracts.names import NAME_PATTERN

names = st.from_regex(NAME_PATTERN, fullmatch=True)


@given(names, names, names)
def test_every_topic_survives_the_round_trip(site: str, thing: str, leaf: str) -> None:
    for topic in (
        topics.UpTopic(site, thing, leaf),
        topics.StatusTopic(site, thing),
        topics.CmdTopic(site, thing),
        topics.AckTopic(site, thing),
        topics.StateTopic(site, thing),
        topics.ScreenTopic(site, thing),
        topics.EventTopic(site, thing),
    ):
        assert topics.parse(str(topic)) == topic


@given(st.text())
def test_any_text_parses_or_is_refused_with_its_name(text: str) -> None:
    try:
        assert str(topics.parse(text)) == text
    except TopicError as error:
        assert repr(text) in str(error)


@pytest.mark.parametrize(
    "topic",
    [
        "",
        "fs/v1",
        "fs/v2/s/dev/d/up/motion",
        "fs/v1/s/dev/d",
        "fs/v1/s/dev/d/up",
        "fs/v1/s/dev/d/up/motion/x",
        "fs/v1/Site/dev/d/up/motion",
        "fs/v1/s/dev/door 1/up/door",
        "fs/v1/s/devices/d/up/door",
        "fs/v1/s/space/hall/other",
        f"fs/v1/s/dev/{'x' * 65}/status",
    ],
)
def test_topics_outside_the_contract_are_refused(topic: str) -> None:
    with pytest.raises(TopicError, match="topic"):
        topics.parse(topic)
