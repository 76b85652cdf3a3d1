"""The tables of the twin, portable between SQLite and PostgreSQL."""

import sqlalchemy as sa

from services.kit.database import metadata

gap_repairs = sa.Table(
    "gap_repairs",
    metadata,
    sa.Column("site", sa.String(64), primary_key=True),
    sa.Column("device", sa.String(64), primary_key=True),
    sa.Column("boot", sa.String(64), primary_key=True),
    sa.Column("first", sa.BigInteger, primary_key=True, autoincrement=False, comment="seq"),
    sa.Column("last", sa.BigInteger, nullable=False, comment="seq, in the range"),
    sa.Column("count", sa.BigInteger, nullable=False, comment="missing; fewer than the range when gaps were merged"),
    sa.Column("state", sa.String(16), nullable=False, comment="asked or unrepairable"),
    sa.Column("noted_at", sa.BigInteger, nullable=False, comment="in this state since, ms since the epoch, UTC"),
    sa.Column("attempts", sa.Integer, nullable=False, comment="promised so often, and nothing came"),
    sa.Column("asked_at", sa.BigInteger, comment="last, ms since the epoch, UTC"),
    sa.Column("due_at", sa.BigInteger, comment="to be asked again, ms since the epoch, UTC"),
    sa.Column("command", sa.String(64), comment="on its way, or its readings are"),
    sa.Column("reason", sa.Text, comment="key of the text catalogue, or the device's words"),
)

desired_configs = sa.Table(
    "desired_configs",
    metadata,
    sa.Column("site", sa.String(64), primary_key=True),
    sa.Column("device", sa.String(64), primary_key=True),
    sa.Column("version", sa.BigInteger, nullable=False, comment="counts up with every change"),
    sa.Column("config", sa.JSON, nullable=False),
    sa.Column("at", sa.BigInteger, nullable=False, comment="ms since the epoch, UTC"),
    sa.Column("by", sa.String(64), nullable=False, comment="the user who wished it"),
    sa.Column("command", sa.String(64), comment="the last configure of this version"),
    sa.Column("boot", sa.String(64), comment="of the device when that was queued"),
    sa.Column("refusal", sa.Text, comment="key of the text catalogue, or the device's words"),
)
