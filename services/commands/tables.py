"""The table of commands, portable between SQLite and PostgreSQL."""

import sqlalchemy as sa

from services.kit.database import metadata

commands = sa.Table(
    "commands",
    metadata,
    sa.Column(
        "number",
        sa.BigInteger().with_variant(sa.Integer, "sqlite"),  # SQLite counts up by itself only in INTEGER
        primary_key=True,
        autoincrement=True,
        comment="the order in which commands were queued",
    ),
    sa.Column("id", sa.String(64), nullable=False, unique=True),
    sa.Column("site", sa.String(64), nullable=False),
    sa.Column("device", sa.String(64), nullable=False),
    sa.Column("do", sa.String(32), nullable=False),
    sa.Column("args", sa.JSON, nullable=False),
    sa.Column("created_at", sa.BigInteger, nullable=False, comment="ms since the epoch, UTC"),
    sa.Column("expires", sa.BigInteger, nullable=False, comment="ms since the epoch, UTC"),
    sa.Column("state", sa.String(8), nullable=False, index=True),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("sent_at", sa.BigInteger, comment="last attempt, ms since the epoch, UTC"),
    sa.Column("finished_at", sa.BigInteger, comment="ms since the epoch, UTC"),
    sa.Column("error", sa.Text),
    sa.Column("result", sa.JSON(none_as_null=True), comment="what the device answered beyond ok"),
    sa.Column("decision", sa.String(64)),
    sa.Index(None, "site", "device", "number"),
)
