"""A full disk: every transaction that wrote something fails at its commit, as SQLite says it, and is rolled back."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, event
from sqlalchemy.engine import Engine

from incidentd.store.sqlite import WRITES

_full = False


@contextmanager
def full_disk(is_full: bool = True) -> Iterator[None]:
    """Nothing can be committed inside, if so."""
    global _full
    _full = is_full
    try:
        yield
    finally:
        _full = False


@event.listens_for(Engine, "commit")
def _refuse(connection: Connection) -> None:
    if _full and connection.get_execution_options().get(WRITES, False):
        error = sqlite3.OperationalError("database or disk is full")
        error.sqlite_errorcode, error.sqlite_errorname = sqlite3.SQLITE_FULL, "SQLITE_FULL"
        raise error
