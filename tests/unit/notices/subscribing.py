"""Subscriptions and deliveries for tests of notices."""

from typing import Any

from services.bookings.records import Decision
from services.contracts.names import Millis
from services.notices.records import Delivery, Subscription, delivery_id
from services.notices.signing import new_secret

NOW: Millis = 1_772_500_000_000


def subscription(id: str = "n-1", **more: Any) -> Subscription:
    values: dict[str, Any] = {
        "kind": "webhook", "name": "楼宇", "target": "http://127.0.0.1:1/hook", "site": None, "spaces": (),
        "events": (), "language": "zh", "rhythm": "each", "secret": new_secret(), "made_by": "li", "made_at": NOW,
        "after_number": 0,
    }  # fmt: skip
    return Subscription(id=id, **{**values, **more})


def delivery(of: str = "n-1", ref: str = "d1", at: Millis = NOW, summary: str = "大厅已释放") -> Delivery:
    body = {"type": "decision.release", "timestamp": "2026-03-03T09:00:00+08:00", "data": {"summary": summary}}
    return Delivery(delivery_id(of, ref), of, ref, "decision.release", body, at, at)


def decision(id: str = "d1", site: str = "lane", space: str = "hall", **more: Any) -> Decision:
    return Decision(id, NOW, site, space, **{"kind": "release", "rule": "no_show.release/1", **more})
