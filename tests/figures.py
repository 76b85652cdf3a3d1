"""Figures of a small community as gateway and scheduler note them, for what draws them."""

from gateway.figures import account_point, fleet_points
from services.bookings.records import Decision
from services.contracts.community import Community, Device, Site, Space
from services.contracts.names import MINUTE, Millis
from services.journal.lives import DeviceLife, to_json
from services.journal.records import Account, DeviceAccount
from services.scheduler.chronicle import decision_point
from services.timeseries.ports import FigurePoint

SITE = "s"
COMMUNITY = Community(
    sites=(Site(id=SITE, name="S", timezone="Asia/Shanghai"),),
    spaces=(Space(id="hall", site=SITE, name="Hall", capacity=10),),
    devices=tuple(Device(id=name, site=SITE, space="hall", kind="presence") for name in ("a", "b", "c")),
)


def account(now: Millis) -> Account:
    """Return books in which `a` is well, `b` is silent with an empty battery, and `c` was never heard."""
    well = DeviceLife(last_seen=now - 1000, online=True)
    silent = DeviceLife(last_seen=now - 60 * MINUTE, online=True, battery_pct=3, doubt="stuck_on")
    lives = (("a", well, ()), ("b", silent, ((4, 6),)))
    devices = [
        DeviceAccount(
            site=SITE, device=id, boot="b1", last_seq=9, gaps=list(gaps), last_seen=life.last_seen, body=to_json(life)
        )
        for id, life, gaps in lives
    ]
    return Account(100, 90, 4, 3, 3, devices)


def decision(id: str, kind: str, at: Millis, *, shadow: bool = False, actor: str = "scheduler") -> Decision:
    """Return a decision about half an hour of the hall."""
    params = {"start_at": at - 10 * MINUTE, "end_at": at + 30 * MINUTE}
    rule = f"test.{kind}/1"
    return Decision(id, at, SITE, "hall", kind, rule, shadow=shadow, actor=actor, params=params)  # type: ignore[arg-type]  # the kinds are those of the contract


def figures(now: Millis) -> list[FigurePoint]:
    """Return all figures there are at an instant, and a minute before it."""
    kinds = ("release", "end_early", "reclaim", "offer", "offer_taken", "offer_expired")
    made = [decision(f"d-{kind}", kind, now - place * MINUTE) for place, kind in enumerate(kinds, 1)]
    made.append(decision("d-shadow", "release", now - MINUTE, shadow=True))
    made.append(decision("d-li", "keep", now - MINUTE, actor="user:li"))
    books = [
        point
        for at in (now - MINUTE, now)
        for point in (
            account_point(account(at), 2, {"journal": 4096, "books": 1024}, at),
            *fleet_points(COMMUNITY, account(at), at),
        )
    ]
    return [*books, *map(decision_point, made)]
