"""Noticing: what became of the tickets that the ledger knows, before anything is decided about them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol

from incidentd.model.incident import IncidentRecord, IncidentState
from incidentd.model.plan import Action, ActionKind, Intent
from incidentd.model.ticket import Closer, Ticket
from incidentd.planning import duplicates
from incidentd.planning.closing import sent_id
from incidentd.planning.comments import undoes_automation
from incidentd.planning.people import respect

UNNOTICED = timedelta(days=1)
"""A clock that is off by less may be believed (see the clock watch): then the row is right, and the clock is behind."""


_MAY_BE_OURS = (Closer.AUTOMATION, Closer.OUR_LOGIN)


class Seen(Protocol):
    """What was read of the tickets of certificates, or of incidentd itself, and which of them are wanted."""

    @property
    def now(self) -> datetime: ...

    @property
    def incidents(self) -> Collection[str]: ...

    @property
    def tickets(self) -> Mapping[str, Ticket]: ...

    @property
    def duplicates(self) -> Mapping[str, Sequence[Ticket]]: ...


def closed_as_sent(
    tickets: Mapping[str, Ticket], unfinished: Iterable[Intent], rows: Iterable[IncidentRecord]
) -> Mapping[str, Ticket]:
    """The tickets, with those as closed by ourselves to which a closing was sent, and that a machine closed since.

    What we send as an event bears the name of an integration when it is worked off, maybe minutes later. And what is
    done by an account that may be a person's too bears that.
    """
    closed = {key: ticket for key, ticket in tickets.items() if ticket.closed_by in _MAY_BE_OURS}
    if not closed:
        return tickets
    sent = {intent.key for intent in unfinished if _follows_a_closing_of_ours(intent)}
    sent |= {row.key for row in rows if row.active and sent_id(row) in row.told}
    ours = {key: replace(ticket, closed_by=Closer.OURSELVES) for key, ticket in closed.items() if key in sent}
    return {**tickets, **ours}


def _follows_a_closing_of_ours(intent: Intent) -> bool:
    """It was sent; or it was found worked off, and the reopening that it needed could not be sent yet."""
    if intent.kind is ActionKind.REOPEN:
        return not undoes_automation(intent.comments)
    return intent.kind is ActionKind.CLOSE and intent.attempts > 0


def respected(record: IncidentRecord | None, facts: Seen) -> tuple[IncidentRecord | None, Action | None]:
    """The row after looking at its tickets, and the merge of those that stand beside it."""
    record = None if record is None else _opened_after_all(record, facts)
    if record is None or not record.active:
        return record, _strayed(record, facts)
    own = facts.tickets.get(record.key)
    dated = _not_ahead(record, own, facts.now)
    if own is None:
        return dated, None
    respected = respect(dated, own, facts.now)
    standing, losers = duplicates.standing_for(respected, own, facts.duplicates.get(record.key, ()))
    followed = _undone_already(duplicates.following(respected, standing), own, standing)
    return followed, duplicates.merge(followed, standing.ref, losers) if losers else None


def _undone_already(record: IncidentRecord, own: Ticket, standing: Ticket) -> IncidentRecord:
    """What an automation closed, and an event of ours that was worked off later opened anew, was opened again once."""
    undone = standing.ref.id != own.ref.id and own.closed_by is Closer.AUTOMATION
    return replace(record, automation_closings=record.automation_closings + 1) if undone else record


def _opened_after_all(record: IncidentRecord, facts: Seen) -> IncidentRecord:
    """What ended without a ticket has one after all, by a request that arrived late: it is open, and to be closed."""
    if record.active or record.ticket is not None or record.key in facts.incidents:
        return record
    late = duplicates.arrived_late(facts.duplicates.get(record.key, ()))
    if late is None:
        return record
    return replace(record, ticket=late.ref, state=IncidentState.OPEN, closed_at=None, close_text="")


def _strayed(record: IncidentRecord | None, facts: Seen) -> Action | None:
    """What was opened for an incident after it was closed, by a request that arrived late, is closed too."""
    if record is None or record.ticket is None or record.key in facts.incidents:
        return None
    strays = duplicates.strays(record, facts.duplicates.get(record.key, ()))
    return duplicates.merge(record, record.ticket, strays) if strays else None


def _not_ahead(record: IncidentRecord, own: Ticket | None, now: datetime) -> IncidentRecord:
    """What lies well ahead was written under a wrong clock. Its tracker tells when it was made, by a clock of its own.

    Where it does not, it is dated now: the guard's hour runs from here. Less may as well mean that the clock is behind
    now, and that nobody noticed: the row is right then.
    """
    latest = now + UNNOTICED
    if record.opened_at <= latest:
        return record
    made_at = own.created_at if own is not None and own.created_at is not None else now
    return replace(record, opened_at=made_at if made_at <= latest else now)


def ticket_now(record: IncidentRecord, facts: Seen) -> Ticket | None:
    """The row's ticket as it is: the one that it was read with, or a duplicate that took its place."""
    others = facts.duplicates.get(record.key, ())
    followed = (ticket for ticket in others if record.ticket is not None and ticket.ref.id == record.ticket.id)
    return next(followed, facts.tickets.get(record.key))
