"""Calendar feeds, and who is told of what: subscriptions, deliveries, and how far they have come."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "calendar_feeds",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False, comment="SHA-256 of the secret in the link"),
        sa.Column("kind", sa.String(length=8), nullable=False, comment="site, space, group or person"),
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False, comment="id of the space, name of the group, handle of the person"),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False, comment="when it was made, ms since the epoch, UTC"),
        sa.Column("last_fetched", sa.BigInteger(), nullable=True, comment="to the minute"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_feeds")),
        sa.UniqueConstraint("digest", name=op.f("uq_calendar_feeds_digest")),
    )
    op.create_index(op.f("ix_calendar_feeds_at_id"), "calendar_feeds", ["at", "id"])
    op.create_table(
        "subscriptions",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("site", sa.String(length=64), nullable=True),
        sa.Column("spaces", sa.JSON(), nullable=False),
        sa.Column("events", sa.JSON(), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("rhythm", sa.String(length=8), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False, comment="signs, and so cannot be kept as a digest"),
        sa.Column("secret_before", sa.Text(), nullable=True),
        sa.Column("secret_before_until", sa.BigInteger(), nullable=True),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("after_number", sa.BigInteger(), nullable=False, comment="of decisions"),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("paused", sa.String(length=16), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("failing_since", sa.BigInteger(), nullable=True),
        sa.Column("not_before", sa.BigInteger(), nullable=True),
        sa.Column("last_ok", sa.BigInteger(), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscriptions")),
    )
    op.create_index(op.f("ix_subscriptions_made_at_id"), "subscriptions", ["made_at", "id"])
    op.create_table(
        "deliveries",
        sa.Column(
            "number",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
            comment="the order in which they were queued",
        ),
        sa.Column("id", sa.String(length=64), nullable=False, comment="the webhook-id, the same at every try"),
        sa.Column("subscription", sa.String(length=32), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("type", sa.String(length=32), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("next_at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("first_try_at", sa.BigInteger(), nullable=True),
        sa.Column("sent_at", sa.BigInteger(), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=False),
        sa.Column("claim", sa.String(length=32), nullable=True, comment="of the courier that is sending it"),
        sa.Column("claimed_until", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["subscription"],
            ["subscriptions.id"],
            name=op.f("fk_deliveries_subscription_subscriptions"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_deliveries")),
        sa.UniqueConstraint("id", name=op.f("uq_deliveries_id")),
    )
    op.create_index(op.f("ix_deliveries_state_next_at"), "deliveries", ["state", "next_at"])
    op.create_index(op.f("ix_deliveries_subscription_number"), "deliveries", ["subscription", "number"])
    op.create_table(
        "notice_cursor",
        sa.Column("name", sa.String(length=16), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False, comment="all decisions up to it were read"),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_notice_cursor")),
    )
    op.create_table(
        "notice_alerts",
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("raised_at", sa.BigInteger(), nullable=False),
        sa.Column("heard_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("site", "key", name=op.f("pk_notice_alerts")),
    )


def downgrade() -> None:
    op.drop_table("notice_alerts")
    op.drop_table("notice_cursor")
    op.drop_index(op.f("ix_deliveries_subscription_number"), table_name="deliveries")
    op.drop_index(op.f("ix_deliveries_state_next_at"), table_name="deliveries")
    op.drop_table("deliveries")
    op.drop_index(op.f("ix_subscriptions_made_at_id"), table_name="subscriptions")
    op.drop_table("subscriptions")
    op.drop_index(op.f("ix_calendar_feeds_at_id"), table_name="calendar_feeds")
    op.drop_table("calendar_feeds")
