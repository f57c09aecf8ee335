"""What a person let through, what incidentd is blind to, and the name that this state goes by."""

from sqlalchemy import Connection, bindparam, select

from incidentd.model.blindness import Remembered
from incidentd.store import tables
from incidentd.store.codec import dump, load
from incidentd.store.interface import Approval
from incidentd.store.upsert import insert_ignoring, insert_or_replace

_INSTANCE = "instance"
_GIVEN = tables.approvals.c
_ALL_GIVEN = select(tables.approvals).order_by(_GIVEN.approved_at, _GIVEN.hash)
_CAUSES = "causes"
_OF_NAME = select(tables.meta.c.value).where(tables.meta.c.name == bindparam("wanted"))


def write_approval(connection: Connection, approval: Approval) -> None:
    """Given again, it counts from then."""
    row = {"hash": approval.hash, "keys": dump(approval.keys), "approved_at": approval.approved_at}
    insert_or_replace(connection, tables.approvals, [row])


def all_approvals(connection: Connection) -> tuple[Approval, ...]:
    """Oldest first."""
    rows = connection.execute(_ALL_GIVEN)
    return tuple(Approval(row.hash, load(tuple[str, ...], row.keys), row.approved_at) for row in rows)


def known_instance(connection: Connection) -> str | None:
    """The name this state was first used with; None for a new one."""
    return _value(connection, _INSTANCE)


def remember_instance(connection: Connection, name: str) -> str:
    """The name this state was first used with, which is `name` if there was none."""
    insert_ignoring(connection, tables.meta, [{"name": _INSTANCE, "value": name}])
    return known_instance(connection) or name


def known_causes(connection: Connection) -> tuple[Remembered, ...]:
    """As they were last written; none in a new state."""
    written = _value(connection, _CAUSES)
    return load(tuple[Remembered, ...], written) if written is not None else ()


def write_causes(connection: Connection, causes: tuple[Remembered, ...]) -> None:
    """All of them, in the place of those before."""
    insert_or_replace(connection, tables.meta, [{"name": _CAUSES, "value": dump(causes)}])


def _value(connection: Connection, name: str) -> str | None:
    value: str | None = connection.execute(_OF_NAME, {"wanted": name}).scalar()
    return value
