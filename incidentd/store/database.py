"""The database behind a store: each call one transaction, one writer at a time, each failure in plain words.

SQLite takes one writer at a time by itself; on PostgreSQL a lock of the database's own sees to it, so that both are
asked the same and answer alike. Leases are apart from it: they are kept up while a long write goes on.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from threading import RLock
from typing import TypeVar

from sqlalchemy import Connection, Engine

from incidentd.errors import StoreError
from incidentd.store import leases, postgres, revisions
from incidentd.store.failures import in_words
from incidentd.store.interface import Lease
from incidentd.store.listening import Ear
from incidentd.store.revisions import Kind
from incidentd.store.sqlite import CONNECTIONS, WRITES, FileVersion
from incidentd.store.transactions import Transactions

T = TypeVar("T")


class Database:
    """One engine, and what was read through it at which revision. May be used from any thread."""

    def __init__(self, engine: Engine, where: str, *, read_only: bool, version: FileVersion | None) -> None:
        self.shared = engine.dialect.name == postgres.NAME
        """True where processes of several machines work on it."""
        reading, writing = (postgres.READING, postgres.WRITING) if self.shared else ({WRITES: False}, {WRITES: True})
        keeps = 0 if version is None else CONNECTIONS
        self._transactions = Transactions(engine, reading, writing, keeps=keeps)
        self.where = where
        self.read_only = read_only
        self._version = version
        self._ear = Ear(engine) if self.shared else None
        self._stood: tuple[int, Mapping[str, int]] | None = None
        self._in_turn = {kind: RLock() for kind in Kind}

    def read(self, work: Callable[[Connection], T]) -> T:
        """All that `work` reads stood there at one moment."""
        with in_words(self.where), self._transactions.begin(writes=False) as connection:
            return work(connection)

    def write(self, work: Callable[[Connection], T], lease: Lease | None = None, *, tells: bool = False) -> T:
        """Committed whole or not at all; nobody else writes meanwhile. Raises LeaseLost, StoreError.

        On a server the lease is held at the end only, until it is committed: a long write must not keep it from being
        renewed, and what was written under a lease that was taken meanwhile is undone.
        `tells`: whoever listens hears of it once it is committed.
        """
        with self._to_write() as connection:
            if self.shared:
                postgres.wait_for_turn(connection)
            if lease is not None:
                leases.require_lease(connection, lease, holds=not self.shared)
            done = work(connection)
            if lease is not None and self.shared:
                leases.require_lease(connection, lease)
            if tells and self._ear:
                self._ear.tell(connection)
            return done

    def heard(self) -> bool:
        """True when another process told of something since this was asked last. Does not wait; False on a file."""
        return self._ear is not None and self._ear.heard()

    def lease(self, work: Callable[[Connection, datetime], T], now: datetime) -> T:
        """A write to one lease, beside whatever else is written. Dated by the server's clock where there is one."""
        with self._to_write() as connection:
            return work(connection, self.time(connection, now))

    def time(self, connection: Connection, now: datetime) -> datetime:
        """The server's own, which all that share it go by; `now` where there is no server."""
        return postgres.time_at(connection) if self.shared else now

    @contextmanager
    def _to_write(self) -> Iterator[Connection]:
        if self.read_only:
            raise StoreError("the state was opened for looking only", self.where, "use a command that may write")
        with in_words(self.where), self._transactions.begin(writes=True) as connection:
            yield connection

    @contextmanager
    def in_turn(self, kind: Kind) -> Iterator[None]:
        """What this process knows of a kind moves on in the order in which it was written: one thread at a time.

        Who takes note of its write after a later one would leave what is known at neither, to be read again whole.
        """
        with self._in_turn[kind]:
            yield

    def unless_known(self, kind: Kind, known: tuple[int, T] | None, work: Callable[[Connection], T]) -> tuple[int, T]:
        """What was read at a revision; read again where it has moved on."""
        if known is not None and self.stands(kind, known[0]):
            return known

        def read(connection: Connection) -> tuple[int, T]:
            revision = revisions.revision(connection, kind)
            return known if known is not None and known[0] == revision else (revision, work(connection))

        return self.read(read)

    def stands(self, kind: Kind, revision: int) -> bool:
        """True while nobody has moved it on. False too where only a transaction can tell.

        The file's version is asked first: what is committed meanwhile makes it another one at the next look.
        """
        if self._version is None:
            return False
        with in_words(self.where):
            version = self._version()
            stood = self._stood
            if stood is None or stood[0] != version:
                stood = self._stood = (version, revisions.all_revisions(self._version))
        return stood[1][kind] == revision

    def close(self) -> None:
        """Gives the connections back."""
        if self._version is not None:
            self._version.close()
        if self._ear is not None:
            self._ear.close()
        self._transactions.close()
