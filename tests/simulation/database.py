"""The state of a life, read beside the product by a connection of our own: never through the code under test."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

NEVER_AT_REST = "state IN ('pending', 'sending', 'uncertain')"
AT_REST = ("places", "members", "certificates", "incidents", "events", "outbox")
"""What must not change where nothing happens; `sweeps` counts passes, and does not grow with the fleet."""


@dataclass(frozen=True, slots=True)
class Database:
    """One SQLite file, which may not exist yet, or no more."""

    path: Path

    @property
    def is_there(self) -> bool:
        """Whether it exists, with its tables."""
        if not self.path.exists():
            return False
        return bool(self._rows("SELECT 1 FROM sqlite_master WHERE name = 'outbox'"))

    @property
    def has_unfinished(self) -> bool:
        """Whether anything waits in the outbox."""
        return bool(self._rows(f"SELECT 1 FROM outbox WHERE {NEVER_AT_REST} LIMIT 1"))  # noqa: S608 - a constant

    @property
    def is_sending(self) -> bool:
        """Whether any intent stands as being sent."""
        return bool(self._rows("SELECT 1 FROM outbox WHERE state = 'sending' LIMIT 1"))

    def lease_owner(self, name: str) -> str | None:
        """Who holds a lease, or held it last; empty: it was given back; None: nobody ever did."""
        rows = self._rows("SELECT owner FROM leases WHERE name = ?", name)
        return str(rows[0][0]) if rows else None

    def rows_of(self, *tables: str) -> tuple[object, ...]:
        """Every row of some tables: two of these are equal exactly where nothing was changed."""
        with self._reading() as connection:
            return tuple(tuple(connection.execute(f"SELECT * FROM {table}")) for table in tables)  # noqa: S608 - ours

    def copy_to(self, target: Path) -> None:
        """A backup."""
        with self._reading() as connection, closing(sqlite3.connect(target)) as copy:
            connection.backup(copy)

    def _rows(self, query: str, *values: object) -> list[tuple[object, ...]]:
        with self._reading() as connection:
            return list(connection.execute(query, values))

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(f"file:{self.path}?mode=ro", uri=True)) as connection:
            yield connection
