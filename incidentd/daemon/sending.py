"""Sending: one intent to one tracker, and which ticket that is already there may be taken for ours."""

from collections.abc import Awaitable, Collection, Sequence
from datetime import UTC, datetime, timedelta
from typing import TypeVar, assert_never

import structlog

from incidentd.errors import IncidentdError, StoreError, TrackerError, TrackerFailure
from incidentd.model.incident import HeldBy, IncidentRecord, key_on_ticket
from incidentd.model.plan import ActionKind, Intent
from incidentd.model.ticket import Closer, Confirmed, Outcome, Rejected, Ticket, TicketRef, TicketStatus
from incidentd.planning.diff import REOPENS_WITHIN
from incidentd.trackers.exchange import REFUSED
from incidentd.trackers.interface import ChangeContent, TellsChanges, TellsReleases, Tracker

T = TypeVar("T")
log = structlog.get_logger()
_TOLD_IN_VAIN = REFUSED | {TrackerFailure.UNCLEAR, TrackerFailure.NOT_FOUND}
CLOCKS_DIFFER = timedelta(minutes=1)
"""A tracker's and ours, and neither is wrong."""
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


async def contained(tracker: Tracker, call: Awaitable[T]) -> T:
    """What a call to a tracker comes to. Whatever else it raises is that tracker's failure, and nobody else's.

    Raises TrackerError; StoreError (LeaseLost) as it is, which stops the work.
    """
    try:
        return await call
    except (TrackerError, StoreError):
        raise
    except IncidentdError as error:
        raise TrackerError(TrackerFailure.UNCLEAR, error.what, error.where, error.hint) from error
    except Exception as error:
        # A defect in one tracker's room, or an answer that nobody thought of: the other tickets must still go out.
        log.exception("internal error", tracker=tracker.name)
        what = f"internal error: {type(error).__name__}"
        raise TrackerError(TrackerFailure.UNCLEAR, what, tracker.name, "the log has its traceback") from error


async def send(tracker: Tracker, intent: Intent, record: IncidentRecord) -> Outcome:
    """The one call that belongs to the intent. Trackers read before they write."""
    content, ref = intent.content, record.ticket
    match intent.kind:
        case ActionKind.OPEN if content is not None:
            return await tracker.open(content)
        case ActionKind.UPDATE if content is not None and ref is not None:
            return await tracker.update(ref, content, record.written, intent.comments)
        case ActionKind.REOPEN if content is not None and ref is not None:
            return await tracker.reopen(ref, content, record.written, intent.comments)
        case ActionKind.COMMENT if ref is not None:
            return await tracker.comment(ref, intent.comments)
        case ActionKind.TELL if ref is not None and content is not None and isinstance(tracker, TellsReleases):
            return await tracker.tell_release(ref, content, intent.comments)
        case ActionKind.CHANGE if ref is not None and isinstance(tracker, TellsChanges):
            return await _told_change(tracker, intent, ref)
        case ActionKind.MERGE if ref is not None:
            return await tracker.merge(ref, intent.duplicates, intent.key, intent.comments[0])
        case ActionKind.CLOSE if ref is not None:
            return await tracker.close(ref, key_on_ticket(intent.key), intent.comments[0], record.written)
        case (
            ActionKind.OPEN
            | ActionKind.UPDATE
            | ActionKind.REOPEN
            | ActionKind.COMMENT
            | ActionKind.TELL
            | ActionKind.CHANGE
            | ActionKind.MERGE
            | ActionKind.CLOSE
        ):
            return Rejected(f"the intent {intent.id} lacks what a {intent.kind} needs")
        case never:
            assert_never(never)


async def _told_change(tracker: TellsChanges, intent: Intent, ref: TicketRef) -> Outcome:
    """Once at the most: what may have been taken was, and what the tracker will not have it never had to.

    Raises TrackerError for what is certainly not done, and may be tried again.
    """
    try:
        await tracker.tell_change(_change_of(intent))
    except TrackerError as error:
        if error.kind not in _TOLD_IN_VAIN:
            raise
        return Confirmed(ref, left_out=(f"a change: {error}",))
    return Confirmed(ref)


def _change_of(intent: Intent) -> ChangeContent:
    content = intent.content
    return ChangeContent(
        summary="\n".join(comment.text for comment in intent.comments),
        source="incidentd",
        at=intent.created_at,
        details=content.details if content else (),
        links=tuple((link.text, link.url) for link in content.links) if content else (),
    )


def adoptable(tickets: Sequence[Ticket], known: Collection[str], now: datetime) -> Ticket | None:
    """The ticket of ours that stands for the certificate already, oldest open one first; None: create one.

    One that was closed counts if somebody else closed it and the ledger does not know it from an earlier life (the
    state was lost: their word still holds), or if we closed it so lately that it would be reopened anyway. Of several
    it is the one that was closed last: a duplicate is closed while another one stands.
    """
    ours = [ticket for ticket in tickets if ticket.ours]
    still_open = [ticket for ticket in ours if ticket.status is TicketStatus.OPEN]
    if still_open:
        return still_open[0]
    closed = [ticket for ticket in ours if ticket.status is TicketStatus.CLOSED and ticket.ref.id not in known]
    lately = [ticket for ticket in closed if _still_counts(ticket, now)]
    return max(reversed(lately), key=_closed_at, default=None)


def opened_since(known: Sequence[Ticket], before: Sequence[Ticket], decided_at: datetime) -> Sequence[Ticket]:
    """The closed tickets of ours that a reopening may have opened in the place of the one `before`; the last one first.

    Made after that one was closed, by the tracker's clock, and after the reopening was decided, by ours.
    """
    since = max((_closed_at(ticket) for ticket in before), default=_LONG_AGO)
    latest = max(since, decided_at - CLOCKS_DIFFER)
    closed = (ticket for ticket in known if ticket.ours and ticket.status is TicketStatus.CLOSED)
    opened = [ticket for ticket in closed if ticket.created_at is not None and ticket.created_at >= latest]
    return sorted(opened, key=_closed_at, reverse=True)


def closed_since(before: Sequence[Ticket], record: IncidentRecord) -> Ticket | None:
    """The row's own ticket where a person closed it since its reopening was decided, as a machine had closed it.

    Where the word was a person's before, or one came before our own closing, nothing tells it from another.
    """
    if not record.active or record.held_by not in (None, HeldBy.AUTOMATION):
        return None
    closed = (ticket for ticket in before if ticket.status is TicketStatus.CLOSED)
    return next((ticket for ticket in closed if ticket.closed_by is Closer.PERSON), None)


def _closed_at(ticket: Ticket) -> datetime:
    return ticket.closed_at or _LONG_AGO


def _still_counts(ticket: Ticket, now: datetime) -> bool:
    if ticket.closed_by is not Closer.OURSELVES:
        return True
    return ticket.closed_at is not None and now - ticket.closed_at <= REOPENS_WITHIN
