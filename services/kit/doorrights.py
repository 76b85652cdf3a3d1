"""Topic rights of one connection: what it may publish, and what it may subscribe to. Pure."""

from dataclasses import dataclass

_SHARED = "$share/"


@dataclass(frozen=True, slots=True)
class Rights:
    """Topic filters; what none of them covers is refused. `never` wins over `publish`."""

    publish: tuple[str, ...] = ()
    subscribe: tuple[str, ...] = ()
    never: tuple[str, ...] = ()

    def may_publish(self, topic: str) -> bool:
        """Tell whether a message on this topic is allowed; a topic with wildcards is none."""
        if not topic or "+" in topic or "#" in topic or any(covers(one, topic) for one in self.never):
            return False
        return any(covers(one, topic) for one in self.publish)

    def may_subscribe(self, topic_filter: str) -> bool:
        """Tell whether everything this filter could bring is allowed; a share of it is no more than it."""
        if topic_filter.startswith(_SHARED):
            topic_filter = topic_filter.removeprefix(_SHARED).partition("/")[2]
        return bool(topic_filter) and any(covers(one, topic_filter) for one in self.subscribe)


def covers(wide: str, narrow: str) -> bool:
    """Tell whether every topic that `narrow` (a topic or a filter) matches is matched by the filter `wide`."""
    if narrow.startswith("$") != wide.startswith("$"):
        return False  # a wildcard at the front never reaches the broker's own topics (MQTT 5.0, 4.7.2)
    wide_levels, narrow_levels = wide.split("/"), narrow.split("/")
    for place, level in enumerate(wide_levels):
        if level == "#":
            return True
        if place >= len(narrow_levels):
            return False
        asked = narrow_levels[place]
        if asked == "#" or (level != asked and (level != "+")):
            return False
    return len(wide_levels) == len(narrow_levels)
