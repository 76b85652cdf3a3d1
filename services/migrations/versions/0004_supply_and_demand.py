"""Opening hours, holidays, recurring supply with terms, changeover, groups; approval, series, choices of a wish."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_NO_LIST = sa.text("'[]'")


def _columns() -> dict[str, tuple[sa.Column[Any], ...]]:
    """Table → its new columns. Added and dropped in place: copying `sites` would break what refers to it."""
    return {
        "sites": (
            sa.Column(
                "hours", sa.JSON(), nullable=False, server_default=_NO_LIST, comment="opening hours in the site's zone"
            ),
        ),
        "spaces": (
            sa.Column(
                "hours", sa.JSON(), nullable=False, server_default=_NO_LIST, comment="opening hours in the site's zone"
            ),
            sa.Column("cleaning_min", sa.Integer(), nullable=False, server_default="0", comment="after every use"),
            sa.Column("capacity_by_function", sa.JSON(), nullable=False, server_default=sa.text("'{}'")),
        ),
        "supply": (
            sa.Column("rrule", sa.Text(), nullable=True, comment="RFC 5545; null: the days of every week"),
            sa.Column("dtstart", sa.String(length=10), nullable=True, comment="local day"),
            sa.Column("exdate", sa.JSON(), nullable=False, server_default=_NO_LIST, comment="local days"),
            sa.Column("rdate", sa.JSON(), nullable=False, server_default=_NO_LIST, comment="local days"),
            sa.Column("valid_from", sa.String(length=10), nullable=True, comment="local day"),
            sa.Column("valid_until", sa.String(length=10), nullable=True, comment="local day, included"),
            sa.Column("groups", sa.JSON(), nullable=False, server_default=_NO_LIST, comment="ids; none: every group"),
            sa.Column("notice_min", sa.Integer(), nullable=False, server_default="0"),
            sa.Column(
                "recall",
                sa.JSON(),
                nullable=False,
                server_default=_NO_LIST,
                comment="on which terms the lender may take it back",
            ),
            sa.Column("rules", sa.Text(), nullable=False, server_default="", comment="house rules"),
            sa.Column("approval", sa.String(length=8), nullable=False, server_default="auto", comment="auto or host"),
            sa.Column("approve_within_min", sa.Integer(), nullable=False, server_default="1440"),
        ),
    }


def _of_records() -> dict[str, tuple[sa.Column[Any], ...]]:
    return {
        "bookings": (
            sa.Column("answer_by", sa.BigInteger(), nullable=True),
            sa.Column("series", sa.String(length=64), nullable=True),
            sa.Column("occurrence", sa.String(length=10), nullable=True, comment="local day of the series"),
        ),
        "requests": (
            sa.Column("alternatives", sa.JSON(), nullable=False, server_default=_NO_LIST),
            sa.Column("min_duration_min", sa.Integer(), nullable=False, server_default="0"),
            sa.Column("walk_in", sa.Boolean(), nullable=False, server_default=sa.false()),
            sa.Column("season", sa.String(length=64), nullable=True),
        ),
    }


def upgrade() -> None:
    for table, columns in (*_columns().items(), *_of_records().items()):
        for column in columns:
            op.add_column(table, column)
    op.create_table(
        "standing",
        sa.Column("number", _NUMBER, autoincrement=True, nullable=False),
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("space", sa.String(length=64), nullable=False),
        sa.Column("group", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("function", sa.Text(), nullable=False),
        sa.Column("start", sa.String(length=5), nullable=False, comment="HH:MM in the site's zone"),
        sa.Column("end", sa.String(length=5), nullable=False, comment="HH:MM in the site's zone"),
        sa.Column("protected", sa.Boolean(), nullable=False),
        sa.Column("rrule", sa.Text(), nullable=False, comment="RFC 5545"),
        sa.Column("dtstart", sa.String(length=10), nullable=False, comment="local day"),
        sa.Column("exdate", sa.JSON(), nullable=False, comment="local days"),
        sa.Column("rdate", sa.JSON(), nullable=False, comment="local days"),
        sa.ForeignKeyConstraint(["site", "space"], ["spaces.site", "spaces.id"], name=op.f("fk_standing_site_spaces")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_standing")),
        sa.UniqueConstraint("site", "id", name=op.f("uq_standing_site_id")),
    )
    op.create_table(
        "series",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("group", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("segments", sa.JSON(), nullable=False, comment="place, time and rule, each from a local day on"),
        sa.Column("last_day", sa.String(length=10), nullable=False, comment="local day, included"),
        sa.Column("function", sa.Text(), nullable=False),
        sa.Column("protected", sa.Boolean(), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("exceptions", sa.JSON(), nullable=False, comment="local days that no change of the series touches"),
        sa.Column("standing", sa.String(length=64), nullable=True, comment="id of the standing activity it comes from"),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_series")),
    )
    op.create_index(op.f("ix_bookings_series"), "bookings", ["series"])
    op.create_table(
        "holidays",
        sa.Column("number", _NUMBER, autoincrement=True, nullable=False),
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("space", sa.String(length=64), nullable=True, comment="null: the whole site"),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("first_day", sa.String(length=10), nullable=False, comment="local day"),
        sa.Column("last_day", sa.String(length=10), nullable=True, comment="local day, included; null: one day"),
        sa.Column("hours", sa.JSON(), nullable=False, comment="instead of the usual ones; none: closed"),
        sa.ForeignKeyConstraint(["site"], ["sites.id"], name=op.f("fk_holidays_site_sites")),
        sa.ForeignKeyConstraint(["site", "space"], ["spaces.site", "spaces.id"], name="fk_holidays_space_spaces"),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_holidays")),
        sa.UniqueConstraint("site", "id", name=op.f("uq_holidays_site_id")),
    )
    op.create_table(
        "changeover",
        sa.Column("number", _NUMBER, autoincrement=True, nullable=False),
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("space", sa.String(length=64), nullable=True, comment="null: every space of the site"),
        sa.Column("before", sa.Text(), nullable=False, comment="function, or * for any other"),
        sa.Column("after", sa.Text(), nullable=False, comment="function, or * for any other"),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["site"], ["sites.id"], name=op.f("fk_changeover_site_sites")),
        sa.ForeignKeyConstraint(["site", "space"], ["spaces.site", "spaces.id"], name="fk_changeover_space_spaces"),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_changeover")),
    )
    op.create_table(
        "groups",
        sa.Column("number", _NUMBER, autoincrement=True, nullable=False),
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("weekly_quota_min", sa.Integer(), nullable=True, comment="null: no limit"),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("function", sa.Text(), nullable=False, comment="of bookings that do not say"),
        sa.ForeignKeyConstraint(["site"], ["sites.id"], name=op.f("fk_groups_site_sites")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_groups")),
        sa.UniqueConstraint("site", "id", name=op.f("uq_groups_site_id")),
    )


def downgrade() -> None:
    for table in ("series", "standing", "groups", "changeover", "holidays"):
        op.drop_table(table)
    op.drop_index(op.f("ix_bookings_series"), "bookings")
    for table, columns in (*_columns().items(), *_of_records().items()):
        for column in columns:
            op.drop_column(table, column.name)
