"""Decisions are found by their time."""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(op.f("ix_decisions_at"), "decisions", ["at"])


def downgrade() -> None:
    op.drop_index(op.f("ix_decisions_at"), "decisions")
