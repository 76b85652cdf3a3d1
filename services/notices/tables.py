"""The tables of notices: who wants to be told, what is on its way, how far decisions were read, which alerts stand."""

import sqlalchemy as sa

from services.kit.database import metadata

_AT = sa.BigInteger
"""Instants are milliseconds UTC, of the machine: who is told lives in real time, however fast the community's runs."""

subscriptions = sa.Table(
    "subscriptions",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("kind", sa.String(8), nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("target", sa.Text, nullable=False),
    sa.Column("site", sa.String(64)),
    sa.Column("spaces", sa.JSON, nullable=False),
    sa.Column("events", sa.JSON, nullable=False),
    sa.Column("language", sa.String(2), nullable=False),
    sa.Column("rhythm", sa.String(8), nullable=False),
    sa.Column("secret", sa.Text, nullable=False, comment="signs, and so cannot be kept as a digest"),
    sa.Column("secret_before", sa.Text),
    sa.Column("secret_before_until", _AT),
    sa.Column("made_by", sa.Text, nullable=False),
    sa.Column("made_at", _AT, nullable=False),
    sa.Column("after_number", sa.BigInteger, nullable=False, comment="of decisions"),
    sa.Column("active", sa.Boolean, nullable=False),
    sa.Column("paused", sa.String(16), nullable=False),
    sa.Column("failures", sa.Integer, nullable=False),
    sa.Column("failing_since", _AT),
    sa.Column("not_before", _AT),
    sa.Column("last_ok", _AT),
    sa.Column("last_error", sa.Text, nullable=False),
    sa.Index(None, "made_at", "id"),
)

deliveries = sa.Table(
    "deliveries",
    metadata,
    sa.Column(
        "number",
        sa.BigInteger().with_variant(sa.Integer, "sqlite"),  # SQLite counts up by itself only in INTEGER
        primary_key=True,
        autoincrement=True,
        comment="the order in which they were queued",
    ),
    sa.Column("id", sa.String(64), nullable=False, unique=True, comment="the webhook-id, the same at every try"),
    sa.Column("subscription", sa.String(32), sa.ForeignKey("subscriptions.id", ondelete="CASCADE"), nullable=False),
    sa.Column("ref", sa.Text, nullable=False),
    sa.Column("type", sa.String(32), nullable=False),
    sa.Column("body", sa.JSON, nullable=False),
    sa.Column("made_at", _AT, nullable=False),
    sa.Column("next_at", _AT, nullable=False),
    sa.Column("state", sa.String(8), nullable=False),
    sa.Column("tries", sa.Integer, nullable=False),
    sa.Column("first_try_at", _AT),
    sa.Column("sent_at", _AT),
    sa.Column("last_error", sa.Text, nullable=False),
    sa.Column("claim", sa.String(32), comment="of the courier that is sending it"),
    sa.Column("claimed_until", _AT),
    sa.Index(None, "state", "next_at"),
    sa.Index(None, "subscription", "number"),
)

notice_cursor = sa.Table(
    "notice_cursor",
    metadata,
    sa.Column("name", sa.String(16), primary_key=True),
    sa.Column("number", sa.BigInteger, nullable=False, comment="all decisions up to it were read"),
)

notice_alerts = sa.Table(
    "notice_alerts",
    metadata,
    sa.Column("site", sa.String(64), primary_key=True),
    sa.Column("key", sa.String(255), primary_key=True),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("raised_at", _AT, nullable=False),
    sa.Column("heard_at", _AT, nullable=False),
)
