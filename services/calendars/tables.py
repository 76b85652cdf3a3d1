"""The table of feeds: secret links under which a calendar is published. Of each secret only its SHA-256 is kept."""

import sqlalchemy as sa

from services.kit.database import metadata

calendar_feeds = sa.Table(
    "calendar_feeds",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("digest", sa.String(64), nullable=False, unique=True, comment="SHA-256 of the secret in the link"),
    sa.Column("kind", sa.String(8), nullable=False, comment="site, space, group or person"),
    sa.Column("site", sa.String(64), nullable=False),
    sa.Column("ref", sa.Text, nullable=False, comment="id of the space, name of the group, handle of the person"),
    sa.Column("language", sa.String(2), nullable=False),
    sa.Column("made_by", sa.Text, nullable=False),
    sa.Column("at", sa.BigInteger, nullable=False, comment="when it was made, ms since the epoch, UTC"),
    sa.Column("last_fetched", sa.BigInteger, comment="to the minute"),
    sa.Index(None, "at", "id"),
)
