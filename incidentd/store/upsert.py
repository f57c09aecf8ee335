"""Insert or replace in one statement. Both databases have it in the same words, SQLAlchemy under two names."""

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import Connection, CursorResult, Table
from sqlalchemy.dialects import postgresql, sqlite

from incidentd.errors import StoreError

_Insert = postgresql.Insert | sqlite.Insert
_COUNTED = {"preserve_rowcount": True}
ROWS_AT_ONCE = 500
"""In one statement: of a large fleet, not all that is known stands there a second time, as rows on their way."""
T = TypeVar("T")
Row = Mapping[str, Any]
"""One row to be written: column names and values."""


def insert_ignoring(connection: Connection, target: Table, rows: Iterable[Row]) -> None:
    """Writes the rows that break no uniqueness: those that are not there yet."""
    for some in in_pieces(rows):
        connection.execute(_ignoring(connection.dialect.name, target), some)


def insert_or_replace(connection: Connection, target: Table, rows: Iterable[Row], newer: str | None = None) -> int:
    """Writes the rows whole; how many were written. With `newer`: only over a row with a lower value in that column."""
    written = 0
    for some in in_pieces(rows):
        replacing = _replacing(connection.dialect.name, target, tuple(some[0]), newer)
        written += connection.execute(replacing, some, execution_options=_COUNTED).rowcount
    return written


def in_pieces(rows: Iterable[T]) -> Iterator[list[T]]:
    """As many as are written at once; each is made when its turn comes."""
    rest = iter(rows)
    while some := list(islice(rest, ROWS_AT_ONCE)):
        yield some


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
