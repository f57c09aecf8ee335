"""The audit: only ever added to, in the transaction of what was decided."""

from collections.abc import Iterable

from sqlalchemy import Connection, insert, select

from incidentd.model.audit import AuditEntry
from incidentd.store import tables

_ALL = select(tables.audit).order_by(tables.audit.c.id.desc())


def write_entries(connection: Connection, entries: Iterable[AuditEntry]) -> None:
    """Adds them, in their order."""
    rows = [
        {
            "at": entry.at,
            "who": entry.who,
            "command": entry.command,
            "about": entry.about,
            "reason": entry.reason,
            "text": entry.text,
        }
        for entry in entries
    ]
    if rows:
        connection.execute(insert(tables.audit), rows)


def all_entries(connection: Connection) -> tuple[AuditEntry, ...]:
    """Every one, newest first."""
    rows = connection.execute(_ALL)
    return tuple(AuditEntry(row.at, row.who, row.command, row.about, row.reason, row.text) for row in rows)
