"""Shows, seats, owner keys and sessions."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "shows",
        sa.Column("show", sa.String(10), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("description", sa.String(5_000), nullable=False),
        sa.Column("language", sa.String(35), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("created_ms", sa.Integer, nullable=False),
        sa.Column("starts_ms", sa.Integer),
        sa.Column("epoch_ms", sa.Integer),
        sa.Column("ended_ms", sa.Integer),
        sa.Column("duration_s", sa.Float),
        sa.Column("host_key", sa.LargeBinary(32), nullable=False),
        sa.CheckConstraint("state in ('planned', 'live', 'ended')", name="state"),
        sa.PrimaryKeyConstraint("show", name="pk_shows"),
    )
    op.create_index("ix_shows_host_key", "shows", ["host_key"], unique=True)
    op.create_table(
        "seats",
        sa.Column("seat", sa.String(10), nullable=False),
        sa.Column("show", sa.String(10), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("role", sa.String(10), nullable=False),
        sa.Column("created_ms", sa.Integer, nullable=False),
        sa.Column("token", sa.LargeBinary(32), nullable=False),
        sa.CheckConstraint("role in ('host', 'speaker')", name="role"),
        sa.ForeignKeyConstraint(["show"], ["shows.show"], "fk_seats_show", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("seat", name="pk_seats"),
    )
    op.create_index("ix_seats_show", "seats", ["show"])
    op.create_index("ix_seats_token", "seats", ["token"], unique=True)
    op.create_table(
        "owner_keys",
        sa.Column("key", sa.LargeBinary(32), nullable=False),
        sa.Column("created_ms", sa.Integer, nullable=False),
        sa.Column("used_ms", sa.Integer),
        sa.PrimaryKeyConstraint("key", name="pk_owner_keys"),
    )
    op.create_table(
        "sessions",
        sa.Column("token", sa.LargeBinary(32), nullable=False),
        sa.Column("role", sa.String(10), nullable=False),
        sa.Column("show", sa.String(10)),
        sa.Column("created_ms", sa.Integer, nullable=False),
        sa.Column("expires_ms", sa.Integer, nullable=False),
        sa.CheckConstraint(
            "(role = 'owner' and show is null) or (role = 'host' and show is not null)",
            name="role",
        ),
        sa.ForeignKeyConstraint(["show"], ["shows.show"], "fk_sessions_show", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("token", name="pk_sessions"),
    )
    op.create_index("ix_sessions_expires_ms", "sessions", ["expires_ms"])


def downgrade() -> None:
    for table in ("sessions", "owner_keys", "seats", "shows"):
        op.drop_table(table)
