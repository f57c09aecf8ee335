"""The ledger: one row for each life of an incident, and its history. One key never has two active rows."""

from collections.abc import Iterable, Sequence
from dataclasses import fields, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy import Connection, Select, bindparam, insert, or_, select, update

from incidentd.errors import StoreError
from incidentd.model.assessment import Stage, Step
from incidentd.model.incident import Event, HeldBy, IncidentRecord, IncidentState
from incidentd.model.ticket import TicketRef
from incidentd.store import tables
from incidentd.store.codec import choice, choice_or_none, dump, load
from incidentd.store.upsert import Row, new_id

_LEDGER = tables.incidents.c
_ACTIVE = (IncidentState.OPEN.value, IncidentState.HELD.value)

_STANDING = (
    select(tables.incidents)
    .where(or_(_LEDGER.state.in_(_ACTIVE), _LEDGER.closed_at > bindparam("closed_after")))
    .order_by(_LEDGER.id)
)
_NEW = insert(tables.incidents)
_REWRITE = update(tables.incidents).where(_LEDGER.id == bindparam("of_row"))
_NEW_EVENTS = insert(tables.events)
_ALL = select(tables.incidents).order_by(_LEDGER.id.desc())
_OF_KEY = _ALL.where(_LEDGER.key == bindparam("of_key"))
_TOLD = select(tables.events).join(tables.incidents).order_by(tables.events.c.id)
_TOLD_OF_KEY = _TOLD.where(_LEDGER.key == bindparam("of_key"))
_OF_IDS = select(tables.incidents).where(_LEDGER.id.in_(bindparam("ids", expanding=True))).order_by(_LEDGER.id)


def records_since(connection: Connection, closed_after: datetime) -> tuple[IncidentRecord, ...]:
    """The active rows, and those closed after an instant, oldest first."""
    return _read(connection, _STANDING, closed_after=closed_after)


def records_of(connection: Connection, ids: Sequence[int]) -> tuple[IncidentRecord, ...]:
    """Rows by their ids, oldest first."""
    return _read(connection, _OF_IDS, ids=list(ids)) if ids else ()


def record_of(connection: Connection, id: int) -> IncidentRecord:
    """One row. Raises StoreError for an id that is not there."""
    found = records_of(connection, [id])
    if not found:
        raise _not_there(id)
    return found[0]


def full_history(connection: Connection, key: str | None) -> tuple[tuple[IncidentRecord, tuple[Event, ...]], ...]:
    """Every row ever with its events in the order they were written; the newest row first."""
    told = connection.execute(_TOLD) if key is None else connection.execute(_TOLD_OF_KEY, {"of_key": key})
    events: dict[int, list[Event]] = {}
    for row in told:
        events.setdefault(row.incident_id, []).append(Event(row.at, row.what, row.text))
    rows = _read(connection, _ALL) if key is None else lives_of(connection, key)
    return tuple((record, tuple(events.get(record.id, ()))) for record in rows)


def lives_of(connection: Connection, key: str) -> tuple[IncidentRecord, ...]:
    """Every row that a key ever had, the newest first."""
    return _read(connection, _OF_KEY, of_key=key)


def write_record(connection: Connection, record: IncidentRecord, now: datetime) -> IncidentRecord:
    """The row, new where its id is 0; as it then stands.

    Raises StoreError for an id that is not there, and for what could not be read again: one such row would keep
    everybody from all of them, and some of it is what trackers say.
    """
    row = _row(record, now)
    try:
        standing = _record({**row, "id": record.id})
    except StoreError:
        raise StoreError(f"the row of {record.key} could not be read again: it is not written") from None
    if not record.id:
        return replace(standing, id=new_id(connection.execute(_NEW, row)))
    changed = connection.execute(_REWRITE, {**row, "of_row": record.id})
    if not changed.rowcount:
        raise _not_there(record.id)
    return standing


def write_events(connection: Connection, incident_id: int, events: Iterable[Event]) -> None:
    """History is only ever added to."""
    rows = [{"incident_id": incident_id, "at": event.at, "what": event.what, "text": event.text} for event in events]
    if rows:
        connection.execute(_NEW_EVENTS, rows)


def _not_there(id: int) -> StoreError:
    return StoreError(f"the ledger has no row {id}", hint="another state database was put in its place?")


def _read(connection: Connection, wanted: Select[Any], **values: object) -> tuple[IncidentRecord, ...]:
    return tuple(_record(row) for row in connection.execute(wanted, values).mappings())


def _row(record: IncidentRecord, now: datetime) -> Row:
    row = {field.name: getattr(record, field.name) for field in fields(record) if field.name != "id"}
    return row | {
        "state": record.state.value,
        "stage": record.stage.value,
        "held_by": None if record.held_by is None else record.held_by.value,
        "ticket": None if record.ticket is None else dump(record.ticket),
        "written": dump(record.written),
        "told": dump(record.told),
        "changed_at": now,
    }


def _record(row: Any) -> IncidentRecord:
    typed = {
        "state": choice(IncidentState, row["state"]),
        "step": choice(Step, row["step"]),
        "stage": choice(Stage, row["stage"]),
        "held_by": choice_or_none(HeldBy, row["held_by"]),
        "held_step": choice_or_none(Step, row["held_step"]),
        "ticket": None if row["ticket"] is None else load(TicketRef, row["ticket"]),
        "written": MappingProxyType(load(dict[str, str], row["written"])),
        "told": load(tuple[str, ...], row["told"]),
    }
    return IncidentRecord(**{name: held for name, held in row.items() if name != "changed_at"} | typed)
