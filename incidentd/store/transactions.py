"""Transactions: each on a connection that stays taken out between them. To take it out and put it back costs more than
most of them do.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine

from incidentd.store.sqlite import WRITES


class Transactions:
    """On one engine. May be used from any thread: a connection is one transaction's at a time.

    `keeps`: nobody else takes turns with the engine's connections.
    """

    def __init__(self, engine: Engine, *, keeps: bool) -> None:
        self._engine = engine
        self._keeps = keeps
        self._idle: list[Connection] = []

    @contextmanager
    def begin(self, *, writes: bool) -> Iterator[Connection]:
        """Committed at the end. What failed is rolled back, and its connection not used again."""
        connection = self._taken_out()
        try:
            if connection.get_execution_options().get(WRITES, False) is not writes:
                connection.execution_options(**{WRITES: writes})
            with connection.begin():
                yield connection
        except BaseException:
            connection.close()
            raise
        if self._keeps:
            self._idle.append(connection)
        else:
            connection.close()

    def _taken_out(self) -> Connection:
        try:
            return self._idle.pop()
        except IndexError:
            return self._engine.connect()

    def close(self) -> None:
        """Gives all connections back."""
        while self._idle:
            self._idle.pop().close()
        self._engine.dispose()
