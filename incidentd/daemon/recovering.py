"""Recovering: finds out what became of what may have gone out, before anything new is decided about it.

A create whose outcome is not known is never sent again blindly: it is looked for until the tracker's window has passed
twice with nothing found. A reopening that took effect is made whole, or, where somebody closed again what it opened,
left at that; a closing that did is written down as ours, or it would be taken for somebody else's. Everything else may
simply be sent again.
"""

from collections.abc import Sequence
from dataclasses import replace

from incidentd.daemon.attempting import attempt
from incidentd.daemon.clockwatch import ClockWatch, distrust_before_writing
from incidentd.daemon.delivery import Delivery
from incidentd.daemon.installation import Installation
from incidentd.daemon.leases import HeldLease
from incidentd.daemon.outbox import is_due
from incidentd.daemon.sending import closed_since, contained, opened_since
from incidentd.daemon.settling import TO_BE_FOUND_OUT, change, found, known_to_ledger, record_of, settle
from incidentd.errors import TrackerError
from incidentd.model.incident import IncidentRecord
from incidentd.model.plan import ActionKind, Intent, IntentState
from incidentd.model.ticket import Closer, Confirmed, Outcome, Retryable, Ticket, TicketRef, TicketStatus
from incidentd.planning.changes import NOWHERE
from incidentd.trackers.interface import Tracker


async def recover(installation: Installation, watch: ClockWatch, held: HeldLease) -> Delivery:
    """What could be found out of every intent that may have gone out. Raises StoreError.

    Nothing, under a clock that is not believed: its leap is no time that passed since the intent went out.
    """
    delivery, read = Delivery(), watch.read()
    waiting = await installation.worker.run(installation.store.unfinished)
    in_doubt = [intent for intent in waiting if intent.state is not IntentState.PENDING]
    if in_doubt and await distrust_before_writing(installation, watch, (intent.tracker for intent in in_doubt), read):
        return delivery
    for intent in in_doubt:
        tracker = installation.trackers.get(intent.tracker)
        if intent.kind is ActionKind.CHANGE:
            await settle(installation, held, intent, Confirmed(NOWHERE))  # nobody can read whether it was taken
        elif intent.kind not in TO_BE_FOUND_OUT:
            await _send_again(installation, held, intent)
        elif tracker is None:
            delivery.left_the_configuration(intent.tracker)
        else:
            await _recover(installation, held, tracker, intent, delivery)
    return delivery


async def _recover(
    installation: Installation, held: HeldLease, tracker: Tracker, intent: Intent, delivery: Delivery
) -> None:
    since = min(intent.uncertain_since or installation.clock.now(), installation.clock.now())
    try:
        outcome, proven = await _found_out(installation, held, tracker, intent)
    except TrackerError as error:
        outcome, proven = Retryable(f"it cannot be found out what became of {intent.key}: {error}"), False
    if outcome is not None and not isinstance(outcome, Retryable):
        delivery.note(intent, outcome)
    elif outcome is None and (proven or installation.clock.now() - since >= 2 * tracker.settle_window):
        await _send_again(installation, held, intent)
    else:
        why = f" ({intent.error})" if intent.error else ""
        looking = Retryable(f"it is not known yet whether {intent.key} was {_DONE[intent.kind]}; looking{why}")
        delivery.note(intent, outcome or looking)
        if intent.state is IntentState.SENDING or intent.uncertain_since != since:
            await change(installation, held, replace(intent, state=IntentState.UNCERTAIN, uncertain_since=since))


_DONE = {ActionKind.OPEN: "created", ActionKind.REOPEN: "reopened", ActionKind.CLOSE: "closed"}


async def _found_out(
    installation: Installation, held: HeldLease, tracker: Tracker, intent: Intent
) -> tuple[Outcome | None, bool]:
    """What it came to, written down; or None, and whether that is proof that it had no effect. Raises TrackerError."""
    if intent.kind is ActionKind.OPEN:
        outcome = await found(installation, tracker, intent)
        if isinstance(outcome, Confirmed):
            await settle(installation, held, intent, outcome)
        return outcome, False
    record = await record_of(installation, intent)
    if intent.kind is ActionKind.REOPEN:
        return await _reopened(installation, held, tracker, intent, record)
    return await _closed(installation, held, tracker, intent, record.ticket)


async def _reopened(
    installation: Installation, held: HeldLease, tracker: Tracker, intent: Intent, record: IncidentRecord
) -> tuple[Outcome | None, bool]:
    before = await _read(tracker, record.ticket)
    standing = await contained(tracker, tracker.find(intent.key, intent.marker))
    if any(ticket.status is TicketStatus.OPEN for ticket in (*before, *standing)):
        if intent.state is IntentState.UNCERTAIN and not is_due(intent, installation.clock.now()):
            # What is still to be said may be on its way: said at once, it would be said twice.
            return Retryable(f"{intent.key} is open again; the rest of its reopening waits its turn"), False
        uncertain = replace(intent, state=IntentState.UNCERTAIN)
        await change(installation, held, uncertain)  # what stands as being sent is not sent again
        return await attempt(installation, held, tracker, uncertain, installation.clock.now()), True
    opened = opened_since(standing, before, intent.created_at)
    closed = closed_since(before, record) or await _closed_anew(installation, tracker, intent, opened)
    if closed is None:
        # Nothing open proves nothing yet: an event may wait to be processed, a new ticket in its place to be indexed.
        return None, False
    outcome = Confirmed(closed.ref, unfinished=True)
    await settle(installation, held, intent, outcome)
    return outcome, True


async def _closed_anew(
    installation: Installation, tracker: Tracker, intent: Intent, opened: Sequence[Ticket]
) -> Ticket | None:
    """What it opened in another's place, and somebody else closed before that was known: theirs is the last word."""
    known = await known_to_ledger(installation, intent.key) if opened else set()
    for ticket in opened:
        if ticket.ref.id not in known:
            # Found by its key it does not tell a person from our own login, as which we close duplicates.
            closed = [one for one in await _read(tracker, ticket.ref) if one.status is TicketStatus.CLOSED]
            if any(one.closed_by not in (Closer.OURSELVES, Closer.OUR_LOGIN) for one in closed):
                return ticket
    return None


async def _closed(
    installation: Installation, held: HeldLease, tracker: Tracker, intent: Intent, ref: TicketRef | None
) -> tuple[Outcome | None, bool]:
    closed = [ticket for ticket in await _read(tracker, ref) if ticket.status is TicketStatus.CLOSED]
    if not closed:
        return None, True
    outcome = Confirmed(closed[0].ref)
    await settle(installation, held, intent, outcome)
    return outcome, True


async def _read(tracker: Tracker, ref: TicketRef | None) -> tuple[Ticket, ...]:
    return await contained(tracker, tracker.read([ref])) if ref is not None else ()


async def _send_again(installation: Installation, held: HeldLease, intent: Intent) -> None:
    await change(installation, held, replace(intent, state=IntentState.PENDING, uncertain_since=None))
