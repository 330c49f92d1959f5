"""Series, and what of a show is kept and for how long."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "series",
        sa.Column("series", sa.String(10), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("description", sa.String(5_000), nullable=False),
        sa.Column("author", sa.String(200), nullable=False),
        sa.Column("language", sa.String(35), nullable=False),
        sa.Column("category", sa.String(100), nullable=False),
        sa.Column("explicit", sa.Boolean, nullable=False),
        sa.Column("image", sa.String(200)),
        sa.Column("created_ms", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("series", name="pk_series"),
    )
    op.add_column(
        "shows", sa.Column("recorded", sa.Boolean, nullable=False, server_default=sa.true())
    )
    op.add_column("shows", sa.Column("keep_days", sa.Integer))
    # In words of SQLite: Alembic would add the reference in a statement of its own, which SQLite
    # does not have.
    op.execute("alter table shows add column series varchar(10) references series (series)")
    op.create_index("ix_shows_series", "shows", ["series"])


def downgrade() -> None:
    raise NotImplementedError("put back a copy of the database that the older version made")
