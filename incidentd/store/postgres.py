"""PostgreSQL: how to reach it, one writer at a time, and the time that all who share it go by.

Whatever a process that is paused, or cut off, leaves behind is given up by the server within seconds.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError, NoSuchModuleError

from incidentd.errors import StoreError
from incidentd.store.sqlite import WRITES

NAME = "postgresql"
READING: dict[str, Any] = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True, WRITES: False}
"""All that one transaction reads stood there at one moment."""
WRITING: dict[str, Any] = {"isolation_level": "READ COMMITTED", "postgresql_readonly": False, WRITES: True}
"""What is read after the turn has come is what the one before has written."""
CONNECTIONS = 8
"""Of one process at the most."""
_KEY = 0x1C1D_E27D
"""The first half of our advisory locks' number; the second is the schema's. Of this database only."""
_CONNECT_SECONDS = 5
_SILENT_SECONDS = 10

# For this transaction only: who pauses with a lock in hand is not borne for longer than anybody waits for it.
_HURRY = "set_config('idle_in_transaction_session_timeout', current_setting('lock_timeout'), true)"
_TURN = text(f"SELECT pg_advisory_xact_lock({_KEY}, hashtext(current_schema())), {_HURRY}")
_IMPATIENT = text("SET LOCAL lock_timeout = 200")
"""Milliseconds; a server looks for who waits for whom after a second (deadlock_timeout), and breaks one off."""
_READ_FIRST = ("meta", "sweeps", "members", "places", "certificates", "incidents", "events")
"""In the order in which they are read: who comes to them in the same order waits for nobody behind it."""
_ATTEMPTS = 150
_LOCKED = "55P03"
# Unqualified, so that whoever has to may put another clock before the server's own in the search path.
_TIME = text(f"SELECT clock_timestamp(), {_HURRY}")


def postgres_engine(address: URL, patience: timedelta) -> Engine:
    """An engine on a server. Nobody waits for another's lock longer than `patience`. Raises StoreError."""
    limits = _limits(round(patience.total_seconds() * 1000))
    try:
        return create_engine(
            address.set(drivername="postgresql+psycopg"),
            pool_size=CONNECTIONS,
            max_overflow=0,
            # A server that was restarted, or taken over by another, is asked anew and not given up.
            pool_pre_ping=True,
            hide_parameters=True,
            connect_args=_arguments(address) | {"options": f"{_asked(address)} {limits}".strip()},
        )
    except (ModuleNotFoundError, NoSuchModuleError):
        raise StoreError(
            "the state is on PostgreSQL, and its driver is not installed", hint="pip install 'incidentd[postgres]'"
        ) from None


def wait_for_turn(connection: Connection) -> None:
    """Nobody else writes until this transaction ends. It ends with it, however that ends."""
    connection.execute(_TURN)


def have_to_oneself(connection: Connection, tables: Iterable[str]) -> None:
    """Nobody so much as reads these tables until the transaction ends. Raises what the driver says of who does not end.

    Whoever reads has some of them already and is about to ask for the next: who waited for him would hold him up, and
    one of the two be broken off (postgresql.org/docs/current/explicit-locking.html, deadlocks). So it is tried for a
    moment, given up, and tried again: nobody stands behind it for longer than that.
    """
    as_read = sorted(
        tables, key=lambda name: (_READ_FIRST.index(name) if name in _READ_FIRST else len(_READ_FIRST), name)
    )
    names = ", ".join(map(connection.dialect.identifier_preparer.quote, as_read))
    if not names:
        return
    connection.execute(_IMPATIENT)
    for attempt in count(1):
        tried = connection.begin_nested()
        try:
            connection.execute(text(f"LOCK TABLE {names} IN ACCESS EXCLUSIVE MODE"))
        except DBAPIError as error:
            tried.rollback()
            if getattr(error.orig, "sqlstate", None) != _LOCKED or attempt == _ATTEMPTS:
                raise
        else:
            tried.commit()
            return


def time_at(connection: Connection) -> datetime:
    """The server's, as it is now: not as the transaction began. That may pause no longer than one that writes."""
    now: datetime = connection.execute(_TIME).scalar_one()
    return now


def _limits(patience_milliseconds: int) -> str:
    """What a paused process holds is let go, and what it had not committed is undone: others go on.

    Who only reads stands in nobody's way, and may take a while to make something of much that was read.
    """
    longest = 6 * patience_milliseconds
    return (
        f"-c lock_timeout={patience_milliseconds} -c idle_in_transaction_session_timeout={longest}"
        f" -c statement_timeout={longest} -c timezone=UTC"
    )


def _asked(address: URL) -> str:
    """What the URL itself asks the server for."""
    asked = address.query.get("options", "")
    return asked if isinstance(asked, str) else " ".join(asked)


def _arguments(address: URL) -> dict[str, Any]:
    """A connection that has died is noticed in seconds; of several hosts, the one that can be written to is taken."""
    ours = {
        "connect_timeout": _CONNECT_SECONDS,
        "application_name": "incidentd",
        "target_session_attrs": "read-write",
        "keepalives_idle": _SILENT_SECONDS,
        "keepalives_interval": 3,
        "keepalives_count": 3,
        "tcp_user_timeout": _SILENT_SECONDS * 1000,
    }
    return {name: value for name, value in ours.items() if name not in address.query}
