"""Standings and mutes of seats, invitations, guests' sessions."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    add_invitations()
    # SQLite cannot alter a constraint: new tables, the old rows, the old names.
    change_seats()
    change_sessions()


def add_invitations() -> None:
    op.create_table(
        "invitations",
        sa.Column("invitation", sa.String(10), nullable=False),
        sa.Column("show", sa.String(10), nullable=False),
        sa.Column("role", sa.String(10), nullable=False),
        sa.Column("standing", sa.String(10), nullable=False),
        sa.Column("name", sa.String(80)),
        sa.Column("uses_left", sa.Integer),
        sa.Column("expires_ms", sa.Integer),
        sa.Column("revoked_ms", sa.Integer),
        sa.Column("created_ms", sa.Integer, nullable=False),
        sa.Column("key", sa.LargeBinary(32), nullable=False),
        sa.CheckConstraint("role in ('cohost', 'speaker')", name="ck_invitations_role"),
        sa.CheckConstraint("standing in ('green', 'air')", name="ck_invitations_standing"),
        sa.ForeignKeyConstraint(
            ["show"], ["shows.show"], "fk_invitations_show", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("invitation", name="pk_invitations"),
    )
    op.create_index("ix_invitations_show", "invitations", ["show"])
    op.create_index("ix_invitations_key", "invitations", ["key"], unique=True)


def change_seats() -> None:
    op.create_table(
        "new_seats",
        sa.Column("seat", sa.String(10), nullable=False),
        sa.Column("show", sa.String(10), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("role", sa.String(10), nullable=False),
        sa.Column("standing", sa.String(10), nullable=False),
        sa.Column("mute", sa.String(10), nullable=False),
        sa.Column("held_by", sa.String(80)),
        sa.Column("origin", sa.String(10), nullable=False),
        sa.Column("invitation", sa.String(10)),
        sa.Column("created_ms", sa.Integer, nullable=False),
        sa.Column("token", sa.LargeBinary(32), nullable=False),
        sa.CheckConstraint("role in ('host', 'cohost', 'speaker')", name="ck_seats_role"),
        sa.CheckConstraint("standing in ('green', 'air', 'off', 'out')", name="ck_seats_standing"),
        sa.CheckConstraint("mute in ('open', 'muted', 'held')", name="ck_seats_mute"),
        sa.CheckConstraint(
            "origin in ('key', 'token', 'invitation', 'hand')", name="ck_seats_origin"
        ),
        sa.ForeignKeyConstraint(["show"], ["shows.show"], "fk_seats_show", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["invitation"], ["invitations.invitation"], "fk_seats_invitation", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("seat", name="pk_seats"),
    )
    op.execute(
        "insert into new_seats (seat, show, name, role, standing, mute, origin, created_ms, token)"
        " select seat, show, name, role, 'air', 'open',"
        " case role when 'host' then 'key' else 'token' end, created_ms, token from seats"
    )
    op.drop_table("seats")
    op.rename_table("new_seats", "seats")
    op.create_index("ix_seats_show", "seats", ["show"])
    op.create_index("ix_seats_invitation", "seats", ["invitation"])
    op.create_index("ix_seats_token", "seats", ["token"], unique=True)


def change_sessions() -> None:
    op.create_table(
        "new_sessions",
        sa.Column("token", sa.LargeBinary(32), nullable=False),
        sa.Column("role", sa.String(10), nullable=False),
        sa.Column("show", sa.String(10)),
        sa.Column("seat", sa.String(10)),
        sa.Column("created_ms", sa.Integer, nullable=False),
        sa.Column("expires_ms", sa.Integer, nullable=False),
        sa.CheckConstraint(
            "(role = 'owner' and show is null and seat is null)"
            " or (role = 'host' and show is not null and seat is null)"
            " or (role = 'guest' and show is not null and seat is not null)",
            name="ck_sessions_role",
        ),
        sa.ForeignKeyConstraint(["show"], ["shows.show"], "fk_sessions_show", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["seat"], ["seats.seat"], "fk_sessions_seat", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("token", name="pk_sessions"),
    )
    op.execute(
        "insert into new_sessions (token, role, show, created_ms, expires_ms)"
        " select token, role, show, created_ms, expires_ms from sessions"
    )
    op.drop_table("sessions")
    op.rename_table("new_sessions", "sessions")
    op.create_index("ix_sessions_expires_ms", "sessions", ["expires_ms"])
    op.create_index("ix_sessions_seat", "sessions", ["seat"])


def downgrade() -> None:
    raise NotImplementedError("put back a copy of the database that the older version made")
