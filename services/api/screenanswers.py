"""What screens are told over HTTP: the answers' types, and how a sign becomes one. Sentences in both languages."""

from pydantic import BaseModel

from services.contracts.instants import to_rfc3339
from services.contracts.names import Millis
from services.contracts.texts import texts
from services.signage.signs import Activity, Notice, Said, Sign, SpaceSign, Status


class BothLanguages(BaseModel):
    """One sentence in Chinese and English: a screen is read by everybody who passes."""

    zh: str
    en: str


class ScreenActivity(BaseModel):
    """An activity as it stands on the door; of people its title says what the group itself wrote, no more."""

    title: str
    start: str
    end: str


class ScreenNotice(BaseModel):
    """The one thing to do or to know now. `kind`: warn, held, overrun or released; it counts down to `until`."""

    kind: str
    until: str
    text: BothLanguages


class ScreenMessage(BaseModel):
    """What staff say to whoever stands in front of it."""

    text: str
    until: str


class ScreenCharging(BaseModel):
    """Charging ports of a space."""

    ports: int
    in_use: int
    fault: int


class ScreenSpace(BaseModel):
    """One space. `stale`: its sensors are silent, and `status` rests on bookings alone; `as_of`: their last word."""

    space: str
    name: str
    group: str
    status: Status
    word: BothLanguages
    now: ScreenActivity | None
    next: ScreenActivity | None
    later: list[ScreenActivity]
    free_until: str | None
    opens_at: str | None
    notice: ScreenNotice | None
    message: ScreenMessage | None
    charging: ScreenCharging | None
    as_of: str | None
    stale: bool


class ScreenFrame(BaseModel):
    """What every screen is told. `at`: the community's time, which runs `speed` times as fast as a clock on the wall.

    `version` is that of the page's files: a page with another one loads itself anew. `link`: where the QR code leads.
    """

    site: str
    site_name: str
    zone: str
    at: str
    speed: float
    version: str
    link: str


class DoorScreen(ScreenFrame, ScreenSpace):
    """What the screen at the door of a space shows."""


class SiteScreen(ScreenFrame):
    """What the preview screen of a site shows: all its spaces, in the community's own order."""

    as_of: str | None
    stale: bool
    spaces: list[ScreenSpace]


class StaffMessage(BaseModel):
    """What staff say on the screens of a space, and who said it."""

    text: str
    until: str
    by: str
    at: str


class MessageOnScreen(BaseModel):
    """The message on the screens of a space, if there is one."""

    site: str
    space: str
    message: StaffMessage | None


def space(one: SpaceSign, zone: str, seen_at: Millis | None) -> ScreenSpace:
    """Return one space. `seen_at`: when its sensors were last heard."""
    return ScreenSpace(
        space=one.space,
        name=one.name,
        group=one.group,
        status=one.status,
        word=BothLanguages(**texts(f"screen.{one.status}")),
        now=_activity(one.now, zone),
        next=_activity(one.next, zone),
        later=[ScreenActivity(**_times(each, zone), title=each.title) for each in one.later],
        free_until=_instant(one.free_until, zone),
        opens_at=_instant(one.opens_at, zone),
        notice=_notice(one.notice, zone),
        message=_message(one.message, zone),
        charging=one.charging
        and ScreenCharging(ports=one.charging.ports, in_use=one.charging.in_use, fault=one.charging.fault),
        as_of=_instant(seen_at, zone),
        stale=one.stale,
    )


def frame(sign: Sign, at: Millis, speed: float, version: str) -> ScreenFrame:
    """Return what every screen of a sign's site is told."""
    return ScreenFrame(
        site=sign.site,
        site_name=sign.site_name,
        zone=sign.zone,
        at=to_rfc3339(at, sign.zone),
        speed=speed,
        version=version,
        link=sign.link,
    )


def _activity(one: Activity | None, zone: str) -> ScreenActivity | None:
    return None if one is None else ScreenActivity(**_times(one, zone), title=one.title)


def _times(one: Activity, zone: str) -> dict[str, str]:
    return {"start": to_rfc3339(one.start, zone), "end": to_rfc3339(one.end, zone)}


def _notice(one: Notice | None, zone: str) -> ScreenNotice | None:
    if one is None:
        return None
    return ScreenNotice(kind=one.kind, until=to_rfc3339(one.until, zone), text=BothLanguages(zh=one.zh, en=one.en))


def _message(one: Said | None, zone: str) -> ScreenMessage | None:
    return None if one is None else ScreenMessage(text=one.text, until=to_rfc3339(one.until, zone))


def _instant(at: Millis | None, zone: str) -> str | None:
    return None if at is None else to_rfc3339(at, zone)
