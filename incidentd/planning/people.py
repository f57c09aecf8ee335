"""People win: what somebody else did to a ticket, noticed and written into the ledger's row before anything is planned.

When it cannot be told who closed a ticket, it was a person.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import assert_never

from incidentd.model.assessment import Step
from incidentd.model.incident import HeldBy, IncidentRecord, IncidentState, let_go
from incidentd.model.ticket import Closer, Ticket, TicketStatus
from incidentd.planning.acceptance import acceptance_ends, accepted_since, still_to_be_said

CRITICAL_HOLDS = timedelta(hours=24)
"""Once critical, a closing by somebody else holds this long at most."""
AUTOMATION_UNDONE = 1
"""How often a closing by a machine is undone at once."""


_STEPS = {f"step:{step.label}": step for step in Step}
"""Steps by the ids of the comments that tell of them."""


def respect(record: IncidentRecord, ticket: Ticket, now: datetime) -> IncidentRecord:
    """The row after looking at its ticket. Equal to `record` when nobody did anything."""
    same = ticket.status is TicketStatus.MISSING or record.ticket == ticket.ref
    followed = record if same else replace(record, ticket=ticket.ref)
    if not ticket.readable or (ticket.status is TicketStatus.OPEN and still_to_be_said(followed, now)):
        return followed
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
        return now > (record.held_until or acceptance_ends(record.held_at, not_after))
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


def _accepted_while_open(record: IncidentRecord, ticket: Ticket, now: datetime) -> IncidentRecord | None:
    """The row while that holds. It ends counted from when it was said: to say it again is a new word."""
    since = accepted_since(ticket, now)
    if since is None or not _accepted(record, ticket, since, now):
        return None
    if record.state is IncidentState.HELD and record.held_by is HeldBy.ACCEPTANCE:
        return replace(record, held_at=since, held_until=None)
    return _held(record, HeldBy.ACCEPTANCE, since)


def _opened_by_somebody(record: IncidentRecord) -> IncidentRecord:
    if record.state is not IncidentState.HELD:
        return record
    return let_go(record)


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
        case Closer.PERSON | Closer.OUR_LOGIN | None:
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
    by_a_person = record.held_by is HeldBy.PERSON and ticket.closed_by in (Closer.PERSON, Closer.OUR_LOGIN, None)
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
    return replace(record, state=IncidentState.HELD, held_by=by, held_at=now, held_step=held_step, held_until=None)
