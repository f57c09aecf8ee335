"""The state of a life, read beside the product by a connection of our own: never through the code under test."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

NEVER_AT_REST = "state IN ('pending', 'sending', 'uncertain')"
AT_REST = ("places", "members", "certificates", "incidents", "events", "outbox")
"""What must not change where nothing happens; `sweeps` counts passes, and does not grow with the fleet."""

_MEMBERS = "SELECT uri, runs, unseen_since FROM members WHERE source = ?"
_PLACES = "SELECT uri, unseen_since FROM places WHERE source = ?"


@dataclass
class Database:
    """One SQLite file, which may not exist yet, or no more, or be another one than before."""

    path: Path
    _opened: tuple[int, sqlite3.Connection] | None = None
    _known: dict[tuple[str, ...], tuple[object, tuple[object, ...]]] = field(default_factory=dict)

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

    @property
    def is_merging(self) -> bool:
        """Whether a merge stands as being sent."""
        return bool(self._rows("SELECT 1 FROM outbox WHERE state = 'sending' AND kind = 'merge' LIMIT 1"))

    def lease_owner(self, name: str) -> str | None:
        """Who holds a lease, or held it last; empty: it was given back; None: nobody ever did."""
        rows = self._rows("SELECT owner FROM leases WHERE name = ?", name)
        return str(rows[0][0]) if rows else None

    def rows_of(self, *tables: str) -> tuple[object, ...]:
        """Every row of some tables: two of these are equal exactly where nothing was changed."""
        connection = self._connection()
        version = (connection, connection.execute("PRAGMA data_version").fetchone()[0])  # it counts others' commits
        known = self._known.get(tables)
        if known is None or known[0] != version:
            rows = tuple(tuple(connection.execute(f"SELECT * FROM {table}")) for table in tables)  # noqa: S608 - ours
            known = self._known[tables] = (version, rows)
        return known[1]

    def places_of(self, source: str) -> dict[str, tuple[str, bool]]:
        """By address: all that its members ever showed, as it is written down, and whether it is unseen by now."""
        found = {str(uri): ("", since is not None) for uri, since in self._rows(_PLACES, source)}
        for uri, runs, since in self._rows(_MEMBERS, source):
            shows, unseen = found[str(uri)]
            found[str(uri)] = (f"{shows}{runs}", unseen or since is not None)
        return found

    def copy_to(self, target: Path) -> None:
        """A backup."""
        with closing(sqlite3.connect(target)) as copy:
            self._connection().backup(copy)

    def close(self) -> None:
        """Gives the connection back."""
        if self._opened is not None:
            self._opened[1].close()
            self._opened = None

    def _rows(self, query: str, *values: object) -> list[tuple[object, ...]]:
        return list(self._connection().execute(query, values))

    def _connection(self) -> sqlite3.Connection:
        """One on the file that is there now."""
        inode = self.path.stat().st_ino
        if self._opened is None or self._opened[0] != inode:
            self.close()
            self._opened = inode, sqlite3.connect(f"file:{self.path}?mode=ro", uri=True)
        return self._opened[1]
