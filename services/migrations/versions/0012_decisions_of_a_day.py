"""The decisions of a site's day are found without reading all that were ever made."""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(op.f("ix_decisions_site_at"), "decisions", ["site", "at"])


def downgrade() -> None:
    op.drop_index(op.f("ix_decisions_site_at"), table_name="decisions")
