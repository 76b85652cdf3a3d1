"""The tables of residents: the only place where a name or a phone number of theirs is kept."""

import sqlalchemy as sa

from services.kit.database import metadata

_AT = sa.BigInteger
"""Instants are milliseconds UTC of the machine's clock."""

residents = sa.Table(
    "residents",
    metadata,
    sa.Column("handle", sa.String(16), primary_key=True, comment="all that bookings know of the person"),
    sa.Column("name", sa.Text, nullable=False, comment="empty: came with a passkey alone"),
    sa.Column("phone", sa.String(16), comment="E.164; nobody has shown that it is theirs, so it may stand twice"),
    sa.Column("language", sa.String(8), nullable=False),
    sa.Column("created_at", _AT, nullable=False),
    sa.Column("seen_at", _AT, nullable=False, comment="to the day"),
    sa.Column("code_hash", sa.String(64), nullable=False, comment="scrypt of the code that lets them in elsewhere"),
    sa.Column("code_until", _AT, comment="a code from the desk works once and until then; null: their own"),
    sa.Index(None, "phone"),
    sa.Index(None, "seen_at"),
)

sessions = sa.Table(
    "resident_sessions",
    metadata,
    sa.Column("digest", sa.String(64), primary_key=True, comment="SHA-256 of the cookie"),
    sa.Column("id", sa.String(16), nullable=False, unique=True, comment="by which it is ended from elsewhere"),
    sa.Column("handle", sa.String(16), sa.ForeignKey("residents.handle", ondelete="CASCADE"), nullable=False),
    sa.Column("device", sa.String(32), nullable=False, comment="kind of device, nothing that tells two apart"),
    sa.Column("created_at", _AT, nullable=False),
    sa.Column("seen_at", _AT, nullable=False, comment="to the day"),
    sa.Column("expires", _AT, nullable=False),
    sa.Index(None, "handle"),
    sa.Index(None, "expires"),
)

passkeys = sa.Table(
    "resident_passkeys",
    metadata,
    sa.Column("id", sa.String(1400), primary_key=True, comment="credential id, base64url"),
    sa.Column("handle", sa.String(16), sa.ForeignKey("residents.handle", ondelete="CASCADE"), nullable=False),
    sa.Column("public_key", sa.LargeBinary, nullable=False),
    sa.Column("sign_count", sa.BigInteger, nullable=False),
    sa.Column("device", sa.String(32), nullable=False),
    sa.Column("created_at", _AT, nullable=False),
    sa.Index(None, "handle"),
)

challenges = sa.Table(
    "resident_challenges",
    metadata,
    sa.Column("digest", sa.String(64), primary_key=True),
    sa.Column("handle", sa.String(16), nullable=False, comment="whose new passkey it is for; empty: a sign-in"),
    sa.Column("expires", _AT, nullable=False),
    sa.Index(None, "expires"),
)
"""What a passkey was asked to sign, so that each answer counts once."""
