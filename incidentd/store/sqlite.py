"""SQLite files: made private, opened so that a committed row survives a power cut, photographed for readers.

A reader gets the whole database as it stood, in memory: it takes no lock, leaves no file and needs no right to write.
"""

import os
import sqlite3
import stat
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any
from urllib.parse import quote

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.pool import QueuePool

from incidentd.errors import StoreError

RESTORE = "stop incidentd, keep the files, restore a backup; no -wal or -shm of another database may lie beside it"
WRITES = "incidentd_writes"
"""Execution option of a connection that is going to write: it takes the write lock at once, not half way."""
_FOLDER_MODE = 0o700
_FILE_MODE = 0o600
_TRIES = 20
_LOOKED_THROUGH_BYTES = 64 * 2**20
"""About as much as is looked through in half a second."""
CONNECTIONS = 4
"""Of one engine to one file."""
_MORE_THAN_ANY_VERSION = 2**32


def file_engine(path: Path, busy_timeout: timedelta) -> Engine:
    """An engine on a file, which is made (0600, its folders 0700) where it is missing. What is there is not changed.

    It stays with the file that it began with: another one in its place, or none, is an error.
    """
    _make_private(path)
    the_file = _TheFile(path)
    engine = _engine(lambda: the_file.opened(_durable(path, busy_timeout)), CONNECTIONS)
    event.listen(engine, "begin", lambda _: the_file.must_be_there(), insert=True)
    return engine


class FileVersion:
    """A number that is another one after every commit to a file, whoever made it: asking costs no transaction."""

    def __init__(self, path: Path, busy_timeout: timedelta) -> None:
        self._path, self._busy_timeout = path, busy_timeout
        self._the_file = _TheFile(path)
        self._connection: sqlite3.Connection | None = self._opened()
        self._closings = 0
        self._one_asks = Lock()

    def __call__(self) -> int:
        """The number now. Raises StoreError where the file is gone or another one, sqlite3.Error."""
        [[version]] = self.read("PRAGMA data_version")
        return self._closings * _MORE_THAN_ANY_VERSION + int(version)

    def read(self, statement: str) -> list[tuple[Any, ...]]:
        """What little is asked for whenever the number is another one. Raises as above."""
        self._the_file.must_be_there()
        with self._one_asks:
            if self._connection is None:
                self._connection = self._opened()
            return self._connection.execute(statement).fetchall()

    def close(self) -> None:
        """Gives the connection back. Another one is opened when it is needed, and says another number than before."""
        with self._one_asks:
            if self._connection is not None:
                self._connection.close()
            self._connection, self._closings = None, self._closings + 1

    def _opened(self) -> sqlite3.Connection:
        """It commits nothing itself: what it did would not count (sqlite.org/pragma.html#pragma_data_version)."""
        return self._the_file.opened(_connect(_uri(self._path, "?mode=rw"), self._busy_timeout))


def refuse_leftovers(path: Path, busy_timeout: timedelta) -> None:
    """Raises StoreError for what lies beside a database and does not belong to it, before SQLite makes one of both.

    As when a backup is put back beside the log of the state before. SQLite takes an empty file for a new database and
    throws the log away; any other file it mixes with the log, which shows in most cases.
    """
    log = log_of(path)
    if is_blank(log):
        return
    if is_blank(path):
        raise StoreError(
            f"the database is empty or gone, and {log.name} beside it holds what was written last",
            hint="put the database back beside its log, or a backup without the log; with neither it begins anew",
        )
    journal = path.with_name(f"{path.name}-journal")
    if not is_blank(journal):
        raise StoreError(
            f"{journal.name} lies beside it and is another database's: this one is written ahead, into {log.name}",
            hint="move the journal away",
        )
    if path.stat().st_size <= _LOOKED_THROUGH_BYTES:
        with closing(_connect(_uri(path, "?mode=ro"), busy_timeout)) as connection:
            found = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
        if found != "ok":
            raise StoreError("the database is damaged", hint=RESTORE)


def is_blank(path: Path) -> bool:
    """True where nothing is remembered: no file, or an empty one."""
    try:
        status = path.stat()
    except FileNotFoundError:
        return True
    return stat.S_ISREG(status.st_mode) and not status.st_size


def log_of(path: Path) -> Path:
    """What SQLite writes ahead."""
    return path.with_name(f"{path.name}-wal")


def settle_in(path: Path, busy_timeout: timedelta) -> None:
    """Makes a file private and written ahead. Only what is known to be ours: a mistyped path is not changed."""
    status = path.stat()
    if status.st_mode & 0o077 and status.st_uid == os.geteuid():
        path.chmod(_FILE_MODE)
    with closing(_connect(_uri(path, "?mode=rw"), busy_timeout)) as connection:
        _write_ahead(connection)


def memory_engine() -> Engine:
    """An engine on a database that lives as long as the engine does. One connection: callers take turns."""
    return _engine(lambda: _connect(":memory:", timedelta(0)), 1)


def photograph_engine(path: Path, busy_timeout: timedelta) -> Engine:
    """An engine on a copy in memory of a file that exists, as it is at the first use."""
    return _engine(lambda: _photograph(path, busy_timeout), 1)


def _engine(connect: Callable[[], Any], connections: int) -> Engine:
    first, compiled = _first_engine()
    pool = QueuePool(connect, pool_size=connections, max_overflow=0, dialect=first.dialect)
    options = {"compiled_cache": compiled}
    engine = Engine(pool, first.dialect, first.url, hide_parameters=True, execution_options=options)
    event.listen(engine, "begin", _begin)
    return engine


@cache
def _first_engine() -> tuple[Engine, dict[Any, Any]]:
    """One whose dialect, and whose compiled statements, all others share: to compile a statement costs as much as
    to run it a hundred times, and a process may open many databases after another."""
    engine = create_engine("sqlite://")
    with engine.connect():
        pass  # now the dialect knows the library that it speaks to
    engine.dispose()
    return engine, {}


class _TheFile:
    """Which file an engine began with. A deleted one can be written to for ever, and nobody will find it again."""

    def __init__(self, path: Path) -> None:
        self._path = os.fspath(path)
        self._began_with: tuple[int, int] | None = None

    def opened(self, connection: sqlite3.Connection) -> sqlite3.Connection:
        """Remembers the file behind the first connection."""
        self._began_with = self._began_with or self._now()
        return connection

    def must_be_there(self) -> None:
        """Raises StoreError for any other file, and for none."""
        if self._now() != self._began_with:
            raise StoreError(
                "the database was taken away, or another one put in its place, while it was in use",
                hint="stop incidentd, put in place what is to hold, start it again; without any it begins anew",
            )

    def _now(self) -> tuple[int, int] | None:
        try:
            status = os.stat(self._path)
        except FileNotFoundError:
            return None
        return status.st_dev, status.st_ino


def _begin(connection: Connection) -> None:
    # The driver of Python 3.11 opens no transaction for a SELECT, and a late one for a write; so it opens none at all.
    writes = connection.get_execution_options().get(WRITES, False)
    # Said to the driver itself: each of the many transactions of a pass would pay for what stands in between.
    connection.connection.cursor().execute("BEGIN IMMEDIATE" if writes else "BEGIN")


def _make_private(path: Path) -> None:
    """The file, empty, for its owner alone; SQLite gives its -wal and -shm the same mode."""
    for folder in reversed([folder for folder in path.parents if not folder.exists()]):
        folder.mkdir(mode=_FOLDER_MODE, exist_ok=True)
    try:
        # Never opened when it exists: closing any descriptor of it would drop this process's locks on it (POSIX fcntl).
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, _FILE_MODE))
    except FileExistsError:
        if not path.is_file():
            raise StoreError("this is no file", str(path), "point state.url at a file") from None


def _uri(path: Path, query: str = "") -> str:
    return f"file:{quote(os.fsencode(path.absolute()))}{query}"


def _connect(uri: str, busy_timeout: timedelta) -> sqlite3.Connection:
    # Threads take turns with a connection, so the driver's check that only its maker uses it is off.
    connection = sqlite3.connect(
        uri, uri=True, isolation_level=None, check_same_thread=False, timeout=busy_timeout.total_seconds()
    )
    connection.execute("PRAGMA foreign_keys = ON")
    return connection


def _durable(path: Path, busy_timeout: timedelta) -> sqlite3.Connection:
    # mode=rw: a file that was taken away is an error, never silently a new and empty state.
    connection = _connect(_uri(path, "?mode=rw"), busy_timeout)
    connection.execute("PRAGMA synchronous = FULL")
    return connection


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Switches the file to WAL, for good. Of several processes that try at once, all but one meet a lock."""
    for _ in range(_TRIES):
        try:
            mode = connection.execute("PRAGMA journal_mode = WAL").fetchone()[0]
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                raise
            # The switch does not wait for a lock; this does, as long as the busy time-out allows.
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("COMMIT")
            continue
        if mode != "wal":
            raise StoreError(
                "this file system cannot hold the state", hint="SQLite needs shared memory: no network disk"
            )
        return
    raise StoreError("the database is locked by another process", hint="stop the other process, or try again")


def _photograph(path: Path, busy_timeout: timedelta) -> sqlite3.Connection:
    log = log_of(path)
    for _ in range(_TRIES):
        if log.exists():
            return _copy(path, "?mode=ro", busy_timeout)
        # Nobody has it open. A reader that joins in would leave a -wal and a -shm; an immutable file is read without.
        before = _look(path)
        taken = _copy(path, "?immutable=1", busy_timeout)
        if not log.exists() and _look(path) == before:
            return taken
        taken.close()  # somebody wrote meanwhile: the copy may be torn
    raise StoreError("the database changes too fast to be read", str(path), "try again")


def _copy(path: Path, query: str, busy_timeout: timedelta) -> sqlite3.Connection:
    taken = _connect(":memory:", timedelta(0))
    with closing(_connect(_uri(path, query), busy_timeout)) as source:
        source.backup(taken)
    return taken


def _look(path: Path) -> tuple[int, int, int]:
    status = path.stat()
    return status.st_ino, status.st_size, status.st_mtime_ns
