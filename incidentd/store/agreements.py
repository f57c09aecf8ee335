"""What a person let through, and the name that this state goes by."""

from datetime import datetime

from sqlalchemy import Connection, bindparam, select

from incidentd.store import tables
from incidentd.store.codec import dump, load
from incidentd.store.interface import Approval
from incidentd.store.upsert import insert_ignoring, insert_or_replace

_INSTANCE = "instance"
_GIVEN = tables.approvals.c
_GIVEN_AFTER = (
    select(tables.approvals).where(_GIVEN.approved_at > bindparam("after")).order_by(_GIVEN.approved_at, _GIVEN.hash)
)


def write_approval(connection: Connection, approval: Approval) -> None:
    """Given again, it counts from then."""
    row = {"hash": approval.hash, "keys": dump(approval.keys), "approved_at": approval.approved_at}
    insert_or_replace(connection, tables.approvals, [row])


def approvals_after(connection: Connection, after: datetime) -> tuple[Approval, ...]:
    """Oldest first."""
    rows = connection.execute(_GIVEN_AFTER, {"after": after})
    return tuple(Approval(row.hash, load(tuple[str, ...], row.keys), row.approved_at) for row in rows)


def known_instance(connection: Connection) -> str | None:
    """The name this state was first used with; None for a new one."""
    name: str | None = connection.execute(select(tables.meta.c.value).where(tables.meta.c.name == _INSTANCE)).scalar()
    return name


def remember_instance(connection: Connection, name: str) -> str:
    """The name this state was first used with, which is `name` if there was none."""
    insert_ignoring(connection, tables.meta, [{"name": _INSTANCE, "value": name}])
    return known_instance(connection) or name
