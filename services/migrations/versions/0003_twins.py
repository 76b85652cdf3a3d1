"""Repairs of gaps, desired configurations, and what a device answered to a command."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "gap_repairs",
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("device", sa.String(length=64), nullable=False),
        sa.Column("boot", sa.String(length=64), nullable=False),
        sa.Column("first", sa.BigInteger(), autoincrement=False, nullable=False, comment="seq"),
        sa.Column("last", sa.BigInteger(), nullable=False, comment="seq, in the range"),
        sa.Column(
            "count", sa.BigInteger(), nullable=False, comment="missing; fewer than the range when gaps were merged"
        ),
        sa.Column("state", sa.String(length=16), nullable=False, comment="asked or unrepairable"),
        sa.Column("noted_at", sa.BigInteger(), nullable=False, comment="in this state since, ms since the epoch, UTC"),
        sa.Column("attempts", sa.Integer(), nullable=False, comment="promised so often, and nothing came"),
        sa.Column("asked_at", sa.BigInteger(), nullable=True, comment="last, ms since the epoch, UTC"),
        sa.Column("due_at", sa.BigInteger(), nullable=True, comment="to be asked again, ms since the epoch, UTC"),
        sa.Column("command", sa.String(length=64), nullable=True, comment="on its way, or its readings are"),
        sa.Column("reason", sa.Text(), nullable=True, comment="key of the text catalogue, or the device's words"),
        sa.PrimaryKeyConstraint("site", "device", "boot", "first", name=op.f("pk_gap_repairs")),
    )
    op.create_table(
        "desired_configs",
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("device", sa.String(length=64), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False, comment="counts up with every change"),
        sa.Column("config", sa.JSON(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False, comment="ms since the epoch, UTC"),
        sa.Column("by", sa.String(length=64), nullable=False, comment="the user who wished it"),
        sa.Column("command", sa.String(length=64), nullable=True, comment="the last configure of this version"),
        sa.Column("boot", sa.String(length=64), nullable=True, comment="of the device when that was queued"),
        sa.Column("refusal", sa.Text(), nullable=True, comment="key of the text catalogue, or the device's words"),
        sa.PrimaryKeyConstraint("site", "device", name=op.f("pk_desired_configs")),
    )
    with op.batch_alter_table("commands") as batch_op:
        batch_op.add_column(
            sa.Column("result", sa.JSON(none_as_null=True), nullable=True, comment="what the device answered beyond ok")
        )


def downgrade() -> None:
    with op.batch_alter_table("commands") as batch_op:
        batch_op.drop_column("result")
    op.drop_table("desired_configs")
    op.drop_table("gap_repairs")
