"""The tables of the catalogue, portable between SQLite and PostgreSQL."""

import sqlalchemy as sa

from services.kit.database import metadata

_NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")  # SQLite counts up by itself only in INTEGER


def _number() -> sa.Column[int]:
    """Keep the order in which entries came: the board shows spaces in the order of the community file."""
    return sa.Column("number", _NUMBER, primary_key=True, autoincrement=True)


sites = sa.Table(
    "sites",
    metadata,
    _number(),
    sa.Column("id", sa.String(64), nullable=False, unique=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("timezone", sa.Text, nullable=False),
)

spaces = sa.Table(
    "spaces",
    metadata,
    _number(),
    sa.Column("site", sa.String(64), sa.ForeignKey("sites.id"), nullable=False),
    sa.Column("id", sa.String(64), nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("capacity", sa.Integer, nullable=False),
    sa.Column("functions", sa.JSON, nullable=False),
    sa.Column("features", sa.JSON, nullable=False),
    sa.Column("group", sa.Text, nullable=False),
    sa.UniqueConstraint("site", "id"),
)

space_parts = sa.Table(
    "space_parts",
    metadata,
    sa.Column("site", sa.String(64), primary_key=True),
    sa.Column("space", sa.String(64), primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True, comment="place in the list of parts, from 0"),
    sa.Column("part", sa.String(64), nullable=False),
    sa.ForeignKeyConstraint(["site", "space"], ["spaces.site", "spaces.id"], name="fk_space_parts_space_spaces"),
    sa.ForeignKeyConstraint(["site", "part"], ["spaces.site", "spaces.id"], name="fk_space_parts_part_spaces"),
)

devices = sa.Table(
    "devices",
    metadata,
    _number(),
    sa.Column("site", sa.String(64), nullable=False),
    sa.Column("id", sa.String(64), nullable=False),
    sa.Column("space", sa.String(64), nullable=False),
    sa.Column("kind", sa.String(64), nullable=False),
    sa.Column("codec", sa.Text),
    sa.Column("topic", sa.Text),
    sa.Column("heartbeat_s", sa.Double),
    sa.UniqueConstraint("site", "id"),
    sa.ForeignKeyConstraint(["site", "space"], ["spaces.site", "spaces.id"]),
)

supply = sa.Table(
    "supply",
    metadata,
    _number(),
    sa.Column("site", sa.String(64), nullable=False),
    sa.Column("id", sa.String(64), nullable=False),
    sa.Column("space", sa.String(64), nullable=False),
    sa.Column("owner", sa.Text, nullable=False),
    sa.Column("functions", sa.JSON, nullable=False),
    sa.Column("days", sa.JSON, nullable=False),
    sa.Column("start", sa.String(5), nullable=False, comment="HH:MM in the site's zone"),
    sa.Column("end", sa.String(5), nullable=False, comment="HH:MM in the site's zone"),
    sa.Column("terms", sa.Text, nullable=False),
    sa.UniqueConstraint("site", "id"),
    sa.ForeignKeyConstraint(["site", "space"], ["spaces.site", "spaces.id"]),
)

settings = sa.Table(
    "settings",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False, comment="always 1: there is one row"),
    sa.Column("version", sa.BigInteger, nullable=False, comment="counts every change of the catalogue"),
    # JSON as text: a limit may be infinite, which Python's JSON keeps and PostgreSQL's json type refuses.
    sa.Column("policy", sa.Text, comment="null: the defaults"),
)

users = sa.Table(
    "users",
    metadata,
    sa.Column("name", sa.String(64), primary_key=True),
    sa.Column("password_hash", sa.Text, nullable=False),
    sa.Column("role", sa.String(16), nullable=False),
    sa.Column("language", sa.String(8), nullable=False),
)

sessions = sa.Table(
    "sessions",
    metadata,
    sa.Column("digest", sa.String(64), primary_key=True, comment="SHA-256 of the session id"),
    sa.Column("user", sa.String(64), sa.ForeignKey("users.name", ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("expires", sa.BigInteger, nullable=False, index=True, comment="ms since the epoch, UTC"),
)

tokens = sa.Table(
    "tokens",
    metadata,
    sa.Column("name", sa.String(64), primary_key=True),
    sa.Column("digest", sa.String(64), nullable=False, unique=True, comment="SHA-256 of the token"),
    sa.Column("role", sa.String(16), nullable=False),
    sa.Column("language", sa.String(8), nullable=False),
)
