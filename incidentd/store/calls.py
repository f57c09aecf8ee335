"""Calls that were made lately, for budgets that all processes on one state share. Rows live for as long as they count.

SQLite takes one writer at a time, so nobody takes the same room twice.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, bindparam, delete, insert, or_, select
from sqlalchemy.engine import Connection

from incidentd.store import tables
from incidentd.store.leases import AHEAD

_CALLS = tables.calls.c
_OF_NAME = _CALLS.name == bindparam("called")

# Built once: building a statement costs more than running it.
_FORGET = delete(tables.calls).where(
    _OF_NAME, or_(_CALLS.at <= bindparam("over_at"), _CALLS.at > bindparam("not_after"))
)
_READ: Select[Any] = select(_CALLS.at).where(_OF_NAME).order_by(_CALLS.at)
_NOTE = insert(tables.calls)


def take_call(connection: Connection, name: str, most: int, window: timedelta, now: datetime) -> timedelta:
    """Zero, and one call of this name is written down; or how long until there is room, and nothing is.

    What is dated well ahead of now was written under a clock that ran ahead: it takes no room.
    """
    connection.execute(_FORGET, {"called": name, "over_at": now - window, "not_after": now + AHEAD})
    made: list[datetime] = list(connection.execute(_READ, {"called": name}).scalars())
    if len(made) >= most:
        return made[-most] + window - now
    connection.execute(_NOTE, {"name": name, "at": now})
    return timedelta(0)
