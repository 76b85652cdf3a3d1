"""What staff say on the screens of a space."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_CLOCK = "ms since the epoch, UTC, by the community's clock"


def upgrade() -> None:
    op.create_table(
        "screen_messages",
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("space", sa.String(length=64), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False, comment=_CLOCK),
        sa.Column("by", sa.Text(), nullable=False, comment="who said it, as user:NAME"),
        sa.Column("at", sa.BigInteger(), nullable=False, comment=_CLOCK),
        sa.PrimaryKeyConstraint("site", "space", name=op.f("pk_screen_messages")),
    )


def downgrade() -> None:
    op.drop_table("screen_messages")
