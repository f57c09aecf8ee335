"""The rows of the built-in queue: tickets that live in the state itself. A marker has at most one open ticket."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, insert, select, update

from incidentd.model.ticket import Closer, Comment, Ticket, TicketContent, TicketRef, TicketStatus
from incidentd.store import tables
from incidentd.store.codec import choice_or_none, dump, load
from incidentd.store.upsert import insert_ignoring, new_id


@dataclass(frozen=True, slots=True)
class LocalStory:
    """One ticket of the built-in queue, as a page would show it."""

    ticket: Ticket
    content: TicketContent
    comments: tuple[Comment, ...]


_QUEUE = tables.local_tickets.c
_LARGEST_ID = 2**63 - 1
_OF_IDS: Select[Any] = select(_QUEUE.id, _QUEUE.marker, _QUEUE.created_at, _QUEUE.closed_at, _QUEUE.closed_by).where(
    _QUEUE.id.in_(bindparam("ids", expanding=True))
)
_NEW = insert(tables.local_tickets)
_MARKED = select(tables.local_tickets).where(_QUEUE.marker == bindparam("marked")).order_by(_QUEUE.id)
_STANDING = _MARKED.where(_QUEUE.closed_at.is_(None))
_OF_ROW = _QUEUE.id == bindparam("of_row")
_BY_ID = select(tables.local_tickets).where(_OF_ROW).with_for_update()
_REWRITE = update(tables.local_tickets).where(_OF_ROW)


def open_ticket(connection: Connection, content: TicketContent, at: datetime) -> Ticket:
    """A new ticket, or the open one that carries the marker already."""
    standing = connection.execute(_STANDING, {"marked": content.marker}).first()
    if standing is not None:
        return _ticket(standing)
    row = {"marker": content.marker, "content": dump(content), "created_at": at, "changed_at": at}
    made = connection.execute(_NEW, row)
    return _read(connection, str(new_id(made)))


def find_tickets(connection: Connection, marker: str) -> tuple[Ticket, ...]:
    """All tickets with the marker, oldest first."""
    rows = connection.execute(_MARKED, {"marked": marker})
    return tuple(_ticket(row) for row in rows)


def read_tickets(connection: Connection, ids: Iterable[str]) -> dict[str, Ticket]:
    """By id, all in one query and without what they say; MISSING for unknown ones."""
    numbers = {id: int(id) if _may_be_an_id(id) else 0 for id in ids}
    found = {row.id: _ticket(row) for row in connection.execute(_OF_IDS, {"ids": list(set(numbers.values()))})}
    return {id: found.get(number) or _missing(id) for id, number in numbers.items()}


def read_story(connection: Connection, id: str) -> LocalStory | None:
    """All that a person can read of one ticket, comments in the order they were said; None for an unknown one."""
    row = _row(connection, id)
    if row is None:
        return None
    said = tables.local_comments.c
    rows = connection.execute(select(said.comment_id, said.text).where(said.ticket_id == row.id).order_by(said.id))
    return LocalStory(_ticket(row), load(TicketContent, row.content), tuple(Comment(*each) for each in rows))


def write_ticket(
    connection: Connection,
    id: str,
    at: datetime,
    content: TicketContent | None,
    comments: Iterable[Comment],
    closed: bool | None,
    closer: Closer,
) -> Ticket:
    """Changes what is given; MISSING for an unknown ticket. What is closed already keeps its time and its closer."""
    row = _row(connection, id)
    if row is None:
        return _missing(id)
    changed: dict[str, Any] = {"changed_at": at}
    if content is not None:
        changed["content"] = dump(content)
    if closed is not None and closed is (row.closed_at is None):
        changed |= {"closed_at": at, "closed_by": closer.value} if closed else {"closed_at": None, "closed_by": None}
    connection.execute(_REWRITE, {**changed, "of_row": row.id})
    said = [{"ticket_id": row.id, "comment_id": comment.id, "at": at, "text": comment.text} for comment in comments]
    insert_ignoring(connection, tables.local_comments, said)
    return _read(connection, id)


def _read(connection: Connection, id: str) -> Ticket:
    return read_tickets(connection, [id])[id]


def _row(connection: Connection, id: str) -> Row[Any] | None:
    if not _may_be_an_id(id):
        return None
    return connection.execute(_BY_ID, {"of_row": int(id)}).first()


def _may_be_an_id(id: str) -> bool:
    return id.isascii() and id.isdigit() and int(id) <= _LARGEST_ID


def _ticket(row: Row[Any]) -> Ticket:
    return Ticket(
        _ref(str(row.id)),
        row.marker,
        TicketStatus.OPEN if row.closed_at is None else TicketStatus.CLOSED,
        row.created_at,
        row.closed_at,
        choice_or_none(Closer, row.closed_by),
    )


def _missing(id: str) -> Ticket:
    return Ticket(_ref(id), "", TicketStatus.MISSING)


def _ref(id: str) -> TicketRef:
    return TicketRef(id, f"LOCAL-{id}")
