"""Acceptance: a person takes the risk until an end. Held until then; in doubt the shorter word counts.

It is given in the tracker, by label or resolution, or by `incidentd accept`, which knows its end, its owner and its
reason, and closes the ticket with words of its own. The command changes the row only: the ticket is closed by the next
pass, as everything is sent, and a person who opens it again takes the acceptance back.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from incidentd.model.incident import HeldBy, IncidentRecord, IncidentState
from incidentd.model.ticket import Comment, Ticket
from incidentd.planning.phrases import instant
from incidentd.policy.calendar import BEGINNING

ACCEPTANCE_HOLDS = timedelta(days=30)
ACCEPTANCE_ENDS_BEFORE = timedelta(days=7)
"""An acceptance never reaches past this long before expiry, but where a person said so in as many words."""
_ID = "accepted-until:"


def acceptance_ends(accepted_at: datetime, not_after: datetime) -> datetime:
    """Until when an acceptance by label or resolution alone holds."""
    return min(accepted_at + ACCEPTANCE_HOLDS, latest_end(not_after))


def latest_end(not_after: datetime) -> datetime:
    """The latest end that a person may name without saying that it reaches through expiry.

    A certificate may say that it ended in the first days of year 1: then that is when the calendar begins.
    """
    try:
        return not_after - ACCEPTANCE_ENDS_BEFORE
    except OverflowError:
        return BEGINNING


def holds_to(record: IncidentRecord) -> datetime | None:
    """Until when the acceptance holds that a row is held by; None where it is held by none."""
    if record.state is not IncidentState.HELD or record.held_by is not HeldBy.ACCEPTANCE:
        return None
    if record.held_until is not None or record.held_at is None or record.not_after is None:
        return record.held_until
    return acceptance_ends(record.held_at, record.not_after)


def accepted_since(ticket: Ticket, now: datetime) -> datetime | None:
    """Since when the risk is accepted on a ticket that is open; None where it is not, or nobody can tell.

    Of what cannot be dated the ticket's own age is taken, so that a label that nobody removes does not hold for ever.
    """
    said_at = ticket.accepted_at or ticket.created_at
    return min(said_at, now) if ticket.accepted and said_at is not None else None


def accepted(record: IncidentRecord, until: datetime, owner: str, why: str, now: datetime) -> IncidentRecord:
    """The row once a person has accepted the risk by command. An acceptance that runs gives way to the new one."""
    return replace(
        record,
        state=IncidentState.HELD,
        held_by=HeldBy.ACCEPTANCE,
        held_at=now,
        held_step=record.step,
        held_until=until,
        close_text=f"Accepted risk until {instant(until)}, owned by {owner}: {why}.",
    )


def acceptance_id(record: IncidentRecord) -> str:
    """The id of the note with which the ticket is closed for it."""
    return f"{_ID}{record.held_at:%Y%m%dT%H%M%S}:{record.reopenings}"


def accepts(note: Comment) -> bool:
    """True for such a note: the closing that says it ends no incident."""
    return note.id.startswith(_ID)


def still_to_be_said(record: IncidentRecord, now: datetime) -> bool:
    """True while a command's acceptance holds and its ticket was not closed for it: that it is open says nothing."""
    held = record.state is IncidentState.HELD and record.held_until is not None and now <= record.held_until
    return held and acceptance_id(record) not in record.told
