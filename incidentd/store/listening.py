"""Listening: on PostgreSQL a process hears of what another has changed, and need not wait for its next round.

Word that is lost costs that wait and nothing else: what stands in the database is looked at in every round.
"""

from threading import Lock
from typing import Any

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import SQLAlchemyError

CHANNEL = "incidentd"
_TELL = text(f"SELECT pg_notify('{CHANNEL}', :from_whom)")


class Ear:
    """On a connection of its own, which is opened when it is first needed and after it was lost."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._connection: Any = None
        self._one_listens = Lock()

    def tell(self, connection: Connection) -> None:
        """All others hear, once the transaction is committed, that there is something to be looked at."""
        connection.execute(_TELL, {"from_whom": self._name()})

    def heard(self) -> bool:
        """True when another told of something since this was asked last, or may have. Does not wait."""
        driver: Any = self._engine.dialect.loaded_dbapi
        with self._one_listens:
            try:
                if self._connection is None:
                    self._connection = self._listening()
                    return True
                told = [note.payload for note in self._connection.notifies(timeout=0)]
            except (driver.Error, SQLAlchemyError):
                # The server is away, or every connection is at work: what happens meanwhile is found without word.
                self._lose()
                return False
            return any(whose != self._name() for whose in told)

    def close(self) -> None:
        """Gives the connection back."""
        with self._one_listens:
            self._lose()

    def _listening(self) -> Any:
        fairy = self._engine.raw_connection()
        connection: Any = fairy.driver_connection
        fairy.detach()
        try:
            connection.autocommit = True
            connection.execute(f"LISTEN {CHANNEL}")
        except BaseException:
            connection.close()
            raise
        return connection

    def _name(self) -> str:
        """The number of the server's process that listens for us: nobody else's while it does."""
        connection = self._connection
        return "" if connection is None else str(connection.info.backend_pid)

    def _lose(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = None
