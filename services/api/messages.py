"""What staff say on the screens of a space: read, said, taken away."""

from services.api.bodies import NewMessage
from services.api.deps import Deps, Wired
from services.api.identity import Caller, actor, expect_in_charge
from services.api.screenanswers import MessageOnScreen, StaffMessage
from services.contracts.instants import to_rfc3339
from services.contracts.names import MINUTE
from services.kit.logs import logger
from services.signage.messages import Message

log = logger("api")


def read_message(deps: Wired, site: str, space: str) -> dict[str, object]:
    """What staff say on the screens of a space now."""
    deps.catalogue.view().space(site, space)
    return _shown(deps, site, space, deps.messages.of(site, space, deps.clock.now()))


def say_message(deps: Wired, caller: Caller, site: str, space: str, body: NewMessage) -> dict[str, object]:
    """Say something on the screens of a space, in place of what was said before. They show it within seconds."""
    deps.catalogue.view().space(site, space)
    expect_in_charge(deps, caller, site, space)
    now = deps.clock.now()
    message = Message(site, space, body.text, now + body.minutes * MINUTE, actor(caller), now)
    deps.messages.put(message)
    log.info("screen_message_said", site=site, space=space, by=message.by, minutes=body.minutes)
    return _shown(deps, site, space, message)


def remove_message(deps: Wired, caller: Caller, site: str, space: str) -> None:
    """Take the message from the screens of a space. There being none is no error."""
    deps.catalogue.view().space(site, space)
    expect_in_charge(deps, caller, site, space)
    if deps.messages.remove(site, space):
        log.info("screen_message_removed", site=site, space=space, by=actor(caller))


def _shown(deps: Deps, site: str, space: str, message: Message | None) -> dict[str, object]:
    zone = deps.catalogue.view().zone(site)
    said = message and StaffMessage(
        text=message.text, until=to_rfc3339(message.until, zone), by=message.by, at=to_rfc3339(message.at, zone)
    )
    return MessageOnScreen(site=site, space=space, message=said).model_dump()
