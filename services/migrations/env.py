"""Alembic's entrance: runs the migrations on the connection it is given."""

from alembic import context

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=context.config.attributes.get("metadata"),
    render_as_batch=connection.dialect.name == "sqlite",
    # Alembic commits after each step on SQLite, and another part that starts in the same second would get in between.
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
