"""Residents: people who ask for space themselves; and what is theirs is found by their handle."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_THEIRS = ("bookings", "requests", "offers")


def upgrade() -> None:
    op.create_table(
        "residents",
        sa.Column("handle", sa.String(length=16), nullable=False, comment="all that bookings know of the person"),
        sa.Column("name", sa.Text(), nullable=False, comment="empty: came with a passkey alone"),
        sa.Column(
            "phone",
            sa.String(length=16),
            nullable=True,
            comment="E.164; nobody has shown that it is theirs, so it may stand twice",
        ),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False, comment="to the day"),
        sa.Column(
            "code_hash", sa.String(length=64), nullable=False, comment="scrypt of the code that lets them in elsewhere"
        ),
        sa.Column(
            "code_until",
            sa.BigInteger(),
            nullable=True,
            comment="a code from the desk works once and until then; null: their own",
        ),
        sa.PrimaryKeyConstraint("handle", name=op.f("pk_residents")),
    )
    op.create_index(op.f("ix_residents_phone"), "residents", ["phone"])
    op.create_index(op.f("ix_residents_seen_at"), "residents", ["seen_at"])
    op.create_table(
        "resident_sessions",
        sa.Column("digest", sa.String(length=64), nullable=False, comment="SHA-256 of the cookie"),
        sa.Column("id", sa.String(length=16), nullable=False, comment="by which it is ended from elsewhere"),
        sa.Column("handle", sa.String(length=16), nullable=False),
        sa.Column(
            "device", sa.String(length=32), nullable=False, comment="kind of device, nothing that tells two apart"
        ),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False, comment="to the day"),
        sa.Column("expires", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["handle"], ["residents.handle"], name=op.f("fk_resident_sessions_handle_residents"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_resident_sessions")),
        sa.UniqueConstraint("id", name=op.f("uq_resident_sessions_id")),
    )
    op.create_index(op.f("ix_resident_sessions_handle"), "resident_sessions", ["handle"])
    op.create_index(op.f("ix_resident_sessions_expires"), "resident_sessions", ["expires"])
    op.create_table(
        "resident_passkeys",
        sa.Column("id", sa.String(length=1400), nullable=False, comment="credential id, base64url"),
        sa.Column("handle", sa.String(length=16), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("device", sa.String(length=32), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["handle"], ["residents.handle"], name=op.f("fk_resident_passkeys_handle_residents"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_resident_passkeys")),
    )
    op.create_index(op.f("ix_resident_passkeys_handle"), "resident_passkeys", ["handle"])
    op.create_table(
        "resident_challenges",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column(
            "handle", sa.String(length=16), nullable=False, comment="whose new passkey it is for; empty: a sign-in"
        ),
        sa.Column("expires", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_resident_challenges")),
    )
    op.create_index(op.f("ix_resident_challenges_expires"), "resident_challenges", ["expires"])
    for table in _THEIRS:
        op.create_index(op.f(f"ix_{table}_group"), table, ["group"])
    op.create_index(op.f("ix_decisions_request"), "decisions", ["request"])


def downgrade() -> None:
    op.drop_index(op.f("ix_decisions_request"), table_name="decisions")
    for table in reversed(_THEIRS):
        op.drop_index(op.f(f"ix_{table}_group"), table_name=table)
    for table in ("resident_challenges", "resident_passkeys", "resident_sessions", "residents"):
        op.drop_table(table)
