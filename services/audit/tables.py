"""The table of the audit, portable between SQLite and PostgreSQL."""

import sqlalchemy as sa

from services.kit.database import metadata

audit = sa.Table(
    "audit",
    metadata,
    sa.Column(
        "id",
        sa.BigInteger().with_variant(sa.Integer, "sqlite"),  # SQLite counts up by itself only in INTEGER
        primary_key=True,
        autoincrement=True,
    ),
    sa.Column("at", sa.BigInteger, nullable=False, index=True, comment="ms since the epoch, UTC"),
    sa.Column("kind", sa.String(8), nullable=False, comment="change, look or session"),
    sa.Column("event", sa.String(32), nullable=False, comment="of a session: signed_in, sign_in_failed …"),
    sa.Column("who", sa.String(64), nullable=False, comment="user or token; empty: nobody known"),
    sa.Column("role", sa.String(16), nullable=False),
    sa.Column("via", sa.String(8), nullable=False, comment="session, token, password or oidc"),
    sa.Column("method", sa.String(8), nullable=False),
    sa.Column("route", sa.String(128), nullable=False, comment="template, such as /bookings/{id}/cancel"),
    sa.Column("params", sa.JSON, nullable=False, comment="of the path"),
    sa.Column("site", sa.String(64)),
    sa.Column("space", sa.String(64)),
    sa.Column("status", sa.Integer, comment="of HTTP; null: begun, and never heard of again"),
    sa.Column("address", sa.String(64), nullable=False),
    sa.Column("fields", sa.JSON, nullable=False, comment="names of what a body said, never what it said"),
    sa.Index("ix_audit_who_id", "who", "id"),
    sa.Index("ix_audit_site_id", "site", "id"),
)
