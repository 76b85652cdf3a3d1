"""Device credentials."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "device_credentials",
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("device", sa.String(length=64), nullable=False, comment="empty: the newcomers of the site"),
        sa.Column("username", sa.String(length=160), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False, comment="argon2id"),
        sa.Column("created_at", sa.BigInteger(), nullable=False, comment="ms since the epoch, UTC"),
        sa.Column(
            "rotated_at",
            sa.BigInteger(),
            nullable=True,
            comment="ms since the epoch, UTC; null: the first password holds",
        ),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True, comment="ms since the epoch, UTC; null: good"),
        sa.Column(
            "signing_key",
            sa.String(length=64),
            nullable=True,
            comment="hexadecimal; kept readable, for signatures are checked with it",
        ),
        sa.PrimaryKeyConstraint("site", "device", name=op.f("pk_device_credentials")),
        sa.UniqueConstraint("username", name=op.f("uq_device_credentials_username")),
    )
    op.create_table(
        "device_credentials_version",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False, comment="always 1: there is one row"),
        sa.Column("version", sa.BigInteger(), nullable=False, comment="counts every change of credentials"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_device_credentials_version")),
    )


def downgrade() -> None:
    op.drop_table("device_credentials_version")
    op.drop_table("device_credentials")
