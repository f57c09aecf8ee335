"""A PostgreSQL whose clock is told the time, so that what goes by the server's clock can be tried at any time.

A function of ours stands before the server's own in the search path, and says what it was told last.
"""

from datetime import datetime, timedelta
from typing import Any, cast
from urllib.parse import quote

from incidentd.store.interface import Lease, Store, Turn
from incidentd.store.opening import open_store
from incidentd.store.sql import SqlStore
from tests.postgres import Server

_OF_OURS = """
CREATE SCHEMA told;
CREATE TABLE told.times (at timestamptz NOT NULL);
INSERT INTO told.times VALUES (now());
CREATE FUNCTION told.clock_timestamp() RETURNS timestamptz LANGUAGE sql AS 'SELECT at FROM told.times';
"""


class ToldTimes:
    """A database whose clock stands still until it is told another time."""

    def __init__(self, server: Server) -> None:
        self._database = server.migrated()
        self.url = server.url(self._database, options=quote("-c search_path=public,told,pg_catalog"))
        self._tells = server.connected(self._database)
        self._tells.execute(_OF_OURS)

    def open(self) -> Store:
        """A store on it, in which each call that says what time it is tells the clock so."""
        return cast(Store, _AtTimes(open_store(self.url), self))

    def tell(self, now: datetime) -> None:
        """What time it is from now on."""
        self._tells.execute("UPDATE told.times SET at = %s", (now,))

    def close(self) -> None:
        """Gives its own connection back."""
        self._tells.close()


class _AtTimes:
    """A store whose calls that go by the server's clock are made at the time they name."""

    def __init__(self, store: SqlStore, times: ToldTimes) -> None:
        self._store, self._times = store, times

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def acquire(self, name: str, owner: str, lasts: timedelta, now: datetime) -> Lease | None:
        """At that time."""
        self._times.tell(now)
        return self._store.acquire(name, owner, lasts, now)

    def renew(self, lease: Lease, lasts: timedelta, now: datetime) -> Lease:
        """At that time."""
        self._times.tell(now)
        return self._store.renew(lease, lasts, now)

    def rest(self, lease: Lease, turn: Turn, now: datetime) -> timedelta:
        """At that time."""
        self._times.tell(now)
        return self._store.rest(lease, turn, now)

    def going_round(self, late: timedelta, now: datetime) -> frozenset[str]:
        """At that time."""
        self._times.tell(now)
        return self._store.going_round(late, now)

    def done(self, lease: Lease, turn: Turn, spent: timedelta, now: datetime) -> None:
        """At that time."""
        self._times.tell(now)
        self._store.done(lease, turn, spent, now)

    def take_call(self, name: str, most: int, window: timedelta, now: datetime) -> timedelta:
        """At that time."""
        self._times.tell(now)
        return self._store.take_call(name, most, window, now)
