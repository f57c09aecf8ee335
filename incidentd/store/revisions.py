"""Revisions: numbers that move on with every write of one kind, so that what nobody changed need not be read again."""

from collections.abc import Mapping
from enum import StrEnum

from sqlalchemy import (
    BigInteger,
    Connection,
    Text,
    bindparam,
    cast,
    func,
    literal,
    select,
    union_all,
    update,
)
from sqlalchemy.dialects import sqlite

from incidentd.store import tables
from incidentd.store.columns import microseconds
from incidentd.store.sqlite import FileVersion
from incidentd.store.upsert import insert_ignoring

_META = tables.meta.c


class Kind(StrEnum):
    """What has a revision, by the name under which the state keeps it."""

    LEDGER = "ledger_revision"
    """Ledger and outbox."""
    QUEUE = "queue_revision"
    """The built-in queue."""
    AGREEMENTS = "agreements_revision"
    """What a person let through, and what incidentd is blind to."""
    RELEASES = "releases_revision"
    INVENTORY = "inventory_revision"
    """How many sweeps were recorded in all, and how often a person changed what they found: each one moves it on.

    Only the latter are counted: the sweeps have their numbers.
    """


_READ = select(_META.value).where(_META.name == bindparam("kind"))
_SWEEPS = select(func.coalesce(func.sum(tables.sweeps.c.sequence), 0)).scalar_subquery()
_BY_HAND = select(cast(_META.value, BigInteger)).where(_META.name == Kind.INVENTORY.value).scalar_subquery()
_INVENTORY = select(_SWEEPS + func.coalesce(_BY_HAND, 0))
_COUNTED = [kind.value for kind in Kind if kind is not Kind.INVENTORY]
_READ_ALL = union_all(
    select(_META.name, cast(_META.value, BigInteger)).where(_META.name.in_(_COUNTED)),
    select(literal(Kind.INVENTORY.value), _INVENTORY.scalar_subquery()),
)
_READ_ALL_IN_SQLITE = str(_READ_ALL.compile(dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True}))
_READS = {kind: _INVENTORY if kind is Kind.INVENTORY else _READ for kind in Kind}
_READS_ON_SERVER = {
    kind: select(read.scalar_subquery(), func.pg_postmaster_start_time()) for kind, read in _READS.items()
}
NUMBER_BITS = 48
"""Of a revision; what tells servers apart stands above them."""
_NONE = dict.fromkeys(Kind, 0)
_MOVE_ON = (
    update(tables.meta)
    .where(_META.name == bindparam("kind"))
    .values(value=cast(cast(_META.value, BigInteger) + 1, Text))
)


def revision(connection: Connection, kind: Kind) -> int:
    """The number now; 0 where nothing of the kind was ever written.

    On PostgreSQL it tells servers apart as well: one that took over from another may be behind it, and come to the same
    number by other writes. What was known of the one is read again from the other.
    """
    values = {} if kind is Kind.INVENTORY else {"kind": kind.value}
    if connection.dialect.name != "postgresql":
        return int(connection.execute(_READS[kind], values).scalar() or 0)
    number, started_at = connection.execute(_READS_ON_SERVER[kind], values).one()
    return int(number or 0) + (microseconds(started_at) << NUMBER_BITS)


def all_revisions(file: FileVersion) -> Mapping[str, int]:
    """The number of every kind, at one moment."""
    return {**_NONE, **{name: int(number) for name, number in file.read(_READ_ALL_IN_SQLITE)}}


def move_on(connection: Connection, kind: Kind) -> int:
    """The next number, in the transaction of the write that it stands for. Two writers never make the same one."""
    if not connection.execute(_MOVE_ON, {"kind": kind.value}).rowcount:
        insert_ignoring(connection, tables.meta, [{"name": kind.value, "value": "0"}])
        connection.execute(_MOVE_ON, {"kind": kind.value})
    return revision(connection, kind)
