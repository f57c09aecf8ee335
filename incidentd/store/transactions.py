"""Transactions: each on a connection that stays taken out between them. To take it out and put it back costs more than
most of them do.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from threading import BoundedSemaphore
from typing import Any

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import TimeoutError as NoConnection

PATIENCE_SECONDS = 30.0
"""Longer than a transaction may wait for another process."""


class Transactions:
    """On one engine. May be used from any thread: a connection is one transaction's at a time.

    `keeps`: so many connections stay taken out, which is all that the engine has; 0: others take turns with them. What
    is kept never goes back to the engine, so whoever finds all of them at work has to wait here, not there.
    `reading` and `writing` are the options of a connection that is going to do the one or the other.
    """

    def __init__(self, engine: Engine, reading: Mapping[str, Any], writing: Mapping[str, Any], *, keeps: int) -> None:
        self._engine = engine
        self._options = {False: reading, True: writing}
        self._turns = BoundedSemaphore(keeps) if keeps else None
        self._idle: list[Connection] = []

    @contextmanager
    def begin(self, *, writes: bool) -> Iterator[Connection]:
        """Committed at the end. What failed is rolled back, and its connection not used again."""
        with self._turn():
            connection = self._taken_out()
            try:
                options = self._options[writes]
                if not options.items() <= connection.get_execution_options().items():
                    connection.execution_options(**options)
                with connection.begin():
                    yield connection
            except BaseException:
                connection.close()
                raise
            if self._turns is not None:
                self._idle.append(connection)
            else:
                connection.close()

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """One of the connections that are kept is nobody else's meanwhile."""
        if self._turns is None:
            yield
            return
        if not self._turns.acquire(timeout=PATIENCE_SECONDS):
            raise NoConnection(f"every connection was at work for {PATIENCE_SECONDS:g} s")
        try:
            yield
        finally:
            self._turns.release()

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
