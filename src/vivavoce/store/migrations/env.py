"""Run by Alembic: applies migrations on the connection that ``store.schema`` hands over."""

from alembic import context

from vivavoce.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,  # SQLite cannot alter a column in place
)
with context.begin_transaction():
    context.run_migrations()
