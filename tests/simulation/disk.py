"""A full disk: every transaction that wrote something fails at its commit, as SQLite says it, and is rolled back."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, event
from sqlalchemy.engine import Engine

from incidentd.store.sqlite import WRITES

_full = False
_commits = 0


def commits() -> int:
    """How many transactions have written something so far, in this process of ours."""
    return _commits


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
    global _commits
    if not connection.get_execution_options().get(WRITES, False):
        return
    _commits += 1
    if _full:
        error = sqlite3.OperationalError("database or disk is full")
        error.sqlite_errorcode, error.sqlite_errorname = sqlite3.SQLITE_FULL, "SQLITE_FULL"
        raise error
