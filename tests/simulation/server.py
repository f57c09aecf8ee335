"""A life's state on a real PostgreSQL, whose clock goes by the life's own time. One server for all lives of a process.

What the server tells of changes comes when it likes, so nobody listens to it here; the tests of real processes do.
"""

from __future__ import annotations

import atexit
import pickle
from collections.abc import Callable
from contextlib import ExitStack
from datetime import datetime
from functools import lru_cache
from pathlib import Path

import psycopg
from psycopg import sql
from sqlalchemy import Connection, event
from sqlalchemy.engine import Engine

from tests.postgres import Server, server_in_a_folder
from tests.simulation.database import Database

_CLOCK = """
CREATE SCHEMA told;
CREATE FUNCTION told.clock_timestamp() RETURNS timestamptz LANGUAGE sql
AS 'SELECT current_setting(''told.now'')::timestamptz';
"""
_PATH = "-c%20search_path%3Dpublic,told,pg_catalog"
_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
_COUNTERS = "SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = 'public' ORDER BY 1"
_AGAIN = "SELECT setval({}, {}, true)"
_now: Callable[[], datetime] | None = None


@lru_cache(maxsize=1)
def _server() -> Server:
    stack = ExitStack()
    atexit.register(stack.close)
    server = stack.enter_context(server_in_a_folder())
    with server.connected(server.template) as connection:
        connection.execute(_CLOCK)
    return server


@event.listens_for(Engine, "begin")
def _tell_time(connection: Connection) -> None:
    """To whoever goes by the server's clock in this transaction."""
    if _now is not None and connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SELECT set_config('told.now', %s, false)", (_now().isoformat(),))


class ServerDatabase(Database):
    """One database of it."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        global _now
        super().__init__()
        _now = now
        self._name = _server().migrated()
        self._connection: psycopg.Connection[tuple[object, ...]] | None = None

    @property
    def url(self) -> str:
        return _server().url(self._name, options=_PATH)

    @property
    def is_there(self) -> bool:
        return bool(self._rows("SELECT 1 FROM pg_tables WHERE tablename = 'outbox'"))

    def lose(self) -> None:
        """Those who worked on it are dead; what they left open is broken off."""
        for table, *_ in self._rows(_TABLES):
            if table != "alembic_version":
                self._do(sql.SQL("TRUNCATE {} RESTART IDENTITY CASCADE").format(sql.Identifier(str(table))))

    def copy_to(self, target: Path) -> None:
        tables = [str(name) for (name,) in self._rows(_TABLES) if name != "alembic_version"]
        rows = {name: self._rows(f"SELECT * FROM {name}") for name in tables}  # noqa: S608 - our own tables
        target.write_bytes(pickle.dumps((rows, self._rows(_COUNTERS))))

    def set_back_to(self, copy: Path) -> None:
        rows, counters = pickle.loads(copy.read_bytes())  # noqa: S301 - written by ourselves
        self._do(sql.SQL("SET session_replication_role = replica"))  # in any order
        for table, values in rows.items():
            for row in values:
                places = sql.SQL(", ").join(sql.Placeholder() * len(row))
                self._do(sql.SQL("INSERT INTO {} VALUES ({})").format(sql.Identifier(table), places), row)
        for name, last in counters:
            if last is not None:
                self._do(sql.SQL(_AGAIN).format(sql.Literal(name), sql.Literal(last)))
        self._do(sql.SQL("SET session_replication_role = DEFAULT"))

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
            _server().drop(self._name)

    def _version(self) -> object:
        return self._rows("SELECT pg_snapshot_xmax(pg_current_snapshot())::text")

    def _rows(self, query: str, *values: object) -> list[tuple[object, ...]]:
        return self._opened().execute(query.replace("?", "%s").encode(), values).fetchall()

    def _do(self, statement: sql.Composed | sql.SQL, values: tuple[object, ...] = ()) -> None:
        self._opened().execute(statement, values)

    def _opened(self) -> psycopg.Connection[tuple[object, ...]]:
        if self._connection is None:
            self._connection = _server().connected(self._name)
        return self._connection
