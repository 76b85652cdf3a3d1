"""The tables of the catalogue, portable between SQLite and PostgreSQL."""

import sqlalchemy as sa

from services.kit.database import metadata

_NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")  # SQLite counts up by itself only in INTEGER


def _number() -> sa.Column[int]:
    """Keep the order in which entries came: the board shows spaces in the order of the community file."""
    return sa.Column("number", _NUMBER, primary_key=True, autoincrement=True)


sites = sa.Table(
    "sites",
    metadata,
    _number(),
    sa.Column("id", sa.String(64), nullable=False, unique=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("timezone", sa.Text, nullable=False),
    sa.Column("hours", sa.JSON, nullable=False, comment="opening hours in the site's zone"),
)

spaces = sa.Table(
    "spaces",
    metadata,
    _number(),
    sa.Column("site", sa.String(64), sa.ForeignKey("sites.id"), nullable=False),
    sa.Column("id", sa.String(64), nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("capacity", sa.Integer, nullable=False),
    sa.Column("functions", sa.JSON, nullable=False),
    sa.Column("features", sa.JSON, nullable=False),
    sa.Column("group", sa.Text, nullable=False),
    sa.Column("hours", sa.JSON, nullable=False, comment="opening hours in the site's zone"),
    sa.Column("cleaning_min", sa.Integer, nullable=False, comment="after every use"),
    sa.Column("capacity_by_function", sa.JSON, nullable=False),
    sa.UniqueConstraint("site", "id"),
)

space_parts = sa.Table(
    "space_parts",
    metadata,
    sa.Column("site", sa.String(64), primary_key=True),
    sa.Column("space", sa.String(64), primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True, comment="place in the list of parts, from 0"),
    sa.Column("part", sa.String(64), nullable=False),
    sa.ForeignKeyConstraint(["site", "space"], ["spaces.site", "spaces.id"], name="fk_space_parts_space_spaces"),
    sa.ForeignKeyConstraint(["site", "part"], ["spaces.site", "spaces.id"], name="fk_space_parts_part_spaces"),
)

devices = sa.Table(
    "devices",
    metadata,
    _number(),
    sa.Column("site", sa.String(64), nullable=False),
    sa.Column("id", sa.String(64), nullable=False),
    sa.Column("space", sa.String(64), nullable=False),
    sa.Column("kind", sa.String(64), nullable=False),
    sa.Column("codec", sa.Text),
    sa.Column("topic", sa.Text),
    sa.Column("heartbeat_s", sa.Double),
    sa.UniqueConstraint("site", "id"),
    sa.ForeignKeyConstraint(["site", "space"], ["spaces.site", "spaces.id"]),
)

supply = sa.Table(
    "supply",
    metadata,
    _number(),
    sa.Column("site", sa.String(64), nullable=False),
    sa.Column("id", sa.String(64), nullable=False),
    sa.Column("space", sa.String(64), nullable=False),
    sa.Column("owner", sa.Text, nullable=False),
    sa.Column("functions", sa.JSON, nullable=False),
    sa.Column("days", sa.JSON, nullable=False),
    sa.Column("start", sa.String(5), nullable=False, comment="HH:MM in the site's zone"),
    sa.Column("end", sa.String(5), nullable=False, comment="HH:MM in the site's zone"),
    sa.Column("terms", sa.Text, nullable=False),
    sa.Column("rrule", sa.Text, comment="RFC 5545; null: the days of every week"),
    sa.Column("dtstart", sa.String(10), comment="local day"),
    sa.Column("exdate", sa.JSON, nullable=False, comment="local days"),
    sa.Column("rdate", sa.JSON, nullable=False, comment="local days"),
    sa.Column("valid_from", sa.String(10), comment="local day"),
    sa.Column("valid_until", sa.String(10), comment="local day, included"),
    sa.Column("groups", sa.JSON, nullable=False, comment="ids; none: every group"),
    sa.Column("notice_min", sa.Integer, nullable=False),
    sa.Column("recall", sa.JSON, nullable=False, comment="on which terms the lender may take it back"),
    sa.Column("rules", sa.Text, nullable=False, comment="house rules"),
    sa.Column("approval", sa.String(8), nullable=False, comment="auto or host"),
    sa.Column("approve_within_min", sa.Integer, nullable=False),
    sa.UniqueConstraint("site", "id"),
    sa.ForeignKeyConstraint(["site", "space"], ["spaces.site", "spaces.id"]),
)

holidays = sa.Table(
    "holidays",
    metadata,
    _number(),
    sa.Column("site", sa.String(64), sa.ForeignKey("sites.id"), nullable=False),
    sa.Column("id", sa.String(64), nullable=False),
    sa.Column("space", sa.String(64), comment="null: the whole site"),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("first_day", sa.String(10), nullable=False, comment="local day"),
    sa.Column("last_day", sa.String(10), comment="local day, included; null: one day"),
    sa.Column("hours", sa.JSON, nullable=False, comment="instead of the usual ones; none: closed"),
    sa.UniqueConstraint("site", "id"),
    sa.ForeignKeyConstraint(["site", "space"], ["spaces.site", "spaces.id"], name="fk_holidays_space_spaces"),
)

changeover = sa.Table(
    "changeover",
    metadata,
    _number(),
    sa.Column("site", sa.String(64), sa.ForeignKey("sites.id"), nullable=False),
    sa.Column("space", sa.String(64), comment="null: every space of the site"),
    sa.Column("before", sa.Text, nullable=False, comment="function, or * for any other"),
    sa.Column("after", sa.Text, nullable=False, comment="function, or * for any other"),
    sa.Column("minutes", sa.Integer, nullable=False),
    sa.ForeignKeyConstraint(["site", "space"], ["spaces.site", "spaces.id"], name="fk_changeover_space_spaces"),
)

groups = sa.Table(
    "groups",
    metadata,
    _number(),
    sa.Column("site", sa.String(64), sa.ForeignKey("sites.id"), nullable=False),
    sa.Column("id", sa.String(64), nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("priority", sa.Integer, nullable=False),
    sa.Column("weekly_quota_min", sa.Integer, comment="null: no limit"),
    sa.Column("points", sa.Integer, nullable=False),
    sa.Column("function", sa.Text, nullable=False, comment="of bookings that do not say"),
    sa.UniqueConstraint("site", "id"),
)

standing = sa.Table(
    "standing",
    metadata,
    _number(),
    sa.Column("site", sa.String(64), nullable=False),
    sa.Column("id", sa.String(64), nullable=False),
    sa.Column("space", sa.String(64), nullable=False),
    sa.Column("group", sa.Text, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("people", sa.Integer, nullable=False),
    sa.Column("function", sa.Text, nullable=False),
    sa.Column("start", sa.String(5), nullable=False, comment="HH:MM in the site's zone"),
    sa.Column("end", sa.String(5), nullable=False, comment="HH:MM in the site's zone"),
    sa.Column("protected", sa.Boolean, nullable=False),
    sa.Column("rrule", sa.Text, nullable=False, comment="RFC 5545"),
    sa.Column("dtstart", sa.String(10), nullable=False, comment="local day"),
    sa.Column("exdate", sa.JSON, nullable=False, comment="local days"),
    sa.Column("rdate", sa.JSON, nullable=False, comment="local days"),
    sa.UniqueConstraint("site", "id"),
    sa.ForeignKeyConstraint(["site", "space"], ["spaces.site", "spaces.id"]),
)

settings = sa.Table(
    "settings",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False, comment="always 1: there is one row"),
    sa.Column("version", sa.BigInteger, nullable=False, comment="counts every change of the catalogue"),
    # JSON as text: a limit may be infinite, which Python's JSON keeps and PostgreSQL's json type refuses.
    sa.Column("policy", sa.Text, comment="null: the defaults"),
)

entry_versions = sa.Table(
    "entry_versions",
    metadata,
    sa.Column("table", sa.String(16), primary_key=True),
    sa.Column("key", sa.String(160), primary_key=True, comment="site, site/id; of the policy empty"),
    sa.Column("version", sa.BigInteger, nullable=False, comment="of the catalogue, when the entry changed last"),
)

floor_plans = sa.Table(
    "floor_plans",
    metadata,
    _number(),
    sa.Column("site", sa.String(64), sa.ForeignKey("sites.id", ondelete="CASCADE"), nullable=False),
    sa.Column("id", sa.String(64), nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("svg", sa.Text, comment="sanitised; null: areas alone"),
    sa.Column("view_box", sa.JSON, nullable=False, comment="x, y, width, height"),
    sa.Column("areas", sa.JSON, nullable=False, comment="rectangles of spaces, in units of the view box"),
    sa.Column("version", sa.BigInteger, nullable=False),
    sa.UniqueConstraint("site", "id"),
)

users = sa.Table(
    "users",
    metadata,
    sa.Column("name", sa.String(64), primary_key=True),
    sa.Column("password_hash", sa.Text, nullable=False, comment="argon2id; empty: signs in elsewhere alone"),
    sa.Column("role", sa.String(16), nullable=False),
    sa.Column("language", sa.String(8), nullable=False),
    sa.Column("spaces", sa.JSON, nullable=False, comment="site or site/space; none: everywhere"),
    sa.Column("email", sa.String(254), nullable=False, comment="empty: none given"),
    sa.Column("issuer", sa.String(255), comment="of OpenID Connect; null: known here alone"),
    sa.Column("subject", sa.String(255), comment="how the issuer names the person"),
    sa.Column("signed_in_at", sa.BigInteger, comment="ms since the epoch, UTC; null: never yet"),
    sa.UniqueConstraint("issuer", "subject"),
)

sessions = sa.Table(
    "sessions",
    metadata,
    sa.Column("digest", sa.String(64), primary_key=True, comment="SHA-256 of the session id"),
    sa.Column("user", sa.String(64), sa.ForeignKey("users.name", ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("expires", sa.BigInteger, nullable=False, index=True, comment="ms since the epoch, UTC"),
    sa.Column("opened_at", sa.BigInteger, nullable=False, comment="ms since the epoch, UTC"),
    sa.Column("seen_at", sa.BigInteger, nullable=False, comment="last use, to the minute"),
    sa.Column("address", sa.String(64), nullable=False, comment="from where it was opened"),
    sa.Column("agent", sa.String(200), nullable=False, comment="what the browser says it is"),
)

tokens = sa.Table(
    "tokens",
    metadata,
    sa.Column("name", sa.String(64), primary_key=True),
    sa.Column("digest", sa.String(64), nullable=False, unique=True, comment="SHA-256 of the token"),
    sa.Column("role", sa.String(16), nullable=False),
    sa.Column("language", sa.String(8), nullable=False),
    sa.Column("spaces", sa.JSON, nullable=False, comment="site or site/space; none: everywhere"),
    sa.Column("scopes", sa.JSON, nullable=False, comment="such as bookings:read; none: all that the role may"),
    sa.Column("created_at", sa.BigInteger, comment="ms since the epoch, UTC; null: before this was kept"),
    sa.Column("created_by", sa.String(64), nullable=False, comment="user or token; empty: the command line"),
    sa.Column("expires", sa.BigInteger, comment="ms since the epoch, UTC; null: never"),
    sa.Column("used_at", sa.BigInteger, comment="last use, to the minute; null: never yet"),
)

sign_ins = sa.Table(
    "sign_ins",
    metadata,
    sa.Column("state", sa.String(64), primary_key=True, comment="SHA-256 of what the provider is asked to send back"),
    sa.Column("nonce", sa.String(64), nullable=False),
    sa.Column("verifier", sa.String(128), nullable=False, comment="of PKCE"),
    sa.Column("expires", sa.BigInteger, nullable=False, index=True, comment="ms since the epoch, UTC"),
)
"""Sign-ins begun at an OpenID provider and not ended yet: each ends once."""
