"""Runs migrations on the connection, and in the transaction, of the caller: all of them, or none."""

from alembic import context

from incidentd.store.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
