"""Leases: who may work, until when. A generation only ever grows; every write checks it in its own transaction."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, select, update

from incidentd.store import tables
from incidentd.store.interface import Lease, LeaseLost, Turn
from incidentd.store.upsert import insert_ignoring

AHEAD = timedelta(seconds=15)
"""Two processes' clocks may differ by so much; and one may have waited so long for the database after it asked its
clock (the busy time-out is 10 s): what another one wrote in between is no lease out of the future."""

_LEASES = tables.leases.c
_NOBODY = ""

# Built once: every step of a pass asks for a lease, and building a statement costs more than running it.
_OF_NAME = _LEASES.name == bindparam("lease")
_LOOK = select(tables.leases).where(_OF_NAME)
_READ = _LOOK.with_for_update()
_READ_UNLESS_TAKEN = _LOOK.with_for_update(skip_locked=True)
_TAKE = (
    update(tables.leases)
    .where(_OF_NAME)
    .values(owner=bindparam("taker"), generation=bindparam("next"), until=bindparam("last"))
)
_ALL = select(_LEASES.name, _LEASES.owner, _LEASES.until, _LEASES.due_at)
_DONE = update(tables.leases).where(_OF_NAME).values(due_at=bindparam("due"), done_as=bindparam("so"))
_LENGTHEN = update(tables.leases).where(_OF_NAME).values(until=bindparam("last"))
_GIVE_BACK = (
    update(tables.leases)
    .where(_OF_NAME, _LEASES.owner == bindparam("holder"), _LEASES.generation == bindparam("held"))
    .values(owner=_NOBODY)
)


def acquire_lease(connection: Connection, name: str, owner: str, lasts: timedelta, now: datetime) -> Lease | None:
    """The lease, one generation on, or None while another owner holds it.

    One that ends well after now + lasts was written under a clock that ran ahead: it holds nothing.
    """
    row = connection.execute(_READ_UNLESS_TAKEN, {"lease": name}).first() or _first(connection, name, now)
    if row is None:
        return None
    held = row.owner not in (_NOBODY, owner) and now < row.until <= now + lasts + AHEAD
    if held:
        return None
    lease = Lease(name, owner, row.generation + 1, now + lasts)
    connection.execute(_TAKE, {"lease": name, "taker": owner, "next": lease.generation, "last": lease.until})
    return lease


def _first(connection: Connection, name: str, now: datetime) -> Row[Any] | None:
    """A lease that nobody ever held. None for one that another process is at at this very moment, or just made."""
    insert_ignoring(connection, tables.leases, [{"name": name, "owner": _NOBODY, "generation": 0, "until": now}])
    return connection.execute(_READ_UNLESS_TAKEN, {"lease": name}).first()


def renew_lease(connection: Connection, lease: Lease, lasts: timedelta, now: datetime) -> Lease:
    """The same lease until later. Raises LeaseLost; one that ran out, but that nobody took, is renewed."""
    require_lease(connection, lease)
    longer = Lease(lease.name, lease.owner, lease.generation, now + lasts)
    connection.execute(_LENGTHEN, {"lease": lease.name, "last": longer.until})
    return longer


def release_lease(connection: Connection, lease: Lease) -> None:
    """Nobody's from now on; the generation stays, so that the next one is higher."""
    connection.execute(_GIVE_BACK, {"lease": lease.name, "holder": lease.owner, "held": lease.generation})


def rest_of(connection: Connection, lease: Lease, turn: Turn, now: datetime) -> timedelta:
    """How long until this work is due. Zero too where it was done otherwise, or is due later than it could ever be."""
    row = _held(connection, lease)
    if row.due_at is None or row.done_as != turn.done_as or not now < row.due_at <= now + turn.every:
        return timedelta(0)
    rest: timedelta = row.due_at - now
    return rest


def note_done(connection: Connection, lease: Lease, turn: Turn, began_at: datetime) -> None:
    """It is due once its interval has passed since it began."""
    _held(connection, lease)
    connection.execute(_DONE, {"lease": lease.name, "due": began_at + turn.every, "so": turn.done_as})


def going_round(connection: Connection, late: timedelta, now: datetime) -> frozenset[str]:
    """The names of what somebody is at, or has done in its turn and is not later with than `late`.

    What was last held well ahead of now was held under a clock that ran ahead: it says nothing.
    """
    rows = connection.execute(_ALL).all()
    return frozenset(row.name for row in rows if row.until <= now + late and _goes_round(row, late, now))


def _goes_round(row: Any, late: timedelta, now: datetime) -> bool:
    is_held = row.owner != _NOBODY and now < row.until
    return is_held or (row.due_at is not None and now < row.due_at + late)


def require_lease(connection: Connection, lease: Lease, *, holds: bool = True) -> None:
    """Raises LeaseLost unless this owner's generation still stands; `holds` the row until the transaction ends."""
    _held(connection, lease, _READ if holds else _LOOK)


def _held(connection: Connection, lease: Lease, read: Select[Any] = _READ) -> Row[Any]:
    row = connection.execute(read, {"lease": lease.name}).first()
    if row is None or (row.owner, row.generation) != (lease.owner, lease.generation):
        raise LeaseLost(
            f"another process took over the lease {lease.name}", hint="this one stops writing until it holds it again"
        )
    return row
