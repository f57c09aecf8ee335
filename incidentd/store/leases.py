"""Leases: who may work, until when. A generation only ever grows; every write checks it in its own transaction."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, select, update

from incidentd.store import tables
from incidentd.store.interface import Lease, LeaseLost
from incidentd.store.upsert import insert_ignoring

AHEAD = timedelta(seconds=15)
"""Two processes' clocks may differ by so much; and one may have waited so long for the database after it asked its
clock (the busy time-out is 10 s): what another one wrote in between is no lease out of the future."""

_LEASES = tables.leases.c
_NOBODY = ""


def acquire_lease(connection: Connection, name: str, owner: str, lasts: timedelta, now: datetime) -> Lease | None:
    """The lease, one generation on, or None while another owner holds it.

    One that ends well after now + lasts was written under a clock that ran ahead: it holds nothing.
    """
    free = {"name": name, "owner": _NOBODY, "generation": 0, "until": now}
    insert_ignoring(connection, tables.leases, [free])
    row = connection.execute(select(tables.leases).where(_LEASES.name == name).with_for_update()).one()
    held = row.owner not in (_NOBODY, owner) and now < row.until <= now + lasts + AHEAD
    if held:
        return None
    lease = Lease(name, owner, row.generation + 1, now + lasts)
    changed = {"owner": owner, "generation": lease.generation, "until": lease.until}
    connection.execute(update(tables.leases).where(_LEASES.name == name).values(changed))
    return lease


def renew_lease(connection: Connection, lease: Lease, lasts: timedelta, now: datetime) -> Lease:
    """The same lease until later. Raises LeaseLost; one that ran out, but that nobody took, is renewed."""
    require_lease(connection, lease)
    longer = Lease(lease.name, lease.owner, lease.generation, now + lasts)
    connection.execute(update(tables.leases).where(_LEASES.name == lease.name).values(until=longer.until))
    return longer


def release_lease(connection: Connection, lease: Lease) -> None:
    """Nobody's from now on; the generation stays, so that the next one is higher."""
    mine = (_LEASES.name == lease.name) & (_LEASES.owner == lease.owner) & (_LEASES.generation == lease.generation)
    connection.execute(update(tables.leases).where(mine).values(owner=_NOBODY))


def require_lease(connection: Connection, lease: Lease) -> None:
    """Raises LeaseLost unless this owner's generation still stands; holds the row until the transaction ends."""
    wanted = select(_LEASES.owner, _LEASES.generation).where(_LEASES.name == lease.name).with_for_update()
    row = connection.execute(wanted).first()
    if row is None or (row.owner, row.generation) != (lease.owner, lease.generation):
        raise LeaseLost(
            f"another process took over the lease {lease.name}", hint="this one stops writing until it holds it again"
        )
