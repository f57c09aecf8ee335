"""Sending: one intent to one tracker, and which ticket that is already there may be taken for ours."""

from collections.abc import Awaitable, Collection, Sequence
from datetime import UTC, datetime
from typing import TypeVar, assert_never

import structlog

from incidentd.errors import IncidentdError, StoreError, TrackerError, TrackerFailure
from incidentd.model.incident import IncidentRecord, key_on_ticket
from incidentd.model.plan import ActionKind, Intent
from incidentd.model.ticket import Closer, Outcome, Rejected, Ticket, TicketStatus
from incidentd.planning.diff import REOPENS_WITHIN
from incidentd.trackers.interface import TellsReleases, Tracker

T = TypeVar("T")
log = structlog.get_logger()
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
            | ActionKind.MERGE
            | ActionKind.CLOSE
        ):
            return Rejected(f"the intent {intent.id} lacks what a {intent.kind} needs")
        case never:
            assert_never(never)


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


def _closed_at(ticket: Ticket) -> datetime:
    return ticket.closed_at or _LONG_AGO


def _still_counts(ticket: Ticket, now: datetime) -> bool:
    if ticket.closed_by is not Closer.OURSELVES:
        return True
    return ticket.closed_at is not None and now - ticket.closed_at <= REOPENS_WITHIN
