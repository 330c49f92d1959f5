"""The tables, as SQLAlchemy sees them. Keys and tokens are kept as SHA-256, never themselves.

A change here needs a migration in ``migrations/versions``; a test compares the two.
"""

from typing import Final

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    true,
)

metadata: Final = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

series: Final = Table(
    "series",
    metadata,
    Column("series", String(10), primary_key=True),
    Column("title", String(200), nullable=False),
    Column("description", String(5_000), nullable=False),
    Column("author", String(200), nullable=False),
    Column("language", String(35), nullable=False),
    # One of Apple's list for podcasts, which others follow.
    Column("category", String(100), nullable=False),
    Column("explicit", Boolean, nullable=False),
    Column("image", String(200)),
    Column("created_ms", Integer, nullable=False),
)

# Times are Unix milliseconds, UTC, as on the show card.
shows: Final = Table(
    "shows",
    metadata,
    Column("show", String(10), primary_key=True),
    Column("version", Integer, nullable=False),
    Column("title", String(200), nullable=False),
    Column("description", String(5_000), nullable=False),
    Column("language", String(35), nullable=False),
    Column("state", String(10), nullable=False),
    Column("created_ms", Integer, nullable=False),
    Column("starts_ms", Integer),
    Column("epoch_ms", Integer),
    Column("ended_ms", Integer),
    Column("duration_s", Float),
    Column("host_key", LargeBinary(32), nullable=False),
    Column("recorded", Boolean, nullable=False, server_default=true()),
    # 0 is for ever; null is as the settings have it.
    Column("keep_days", Integer),
    Column("series", ForeignKey("series.series")),
    CheckConstraint("state in ('planned', 'live', 'ended')", name="state"),
    Index(None, "host_key", unique=True),
    Index(None, "series"),
)

seats: Final = Table(
    "seats",
    metadata,
    Column("seat", String(10), primary_key=True),
    Column("show", ForeignKey("shows.show", ondelete="CASCADE"), nullable=False),
    Column("name", String(80), nullable=False),
    Column("role", String(10), nullable=False),
    Column("standing", String(10), nullable=False),
    Column("mute", String(10), nullable=False),
    Column("held_by", String(80)),
    # What opens it: the show's own key, a token, an invitation, a raised hand.
    Column("origin", String(10), nullable=False),
    Column("invitation", ForeignKey("invitations.invitation", ondelete="CASCADE")),
    Column("created_ms", Integer, nullable=False),
    Column("token", LargeBinary(32), nullable=False),
    CheckConstraint("role in ('host', 'cohost', 'speaker')", name="role"),
    CheckConstraint("standing in ('green', 'air', 'off', 'out')", name="standing"),
    CheckConstraint("mute in ('open', 'muted', 'held')", name="mute"),
    CheckConstraint("origin in ('key', 'token', 'invitation', 'hand')", name="origin"),
    Index(None, "show"),
    Index(None, "invitation"),
    Index(None, "token", unique=True),
)

invitations: Final = Table(
    "invitations",
    metadata,
    Column("invitation", String(10), primary_key=True),
    Column("show", ForeignKey("shows.show", ondelete="CASCADE"), nullable=False),
    Column("role", String(10), nullable=False),
    Column("standing", String(10), nullable=False),
    Column("name", String(80)),
    Column("uses_left", Integer),
    Column("expires_ms", Integer),
    Column("revoked_ms", Integer),
    Column("created_ms", Integer, nullable=False),
    Column("key", LargeBinary(32), nullable=False),
    CheckConstraint("role in ('cohost', 'speaker')", name="role"),
    CheckConstraint("standing in ('green', 'air')", name="standing"),
    Index(None, "show"),
    Index(None, "key", unique=True),
)

owner_keys: Final = Table(
    "owner_keys",
    metadata,
    Column("key", LargeBinary(32), primary_key=True),
    Column("created_ms", Integer, nullable=False),
    Column("used_ms", Integer),
)

sessions: Final = Table(
    "sessions",
    metadata,
    Column("token", LargeBinary(32), primary_key=True),
    Column("role", String(10), nullable=False),
    Column("show", ForeignKey("shows.show", ondelete="CASCADE")),
    Column("seat", ForeignKey("seats.seat", ondelete="CASCADE")),
    Column("created_ms", Integer, nullable=False),
    Column("expires_ms", Integer, nullable=False),
    CheckConstraint(
        "(role = 'owner' and show is null and seat is null)"
        " or (role = 'host' and show is not null and seat is null)"
        " or (role = 'guest' and show is not null and seat is not null)",
        name="role",
    ),
    Index(None, "expires_ms"),
    Index(None, "seat"),
)
