"""The outbox: what is to be sent, committed before it is sent. At most one unfinished intent an incident.

What may have gone out is never replaced: only its own outcome ends it.
"""

from dataclasses import fields, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Update, bindparam, case, delete, insert, select, update

from incidentd.errors import StoreError
from incidentd.model.plan import ActionKind, Intent, IntentState
from incidentd.model.ticket import Comment, TicketContent, TicketRef
from incidentd.store import tables
from incidentd.store.codec import choice, dump, load

_OUTBOX = tables.outbox.c
_UNFINISHED = (IntentState.PENDING.value, IntentState.SENDING.value, IntentState.UNCERTAIN.value)
# Written out in the statement: SQLite takes a partial index only where it can see that its condition holds
# (sqlite.org/partialindex.html), and without it each of thousands of rows is looked for among all there ever were.
_IS_UNFINISHED = _OUTBOX.state.in_(bindparam("unfinished", _UNFINISHED, expanding=True, literal_execute=True))
_NEWLY_DECIDED = ("key", "marker", "content", "comments", "duplicates", "changed_at")
"""What a later decision of the same kind changes. Back-off and age stay: it is still the same thing that waits."""
_TURN = (
    ActionKind.OPEN,
    ActionKind.REOPEN,
    ActionKind.UPDATE,
    ActionKind.COMMENT,
    ActionKind.TELL,
    ActionKind.CHANGE,
    ActionKind.MERGE,
    ActionKind.CLOSE,
)

_ENDS = tables.incidents.c.not_after
_WAITING = (
    select(tables.outbox)
    .join(tables.incidents)
    .where(_IS_UNFINISHED)
    .order_by(
        case({kind.value: turn for turn, kind in enumerate(_TURN)}, value=_OUTBOX.kind),
        case((_ENDS.is_(None), 1), else_=0),
        _ENDS,
        _OUTBOX.id,
    )
)
_OF_INCIDENT = (
    select(_OUTBOX.id, _OUTBOX.kind, _OUTBOX.tracker, _OUTBOX.state)
    .where(_OUTBOX.incident_id == bindparam("of_incident"), _IS_UNFINISHED)
    .with_for_update()
)
_NEW = insert(tables.outbox)
_OF_ROW = _OUTBOX.id == bindparam("of_row")
_BY_ID = select(tables.outbox).where(_OF_ROW)
_REWRITE = update(tables.outbox).where(_OF_ROW)
_SEND = (
    update(tables.outbox)
    .where(_OF_ROW, _OUTBOX.state.in_((IntentState.PENDING.value, IntentState.UNCERTAIN.value)))
    .values(
        state=IntentState.SENDING.value,
        attempts=_OUTBOX.attempts + 1,
        uncertain_since=bindparam("now"),
        changed_at=bindparam("now"),
    )
)
_END = _REWRITE.where(_OUTBOX.state.in_(_UNFINISHED))
_DROP = delete(tables.outbox).where(_OF_ROW)


def unfinished_intents(connection: Connection) -> tuple[Intent, ...]:
    """Opens before updates before closes, soonest expiry first."""
    return tuple(_intent(row) for row in connection.execute(_WAITING).mappings())


def place_intent(connection: Connection, incident_id: int, intent: Intent | None, drop: bool, now: datetime) -> None:
    """Lets a decision into the outbox. Nothing happens while an earlier intent of the incident may have gone out."""
    waiting = connection.execute(_OF_INCIDENT, {"of_incident": incident_id}).first()
    if waiting is not None and waiting.state != IntentState.PENDING:
        return
    if intent is not None:
        _replace(connection, waiting, replace(intent, incident_id=incident_id), now)
    elif drop and waiting is not None:
        connection.execute(_DROP, {"of_row": waiting.id})


def begin_sending(connection: Connection, intent: Intent, now: datetime) -> Intent:
    """Marks it as gone out, and counts the attempt; the intent as it now stands. Raises StoreError if it is over."""
    _change(connection, intent, _SEND, {"now": now})
    return _intent(connection.execute(_BY_ID, {"of_row": intent.id}).mappings().one())


def end_sending(connection: Connection, intent: Intent, now: datetime) -> None:
    """Writes what became of it. Of what is done only the bare row stays. Raises StoreError if it is over already."""
    if intent.state is IntentState.DONE:
        intent = replace(intent, content=None, comments=(), duplicates=())
    _change(connection, intent, _END, _row(intent, now))


def _change(connection: Connection, intent: Intent, change: Update, values: dict[str, Any]) -> None:
    if not connection.execute(change, {**values, "of_row": intent.id}).rowcount:
        raise StoreError(f"intent {intent.id} is no longer in the outbox", hint="the next pass decides afresh")


def _replace(connection: Connection, waiting: Any, intent: Intent, now: datetime) -> None:
    row = _row(intent, now)
    if waiting is None:
        connection.execute(_NEW, row)
    elif (waiting.kind, waiting.tracker) == (intent.kind, intent.tracker):
        newly = {name: row[name] for name in _NEWLY_DECIDED}
        connection.execute(_REWRITE, {**newly, "of_row": waiting.id})
    else:
        connection.execute(_DROP, {"of_row": waiting.id})
        connection.execute(_NEW, row)


def _row(intent: Intent, now: datetime) -> dict[str, Any]:
    row = {field.name: getattr(intent, field.name) for field in fields(intent) if field.name != "id"}
    return row | {
        "kind": intent.kind.value,
        "state": intent.state.value,
        "content": None if intent.content is None else dump(intent.content),
        "comments": dump(intent.comments),
        "duplicates": dump(intent.duplicates),
        "changed_at": now,
    }


def _intent(row: Any) -> Intent:
    typed = {
        "kind": choice(ActionKind, row["kind"]),
        "state": choice(IntentState, row["state"]),
        "content": None if row["content"] is None else load(TicketContent, row["content"]),
        "comments": load(tuple[Comment, ...], row["comments"]),
        "duplicates": load(tuple[TicketRef, ...], row["duplicates"]),
    }
    return Intent(**{name: held for name, held in row.items() if name != "changed_at"} | typed)
