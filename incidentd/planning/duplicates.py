"""Duplicates: one certificate, one incident, one ticket. Which of several stands for it; the others are closed.

The ticket that a person worked on last wins, else the oldest. The ledger follows the winner in the same transaction
that commits the merge, so that no closing of a duplicate is ever taken for somebody's closing of the incident.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from incidentd.model.incident import HeldBy, IncidentRecord, IncidentState, let_go
from incidentd.model.plan import Action, ActionKind
from incidentd.model.ticket import Comment, Ticket, TicketRef, TicketStatus
from incidentd.planning.phrases import listed
from incidentd.planning.sanitize import sanitize

REASON = "duplicate"
"""The reason code of every merge."""

_UNDATED = datetime.max.replace(tzinfo=UTC)


def standing_for(record: IncidentRecord, own: Ticket, known: Sequence[Ticket]) -> tuple[Ticket, tuple[Ticket, ...]]:
    """The ticket that stands for the incident, and the open ones that do so no longer, oldest first.

    `record` is the ledger's row after a look at `own`, its ticket; `known` are all open tickets of ours. Of open ones
    one wins. A ticket that a person closed keeps the incident held, but an open one that a person worked on is never
    closed for it. One that an automation closed, or that is gone, gives way to an open one.
    """
    others = [ticket for ticket in known if ticket.ref.id != own.ref.id and _counts(ticket)]
    if not others:
        return own, ()
    wins = _winner(_candidates(record, own, known, others))
    losers = (ticket for ticket in (*others, own) if ticket.ref.id != wins.ref.id and _counts(ticket))
    return wins, tuple(sorted(losers, key=_age))


def following(record: IncidentRecord, ticket: Ticket) -> IncidentRecord:
    """The row once that ticket stands for it. What another one was told, or holds, says nothing of this one.

    But a risk that was accepted by command was accepted of the incident, whichever ticket stands for it.
    """
    if record.ticket is not None and record.ticket.id == ticket.ref.id:
        return record
    followed = replace(record, ticket=ticket.ref, written={}, content_digest="")
    return followed if record.held_until is not None else let_go(followed)


def adopted(record: IncidentRecord, ticket: Ticket) -> IncidentRecord:
    """The row once a person chose another ticket for it. The one that it had is a duplicate from then on."""
    return replace(let_go(record), ticket=ticket.ref, written={}, content_digest="")


def arrived_late(known: Sequence[Ticket]) -> Ticket | None:
    """The ticket of an incident that ended without one: whatever people did to it, it is the incident's own."""
    found = [ticket for ticket in known if _counts(ticket)]
    return _winner(found) if found else None


def strays(record: IncidentRecord, known: Sequence[Ticket]) -> tuple[Ticket, ...]:
    """The open tickets of an incident that is over, oldest first, but for those that a person worked on."""
    own = record.ticket.id if record.ticket else None
    found = (ticket for ticket in known if ticket.ref.id != own and _counts(ticket) and ticket.touched_at is None)
    return tuple(sorted(found, key=_age))


def merge(record: IncidentRecord, standing: TicketRef, losers: Sequence[Ticket]) -> Action:
    """The action that closes the losers."""
    keys = listed([sanitize(ticket.ref.key) for ticket in losers], 5)
    kept = sanitize(standing.key)
    return Action(
        kind=ActionKind.MERGE,
        key=record.key,
        fingerprint=record.fingerprint,
        tracker=record.tracker,
        name=record.name,
        not_after=record.not_after,
        step=record.step,
        stage=record.stage,
        reasons=(REASON,),
        text=f"close {keys}: {kept} stands for the same {_subject(record)}",
        record=record,
        comments=(_note(record, standing),),
        duplicates=tuple(ticket.ref for ticket in losers),
    )


def _candidates(record: IncidentRecord, own: Ticket, known: Sequence[Ticket], others: list[Ticket]) -> list[Ticket]:
    if own.status is TicketStatus.OPEN and not own.ours:
        return [own]  # somebody chose it
    if own.status is TicketStatus.OPEN:
        return [next((ticket for ticket in known if ticket.ref.id == own.ref.id), own), *others]
    if record.state is IncidentState.HELD and record.held_by is HeldBy.ACCEPTANCE:
        return [own]
    if record.state is IncidentState.HELD and record.held_by is HeldBy.PERSON:
        return [ticket for ticket in others if ticket.touched_at is not None] or [own]
    return others


def _counts(ticket: Ticket) -> bool:
    return ticket.ours and ticket.status is TicketStatus.OPEN


def _winner(candidates: Iterable[Ticket]) -> Ticket:
    oldest_first = sorted(candidates, key=_age)
    touched = [(ticket.touched_at, -place, ticket) for place, ticket in enumerate(oldest_first) if ticket.touched_at]
    return max(touched, key=lambda one: one[:2])[2] if touched else oldest_first[0]


def _age(ticket: Ticket) -> tuple[datetime, int, str]:
    """Of two that were made in the same second, the one with the lower number is the older."""
    return ticket.created_at or _UNDATED, len(ticket.ref.id), ticket.ref.id


def _note(record: IncidentRecord, kept: TicketRef) -> Comment:
    """Said once on each ticket that is closed for another one."""
    named = f"{sanitize(kept.key)} {sanitize(kept.url)}".strip()
    why = f"a {_subject(record)} has one ticket at a time"
    if record.state is IncidentState.HELD:
        why = f"somebody else closed that one, and what they said of the {_subject(record)} holds"
    if record.state is IncidentState.CLOSED:
        why = f"that one is closed. {record.close_text}".rstrip(". ")
    return Comment(f"{REASON}:{kept.id}", f"Closed as a duplicate of {named}: {why}.")


def _subject(record: IncidentRecord) -> str:
    return "certificate" if record.of_certificate else "trouble"
