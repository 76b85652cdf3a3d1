"""The tables of promises. `claims` is what makes double booking impossible: one row for each room and slot."""

import sqlalchemy as sa

from services.kit.database import metadata

_AT = sa.BigInteger
"""Instants are milliseconds UTC."""
_NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")
"""SQLite counts up only a plain INTEGER key."""

bookings = sa.Table(
    "bookings",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("site", sa.String(64), nullable=False),
    sa.Column("space", sa.String(64), nullable=False),
    sa.Column("group", sa.Text, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("people", sa.Integer, nullable=False),
    sa.Column("start", _AT, nullable=False),
    sa.Column("end", _AT, nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("function", sa.Text, nullable=False),
    sa.Column("protected", sa.Boolean, nullable=False),
    sa.Column("code", sa.String(64), nullable=False),
    sa.Column("checked_in_at", _AT),
    sa.Column("warned_at", _AT),
    sa.Column("kept_at", _AT),
    sa.Column("released_at", _AT),
    sa.Column("reclaimed_at", _AT),
    sa.Column("ended_at", _AT),
    sa.Column("overrun_at", _AT),
    sa.Column("asked_at", _AT),
    sa.Column("planned_end", _AT),
    sa.Column("excused_at", _AT),
    sa.Column("from_offer", sa.String(64)),
    sa.Column("answer_by", _AT),
    sa.Column("series", sa.String(64)),
    sa.Column("occurrence", sa.String(10), comment="local day of the series"),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Index(None, "start", "id"),
    sa.Index(None, "end"),
    sa.Index(None, "series"),
    sa.Index(None, "group"),
)

series = sa.Table(
    "series",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("site", sa.String(64), nullable=False),
    sa.Column("group", sa.Text, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("people", sa.Integer, nullable=False),
    sa.Column("segments", sa.JSON, nullable=False, comment="place, time and rule, each from a local day on"),
    sa.Column("last_day", sa.String(10), nullable=False, comment="local day, included"),
    sa.Column("function", sa.Text, nullable=False),
    sa.Column("protected", sa.Boolean, nullable=False),
    sa.Column("code", sa.String(64), nullable=False),
    sa.Column("exceptions", sa.JSON, nullable=False, comment="local days that no change of the series touches"),
    sa.Column("standing", sa.String(64), comment="id of the standing activity it comes from"),
    sa.Column("version", sa.Integer, nullable=False),
)

requests = sa.Table(
    "requests",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("site", sa.String(64), nullable=False),
    sa.Column("group", sa.Text, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("people", sa.Integer, nullable=False),
    sa.Column("duration_min", sa.Integer, nullable=False),
    sa.Column("earliest", _AT, nullable=False),
    sa.Column("latest_end", _AT, nullable=False),
    sa.Column("created_at", _AT, nullable=False),
    sa.Column("space", sa.String(64)),
    sa.Column("features", sa.JSON, nullable=False),
    sa.Column("functions", sa.JSON, nullable=False),
    sa.Column("priority", sa.Integer, nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("booking", sa.String(64)),
    sa.Column("alternatives", sa.JSON, nullable=False),
    sa.Column("min_duration_min", sa.Integer, nullable=False),
    sa.Column("walk_in", sa.Boolean, nullable=False),
    sa.Column("season", sa.String(64)),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Index(None, "state"),
    sa.Index(None, "created_at", "id"),
    sa.Index(None, "group"),
)

offers = sa.Table(
    "offers",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("code", sa.String(16), nullable=False),
    sa.Column("request", sa.String(64), sa.ForeignKey("requests.id"), nullable=False),
    sa.Column("site", sa.String(64), nullable=False),
    sa.Column("space", sa.String(64), nullable=False),
    sa.Column("group", sa.Text, nullable=False),
    sa.Column("start", _AT, nullable=False),
    sa.Column("end", _AT, nullable=False),
    sa.Column("made_at", _AT, nullable=False),
    sa.Column("expires", _AT, nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("released_booking", sa.String(64)),
    sa.Column("booking", sa.String(64)),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Index(None, "state"),
    sa.Index(None, "request"),
    sa.Index(None, "made_at", "id"),
    sa.Index(None, "group"),
)

proposals = sa.Table(
    "proposals",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("site", sa.String(64), nullable=False),
    sa.Column("space", sa.String(64), nullable=False),
    sa.Column("rule", sa.String(64), nullable=False),
    sa.Column("made_at", _AT, nullable=False),
    sa.Column("expires", _AT, nullable=False),
    sa.Column("moves", sa.JSON, nullable=False),
    sa.Column("group", sa.Text, nullable=False),
    sa.Column("request", sa.String(64)),
    sa.Column("adds", sa.JSON, nullable=False),
    sa.Column("serves", sa.JSON, nullable=False),
    sa.Column("params", sa.JSON, nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Index(None, "state"),
    sa.Index(None, "made_at", "id"),
)

claims = sa.Table(
    "claims",
    metadata,
    sa.Column("site", sa.String(64), primary_key=True),
    sa.Column("room", sa.String(64), primary_key=True),
    sa.Column("slot", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("holder", sa.String(64), nullable=False),
    sa.Index(None, "holder"),
)

decisions = sa.Table(
    "decisions",
    metadata,
    sa.Column("number", _NUMBER, primary_key=True, autoincrement=True),
    sa.Column("id", sa.String(64), nullable=False, unique=True),
    sa.Column("at", _AT, nullable=False),
    sa.Column("site", sa.String(64), nullable=False),
    sa.Column("space", sa.String(64), nullable=False),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("rule", sa.String(64), nullable=False),
    sa.Column("booking", sa.String(64)),
    sa.Column("request", sa.String(64)),
    sa.Column("offer", sa.String(64)),
    sa.Column("shadow", sa.Boolean, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("params", sa.JSON, nullable=False),
    sa.Column("inputs", sa.JSON, nullable=False),
    sa.Column("considered", sa.JSON, nullable=False),
    sa.Column("would_change", sa.JSON, nullable=False),
    sa.Column("undo_until", _AT),
    sa.Column("undone_by", sa.String(64)),
    sa.Column("published", sa.Boolean, nullable=False),
    sa.Index(None, "published", "number"),
    sa.Index(None, "at"),
    sa.Index(None, "site", "at"),
    sa.Index(None, "booking"),
    sa.Index(None, "offer"),
    sa.Index(None, "request"),
)

twins = sa.Table(
    "shadow_twins",
    metadata,
    sa.Column("booking", sa.String(64), primary_key=True),
    sa.Column("of_version", sa.Integer, nullable=False),
    sa.Column("record", sa.JSON, nullable=False),
)
"""What a booking in a shadow space would be by now; void once the real one has another version."""

leases = sa.Table(
    "leases",
    metadata,
    sa.Column("name", sa.String(32), primary_key=True),
    sa.Column("holder", sa.String(128), nullable=False),
    sa.Column("token", sa.BigInteger, nullable=False),
    sa.Column("renewed_at", _AT, nullable=False),
    sa.Column("expires", _AT, nullable=False),
)
"""Who leads; see `leasestore`."""

presses = sa.Table(
    "presses",
    metadata,
    sa.Column("ref", sa.String(192), primary_key=True),
    sa.Column("at", _AT, nullable=False),
    sa.Index(None, "at"),
)
"""Button presses that were dealt with, so that one delivered twice acts once."""
