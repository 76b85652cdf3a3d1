"""The table of staff's messages to screens, portable between SQLite and PostgreSQL."""

import sqlalchemy as sa

from services.kit.database import metadata

screen_messages = sa.Table(
    "screen_messages",
    metadata,
    sa.Column("site", sa.String(64), primary_key=True),
    sa.Column("space", sa.String(64), primary_key=True),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("until", sa.BigInteger, nullable=False, comment="ms since the epoch, UTC, by the community's clock"),
    sa.Column("by", sa.Text, nullable=False, comment="who said it, as user:NAME"),
    sa.Column("at", sa.BigInteger, nullable=False, comment="ms since the epoch, UTC, by the community's clock"),
)
