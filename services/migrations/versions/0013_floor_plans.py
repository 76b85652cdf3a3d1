"""Floor plans, and with which version of the catalogue each entry changed last."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "entry_versions",
        sa.Column("table", sa.String(length=16), nullable=False),
        sa.Column("key", sa.String(length=160), nullable=False, comment="site, site/id; of the policy empty"),
        sa.Column("version", sa.BigInteger(), nullable=False, comment="of the catalogue, when the entry changed last"),
        sa.PrimaryKeyConstraint("table", "key", name=op.f("pk_entry_versions")),
    )
    op.create_table(
        "floor_plans",
        sa.Column("number", _NUMBER, autoincrement=True, nullable=False),
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("svg", sa.Text(), nullable=True, comment="sanitised; null: areas alone"),
        sa.Column("view_box", sa.JSON(), nullable=False, comment="x, y, width, height"),
        sa.Column("areas", sa.JSON(), nullable=False, comment="rectangles of spaces, in units of the view box"),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["site"], ["sites.id"], name=op.f("fk_floor_plans_site_sites"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_floor_plans")),
        sa.UniqueConstraint("site", "id", name=op.f("uq_floor_plans_site_id")),
    )


def downgrade() -> None:
    op.drop_table("floor_plans")
    op.drop_table("entry_versions")
