"""The tables of device credentials, portable between SQLite and PostgreSQL."""

import sqlalchemy as sa

from services.kit.database import metadata

device_credentials = sa.Table(
    "device_credentials",
    metadata,
    sa.Column("site", sa.String(64), primary_key=True),
    sa.Column("device", sa.String(64), primary_key=True, comment="empty: the newcomers of the site"),
    sa.Column("username", sa.String(160), nullable=False, unique=True),
    sa.Column("password_hash", sa.Text, nullable=False, comment="argon2id"),
    sa.Column("created_at", sa.BigInteger, nullable=False, comment="ms since the epoch, UTC"),
    sa.Column("rotated_at", sa.BigInteger, comment="ms since the epoch, UTC; null: the first password holds"),
    sa.Column("revoked_at", sa.BigInteger, comment="ms since the epoch, UTC; null: good"),
    sa.Column("signing_key", sa.String(64), comment="hexadecimal; kept readable, for signatures are checked with it"),
)

device_credentials_version = sa.Table(
    "device_credentials_version",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False, comment="always 1: there is one row"),
    sa.Column("version", sa.BigInteger, nullable=False, comment="counts every change of credentials"),
)
