"""Tickets: reads what the trackers hold of our incidents. A tracker that cannot be read is a problem, said once."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from incidentd.daemon.installation import Installation
from incidentd.daemon.sending import contained
from incidentd.errors import TrackerError, TrackerFailure
from incidentd.model.incident import Beside, IncidentRecord, beside_in, marker_of
from incidentd.model.ticket import Standing, Ticket, TicketStatus
from incidentd.trackers.interface import Tracker

MANY_MISSING = 3
"""So many tickets gone at once mean a lost permission, until shown otherwise."""
STRAYS_WITHIN = timedelta(days=1)
"""What was sent before a closing may arrive after it, and open a ticket that nobody waits for."""


@dataclass(frozen=True, slots=True)
class Actual:
    """What could be read, by incident key, and what could not."""

    tickets: Mapping[str, Ticket]
    problems: tuple[str, ...]
    unreadable: tuple[str, ...] = ()
    """Trackers that could not be read now, and may be at the next attempt."""
    duplicates: Mapping[str, tuple[Ticket, ...]] = field(default_factory=dict)
    """By incident key, of each that has more than one: all its open tickets of ours."""
    hidden: tuple[str, ...] = ()
    """Those of them that keep our own tickets from us: what they hold cannot be known, so nothing is created there."""
    unread: Mapping[str, str] = field(default_factory=dict)
    """Trackers of which nothing could be read, whether or not it may be at the next attempt, and why."""


async def read_tickets(installation: Installation, records: Iterable[IncidentRecord], now: datetime) -> Actual:
    """The tickets of all active rows, each tracker on its own; of those closed lately only what strays in.

    Also of those that ended without any: what was sent to open one may arrive after all.
    """
    wanted: dict[str, list[IncidentRecord]] = {}
    for record in records:
        if record.ticket is not None if record.active else _is_fresh(record, now):
            wanted.setdefault(record.tracker, []).append(record)
    parts = await asyncio.gather(*(_read(installation, name, rows) for name, rows in wanted.items()))
    tickets = {key: ticket for part in parts for key, ticket in part.tickets.items()}
    return Actual(
        tickets,
        tuple(problem for part in parts for problem in part.problems),
        tuple(name for part in parts for name in part.unreadable),
        {key: group for part in parts for key, group in part.duplicates.items()},
        tuple(name for part in parts for name in part.hidden),
        unread={name: why for part in parts for name, why in part.unread.items()},
    )


async def _read(installation: Installation, name: str, rows: Sequence[IncidentRecord]) -> Actual:
    tracker = installation.trackers.get(name)
    active = [row for row in rows if row.active]
    if tracker is None:
        why = f"left the configuration, but {_many(active)} in it"
        hint = "configure it again, or move them: incidentd move CERT TRACKER --reason …"
        problem = f"tracker {name} {why}; {hint}"
        return Actual({}, (problem,), unread={name: f"it {why}"}) if active else Actual({}, ())
    try:
        found = await contained(tracker, tracker.read([row.ticket for row in active if row.ticket is not None]))
        tickets = _unless_permission_was_lost(name, active, found)
    except TrackerError as error:
        hidden = (name,) if error.kind is TrackerFailure.FORBIDDEN else ()
        return Actual(
            {}, (f"tracker {name} cannot be read: {error}",), (name,), hidden=hidden, unread={name: str(error)}
        )
    return await _with_duplicates(installation, tracker, rows, tickets)


async def _with_duplicates(
    installation: Installation, tracker: Tracker, rows: Sequence[IncidentRecord], tickets: Mapping[str, Ticket]
) -> Actual:
    """What was read stands, also where the tracker cannot be asked for duplicates now."""
    standing = (
        Standing(row.key, marker_of(installation.instance, row), row.ticket)
        for row in rows
        if beside_in(row.key) is not Beside.LEFT
    )
    try:
        return Actual(tickets, (), duplicates=await contained(tracker, tracker.duplicates(standing)))
    except TrackerError as error:
        return Actual(tickets, (f"tracker {tracker.name} cannot be asked for duplicates: {error}",))


def _is_fresh(record: IncidentRecord, now: datetime) -> bool:
    return record.closed_at is not None and now - record.closed_at <= STRAYS_WITHIN


def _many(rows: Sequence[IncidentRecord]) -> str:
    return "1 open incident is" if len(rows) == 1 else f"{len(rows)} open incidents are"


def _unless_permission_was_lost(
    name: str, rows: Sequence[IncidentRecord], found: Sequence[Ticket]
) -> dict[str, Ticket]:
    missing = sum(ticket.status is TicketStatus.MISSING for ticket in found)
    if missing >= MANY_MISSING and missing * 2 > len(found):
        raise TrackerError(
            TrackerFailure.FORBIDDEN,
            f"{missing} of {len(found)} tickets are gone at once",
            hint="that looks like a lost permission: nothing is created until it is sorted out",
        )
    return {row.key: ticket for row, ticket in zip(rows, found, strict=True)}
