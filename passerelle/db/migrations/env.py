"""Alembic's entry: the connection comes from passerelle.db.migrate."""

from alembic import context

from passerelle.db.tables import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    compare_server_default=True,
)
with context.begin_transaction():
    context.run_migrations()
