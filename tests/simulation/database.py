"""The state of a life, read beside the product by a connection of our own: never through the code under test."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from abc import ABC, abstractmethod
from contextlib import closing
from functools import lru_cache
from pathlib import Path

from incidentd.store.opening import upgrade

NEVER_AT_REST = "state IN ('pending', 'sending', 'uncertain')"
AT_REST = ("places", "members", "certificates", "incidents", "events", "outbox")
"""What must not change where nothing happens; `sweeps` counts passes, and does not grow with the fleet."""

STATE_FILES = ("incidentd.db", "incidentd.db-wal", "incidentd.db-shm")
_MEMBERS = "SELECT uri, runs, unseen_since FROM members WHERE source = ?"
_HAS_TABLES = "SELECT 1 FROM sqlite_master WHERE name = 'outbox'"
_PLACES = "SELECT uri, unseen_since FROM places WHERE source = ?"


class Database(ABC):
    """What a life's state is kept on; it may be gone, or be another one than before."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, ...], tuple[object, tuple[object, ...]]] = {}

    @property
    @abstractmethod
    def url(self) -> str:
        """As `state.url` names it."""

    @property
    @abstractmethod
    def is_there(self) -> bool:
        """Whether it exists, with its tables."""

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
        version, known = self._version(), self._known.get(tables)
        if known is None or known[0] != version:
            rows = tuple(tuple(self._rows(f"SELECT * FROM {table} ORDER BY 1, 2, 3")) for table in tables)  # noqa: S608 - ours
            known = self._known[tables] = (version, rows)
        return known[1]

    def places_of(self, source: str) -> dict[str, tuple[str, bool]]:
        """By address: all that its members ever showed, as it is written down, and whether it is unseen by now."""
        found = {str(uri): ("", since is not None) for uri, since in self._rows(_PLACES, source)}
        for uri, runs, since in self._rows(_MEMBERS, source):
            shows, unseen = found[str(uri)]
            found[str(uri)] = (f"{shows}{runs}", unseen or since is not None)
        return found

    @abstractmethod
    def lose(self) -> None:
        """It is gone, with everything in it."""

    @abstractmethod
    def copy_to(self, target: Path) -> None:
        """A backup."""

    @abstractmethod
    def set_back_to(self, copy: Path) -> None:
        """It holds what a backup holds, and nothing else."""

    @abstractmethod
    def close(self) -> None:
        """Gives the connection back."""

    @abstractmethod
    def _version(self) -> object:
        """Another one after each commit."""

    @abstractmethod
    def _rows(self, query: str, *values: object) -> list[tuple[object, ...]]:
        """What a query finds, with `?` for each value."""


class FileDatabase(Database):
    """One SQLite file."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._path = folder / STATE_FILES[0]
        self._path.write_bytes(_empty_state())
        self._opened: tuple[int, sqlite3.Connection] | None = None
        self._with_tables: sqlite3.Connection | None = None

    @property
    def url(self) -> str:
        return f"sqlite:///{self._path}"

    @property
    def is_there(self) -> bool:
        if not self._path.exists():
            return False
        if self._connection() is not self._with_tables:  # no table is ever dropped
            self._with_tables = self._connection() if self._rows(_HAS_TABLES) else None
        return self._with_tables is not None

    def lose(self) -> None:
        for name in STATE_FILES:
            (self._path.parent / name).unlink(missing_ok=True)

    def copy_to(self, target: Path) -> None:
        with closing(sqlite3.connect(target)) as copy:
            self._connection().backup(copy)

    def set_back_to(self, copy: Path) -> None:
        shutil.copy(copy, self._path)

    def close(self) -> None:
        if self._opened is not None:
            self._opened[1].close()
            self._opened = None

    def _version(self) -> object:
        connection = self._connection()
        return connection, connection.execute("PRAGMA data_version").fetchone()[0]  # it counts others' commits

    def _rows(self, query: str, *values: object) -> list[tuple[object, ...]]:
        return list(self._connection().execute(query, values))

    def _connection(self) -> sqlite3.Connection:
        """One on the file that is there now."""
        inode = self._path.stat().st_ino
        if self._opened is None or self._opened[0] != inode:
            self.close()
            self._opened = inode, sqlite3.connect(f"file:{self._path}?mode=ro", uri=True)
        return self._opened[1]


@lru_cache(maxsize=1)
def _empty_state() -> bytes:
    """A database on the current schema: the migrations are not what is tried here."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / STATE_FILES[0]
        upgrade(f"sqlite:///{path}")
        return path.read_bytes()
