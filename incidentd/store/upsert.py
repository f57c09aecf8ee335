"""Insert or replace in one statement. Both databases have it in the same words, SQLAlchemy under two names."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, CursorResult, Table
from sqlalchemy.dialects import postgresql, sqlite

from incidentd.errors import StoreError

Row = Mapping[str, Any]
"""One row to be written: column names and values."""


def insert_ignoring(connection: Connection, target: Table, rows: Sequence[Row]) -> None:
    """Writes the rows that break no uniqueness: those that are not there yet."""
    if rows:
        connection.execute(_insert(connection, target).on_conflict_do_nothing(), list(rows))


def insert_or_replace(connection: Connection, target: Table, rows: Sequence[Row], newer: str | None = None) -> int:
    """Writes the rows whole; how many were written. With `newer`: only over a row with a lower value in that column."""
    if not rows:
        return 0
    insert = _insert(connection, target)
    keys = [column.name for column in target.primary_key]
    changed = {name: insert.excluded[name] for name in rows[0] if name not in keys}
    where = target.c[newer] < insert.excluded[newer] if newer else None
    return connection.execute(
        insert.on_conflict_do_update(index_elements=keys, set_=changed, where=where), list(rows)
    ).rowcount


def new_id(made: CursorResult[Any]) -> int:
    """The number that a new row was given."""
    if made.inserted_primary_key is None:
        raise StoreError("the database did not say which row it made")
    return int(made.inserted_primary_key[0])


def _insert(connection: Connection, target: Table) -> postgresql.Insert | sqlite.Insert:
    return postgresql.insert(target) if connection.dialect.name == "postgresql" else sqlite.insert(target)
