"""Stewards of some spaces, tokens with scopes, sessions that are known, sign-in elsewhere, and the audit."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("users") as batch_op:
        batch_op.alter_column(
            "password_hash",
            existing_type=sa.Text(),
            existing_nullable=False,
            comment="argon2id; empty: signs in elsewhere alone",
        )
        batch_op.add_column(
            sa.Column(
                "spaces", sa.JSON(), nullable=False, comment="site or site/space; none: everywhere", server_default="[]"
            )
        )
        batch_op.add_column(
            sa.Column("email", sa.String(length=254), nullable=False, comment="empty: none given", server_default="")
        )
        batch_op.add_column(
            sa.Column(
                "issuer", sa.String(length=255), nullable=True, comment="of OpenID Connect; null: known here alone"
            )
        )
        batch_op.add_column(
            sa.Column("subject", sa.String(length=255), nullable=True, comment="how the issuer names the person")
        )
        batch_op.add_column(
            sa.Column(
                "signed_in_at", sa.BigInteger(), nullable=True, comment="ms since the epoch, UTC; null: never yet"
            )
        )
        batch_op.create_unique_constraint(op.f("uq_users_issuer_subject"), ["issuer", "subject"])
    # Whoever was signed in signs in again: nothing is known of those sessions.
    op.execute("DELETE FROM sessions")
    with op.batch_alter_table("sessions") as batch_op:
        batch_op.add_column(sa.Column("opened_at", sa.BigInteger(), nullable=False, comment="ms since the epoch, UTC"))
        batch_op.add_column(sa.Column("seen_at", sa.BigInteger(), nullable=False, comment="last use, to the minute"))
        batch_op.add_column(
            sa.Column("address", sa.String(length=64), nullable=False, comment="from where it was opened")
        )
        batch_op.add_column(
            sa.Column("agent", sa.String(length=200), nullable=False, comment="what the browser says it is")
        )
    with op.batch_alter_table("tokens") as batch_op:
        batch_op.add_column(
            sa.Column(
                "spaces", sa.JSON(), nullable=False, comment="site or site/space; none: everywhere", server_default="[]"
            )
        )
        batch_op.add_column(
            sa.Column(
                "scopes",
                sa.JSON(),
                nullable=False,
                comment="such as bookings:read; none: all that the role may",
                server_default="[]",
            )
        )
        batch_op.add_column(
            sa.Column(
                "created_at",
                sa.BigInteger(),
                nullable=True,
                comment="ms since the epoch, UTC; null: before this was kept",
            )
        )
        batch_op.add_column(
            sa.Column(
                "created_by",
                sa.String(length=64),
                nullable=False,
                comment="user or token; empty: the command line",
                server_default="",
            )
        )
        batch_op.add_column(
            sa.Column("expires", sa.BigInteger(), nullable=True, comment="ms since the epoch, UTC; null: never")
        )
        batch_op.add_column(
            sa.Column("used_at", sa.BigInteger(), nullable=True, comment="last use, to the minute; null: never yet")
        )
    # The defaults were for the rows that were there; new ones say everything themselves.
    for table, columns in (("users", ("spaces", "email")), ("tokens", ("spaces", "scopes", "created_by"))):
        with op.batch_alter_table(table) as batch_op:
            for column in columns:
                batch_op.alter_column(column, server_default=None)
    op.create_table(
        "sign_ins",
        sa.Column(
            "state", sa.String(length=64), nullable=False, comment="SHA-256 of what the provider is asked to send back"
        ),
        sa.Column("nonce", sa.String(length=64), nullable=False),
        sa.Column("verifier", sa.String(length=128), nullable=False, comment="of PKCE"),
        sa.Column("expires", sa.BigInteger(), nullable=False, comment="ms since the epoch, UTC"),
        sa.PrimaryKeyConstraint("state", name=op.f("pk_sign_ins")),
    )
    op.create_index(op.f("ix_sign_ins_expires"), "sign_ins", ["expires"])
    op.create_table(
        "audit",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False, comment="ms since the epoch, UTC"),
        sa.Column("kind", sa.String(length=8), nullable=False, comment="change, look or session"),
        sa.Column("event", sa.String(length=32), nullable=False, comment="of a session: signed_in, sign_in_failed …"),
        sa.Column("who", sa.String(length=64), nullable=False, comment="user or token; empty: nobody known"),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("via", sa.String(length=8), nullable=False, comment="session, token, password or oidc"),
        sa.Column("method", sa.String(length=8), nullable=False),
        sa.Column("route", sa.String(length=128), nullable=False, comment="template, such as /bookings/{id}/cancel"),
        sa.Column("params", sa.JSON(), nullable=False, comment="of the path"),
        sa.Column("site", sa.String(length=64), nullable=True),
        sa.Column("space", sa.String(length=64), nullable=True),
        sa.Column("status", sa.Integer(), nullable=True, comment="of HTTP; null: begun, and never heard of again"),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False, comment="names of what a body said, never what it said"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
    op.create_index(op.f("ix_audit_at"), "audit", ["at"])
    op.create_index(op.f("ix_audit_who_id"), "audit", ["who", "id"])
    op.create_index(op.f("ix_audit_site_id"), "audit", ["site", "id"])


def downgrade() -> None:
    op.drop_index(op.f("ix_audit_site_id"), table_name="audit")
    op.drop_index(op.f("ix_audit_who_id"), table_name="audit")
    op.drop_index(op.f("ix_audit_at"), table_name="audit")
    op.drop_table("audit")
    op.drop_index(op.f("ix_sign_ins_expires"), table_name="sign_ins")
    op.drop_table("sign_ins")
    with op.batch_alter_table("tokens") as batch_op:
        for column in ("used_at", "expires", "created_by", "created_at", "scopes", "spaces"):
            batch_op.drop_column(column)
    with op.batch_alter_table("sessions") as batch_op:
        for column in ("agent", "address", "seen_at", "opened_at"):
            batch_op.drop_column(column)
    with op.batch_alter_table("users") as batch_op:
        batch_op.drop_constraint(op.f("uq_users_issuer_subject"), type_="unique")
        for column in ("signed_in_at", "subject", "issuer", "email", "spaces"):
            batch_op.drop_column(column)
