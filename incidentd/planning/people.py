"""People win: what somebody else did to a ticket, noticed and written into the ledger's row before anything is planned.

When it cannot be told who closed a ticket, it was a person.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import assert_never

from incidentd.model.assessment import Step
from incidentd.model.incident import HeldBy, IncidentRecord, IncidentState
from incidentd.model.ticket import Closer, Ticket, TicketStatus

CRITICAL_HOLDS = timedelta(hours=24)
"""Once critical, a closing by somebody else holds this long at most."""
ACCEPTANCE_HOLDS = timedelta(days=30)
ACCEPTANCE_ENDS_BEFORE = timedelta(days=7)
"""An acceptance by label or resolution alone never reaches past this long before expiry."""
AUTOMATION_UNDONE = 1
"""How often a closing by a machine is undone at once."""


_STEPS = {f"step:{step.label}": step for step in Step}
"""Steps by the ids of the comments that tell of them."""


def respect(record: IncidentRecord, ticket: Ticket, now: datetime) -> IncidentRecord:
    """The row after looking at its ticket. Equal to `record` when nobody did anything."""
    same = ticket.status is TicketStatus.MISSING or record.ticket == ticket.ref
    followed = record if same else replace(record, ticket=ticket.ref)
    match ticket.status:
        case TicketStatus.OPEN:
            return _accepted_while_open(followed, ticket, now) or _opened_by_somebody(followed)
        case TicketStatus.MISSING:
            return _deleted(_not_ahead(followed, now), now)
        case TicketStatus.CLOSED:
            return _closed_by_somebody(_not_ahead(followed, now), ticket, now)
        case never:
            assert_never(never)


def returns(record: IncidentRecord, step: Step, not_after: datetime, now: datetime) -> bool:
    """Does a held incident come back now? At its next step; once critical, after 24 hours; and at expiry.

    An accepted one when the acceptance ends, and not before.
    """
    if record.held_at is None or record.held_step is None:
        return True
    if record.held_by is HeldBy.ACCEPTANCE:
        return now > acceptance_ends(record.held_at, not_after)
    if step > record.held_step or record.held_at <= not_after < now:
        return True
    return step >= Step.CRITICAL and now - record.held_at >= CRITICAL_HOLDS


def why_returned(record: IncidentRecord, step: Step) -> str:
    """In words for a person, why a held incident comes back."""
    if record.held_by is HeldBy.ACCEPTANCE:
        return "the acceptance has ended"
    if record.held_step is None or step > record.held_step:
        return "its next step has come"
    return "it is not left closed for longer"


def acceptance_ends(accepted_at: datetime, not_after: datetime) -> datetime:
    """Until when an acceptance by label or resolution alone holds."""
    return min(accepted_at + ACCEPTANCE_HOLDS, not_after - ACCEPTANCE_ENDS_BEFORE)


def accepted_since(ticket: Ticket, now: datetime) -> datetime | None:
    """Since when the risk is accepted on a ticket that is open; None where it is not, or nobody can tell.

    Of what cannot be dated the ticket's own age is taken, so that a label that nobody removes does not hold for ever.
    """
    said_at = ticket.accepted_at or ticket.created_at
    return min(said_at, now) if ticket.accepted and said_at is not None else None


def _accepted_while_open(record: IncidentRecord, ticket: Ticket, now: datetime) -> IncidentRecord | None:
    """The row while that holds. It ends counted from when it was said: to say it again is a new word."""
    since = accepted_since(ticket, now)
    if since is None or not _accepted(record, ticket, since, now):
        return None
    if record.state is IncidentState.HELD and record.held_by is HeldBy.ACCEPTANCE:
        return replace(record, held_at=since)
    return _held(record, HeldBy.ACCEPTANCE, since)


def _opened_by_somebody(record: IncidentRecord) -> IncidentRecord:
    if record.state is not IncidentState.HELD:
        return record
    return replace(record, state=IncidentState.OPEN, held_by=None, held_at=None, held_step=None)


def _closed_by_somebody(record: IncidentRecord, ticket: Ticket, now: datetime) -> IncidentRecord:
    """Held from when it was closed, not from when that was noticed."""
    if record.state is IncidentState.HELD:
        return _held_otherwise(record, ticket, now)
    closed_at = min(ticket.closed_at or now, now)
    match ticket.closed_by:
        case Closer.OURSELVES:
            return record
        case Closer.AUTOMATION:
            return _closed_by_automation(record, closed_at)
        case Closer.PERSON | None:
            accepted = _accepted(record, ticket, closed_at, now)
            return _held(record, HeldBy.ACCEPTANCE if accepted else HeldBy.PERSON, closed_at)
        case never:
            assert_never(never)


def _closed_by_automation(record: IncidentRecord, closed_at: datetime) -> IncidentRecord:
    """Undone at once the first time: an open row with a closed ticket is reopened. Then held like a person's."""
    if record.automation_closings < AUTOMATION_UNDONE:
        return record
    return _held(record, HeldBy.AUTOMATION, closed_at)


def _held_otherwise(record: IncidentRecord, ticket: Ticket, now: datetime) -> IncidentRecord:
    """A person who closed it may accept the risk later; and what was gone may be seen again, closed."""
    if record.held_by is HeldBy.DELETION:
        return replace(record, held_by=HeldBy.PERSON)
    by_a_person = record.held_by is HeldBy.PERSON and ticket.closed_by in (Closer.PERSON, None)
    if by_a_person and _accepted(record, ticket, record.held_at or now, now):
        return replace(record, held_by=HeldBy.ACCEPTANCE)
    return record


def _accepted(record: IncidentRecord, ticket: Ticket, closed_at: datetime, now: datetime) -> bool:
    return ticket.accepted and record.not_after is not None and now <= acceptance_ends(closed_at, record.not_after)


def _deleted(record: IncidentRecord, now: datetime) -> IncidentRecord:
    """What was held stays held for as long as it was; an acceptance outlives the ticket that it was said on."""
    if record.state is not IncidentState.HELD:
        return _held(record, HeldBy.DELETION, now)
    return record if record.held_by is HeldBy.ACCEPTANCE else replace(record, held_by=HeldBy.DELETION)


def _not_ahead(record: IncidentRecord, now: datetime) -> IncidentRecord:
    """A time that lies ahead was written under a clock that was wrong, and counts as now."""
    ahead = record.held_at is not None and record.held_at > now
    return replace(record, held_at=now) if ahead else record


def told_step(record: IncidentRecord, otherwise: Step) -> Step:
    """The highest step that its ticket was told of."""
    return max((_STEPS[id] for id in record.told if id in _STEPS), default=otherwise)


def _held(record: IncidentRecord, by: HeldBy, now: datetime) -> IncidentRecord:
    """A step that was decided, and never got to the ticket, is news to whoever closed it."""
    held_step = told_step(record, record.step)
    return replace(record, state=IncidentState.HELD, held_by=by, held_at=now, held_step=held_step)
