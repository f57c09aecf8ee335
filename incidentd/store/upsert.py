"""Insert or replace in one statement. Both databases have it in the same words, SQLAlchemy under two names."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Connection, CursorResult, Table
from sqlalchemy.dialects import postgresql, sqlite

from incidentd.errors import StoreError

_Insert = postgresql.Insert | sqlite.Insert
_COUNTED = {"preserve_rowcount": True}
Row = Mapping[str, Any]
"""One row to be written: column names and values."""


def insert_ignoring(connection: Connection, target: Table, rows: Sequence[Row]) -> None:
    """Writes the rows that break no uniqueness: those that are not there yet."""
    if rows:
        connection.execute(_ignoring(connection.dialect.name, target), list(rows))


def insert_or_replace(connection: Connection, target: Table, rows: Sequence[Row], newer: str | None = None) -> int:
    """Writes the rows whole; how many were written. With `newer`: only over a row with a lower value in that column."""
    if not rows:
        return 0
    replacing = _replacing(connection.dialect.name, target, tuple(rows[0]), newer)
    return connection.execute(replacing, list(rows), execution_options=_COUNTED).rowcount


def new_id(made: CursorResult[Any]) -> int:
    """The number that a new row was given."""
    if made.inserted_primary_key is None:
        raise StoreError("the database did not say which row it made")
    return int(made.inserted_primary_key[0])


@cache
def _ignoring(dialect: str, target: Table) -> _Insert:
    """Built once: building a statement costs more than running it."""
    return _insert(dialect, target).on_conflict_do_nothing()


@cache
def _replacing(dialect: str, target: Table, columns: tuple[str, ...], newer: str | None) -> _Insert:
    insert = _insert(dialect, target)
    keys = [column.name for column in target.primary_key]
    changed = {name: insert.excluded[name] for name in columns if name not in keys}
    where = target.c[newer] < insert.excluded[newer] if newer else None
    return insert.on_conflict_do_update(index_elements=keys, set_=changed, where=where)


def _insert(dialect: str, target: Table) -> _Insert:
    return postgresql.insert(target) if dialect == "postgresql" else sqlite.insert(target)
