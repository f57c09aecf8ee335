"""Settling: what became of an intent, written with the ledger's row in one transaction; and what can be found out."""

from dataclasses import replace
from datetime import datetime, timedelta

from incidentd.daemon.installation import Installation
from incidentd.daemon.leases import HeldLease
from incidentd.daemon.sending import adoptable, contained
from incidentd.errors import TrackerError
from incidentd.model.incident import IncidentRecord
from incidentd.model.plan import ActionKind, Intent, IntentState
from incidentd.model.ticket import Confirmed, Outcome, Rejected, Retryable, Uncertain, same_ticket
from incidentd.planning.outcome import REJECTED_RETRY_SECONDS, after_confirmed, retry_seconds
from incidentd.trackers.interface import Tracker

LONGEST_WAIT = timedelta(hours=2)
"""What is due later than this was written under a clock that ran ahead, so no wait is ever made longer."""
TO_BE_FOUND_OUT = (ActionKind.OPEN, ActionKind.REOPEN, ActionKind.CLOSE)
"""What changes whether a ticket is open: whether it was done is found out before anything else is decided about it."""


async def settle(installation: Installation, held: HeldLease, intent: Intent, outcome: Outcome) -> None:
    """Writes what became of it. Raises StoreError."""
    now = installation.clock.now()
    if isinstance(outcome, Confirmed):
        record, events = after_confirmed(await record_of(installation, intent), intent, outcome, now)
        done = replace(intent, state=IntentState.DONE, error="")
        await installation.worker.run(lambda: installation.store.settle(done, record, events, held.lease, now))
    else:
        await change(installation, held, _not_done(installation, intent, outcome, now))


async def change(installation: Installation, held: HeldLease, intent: Intent) -> None:
    """Writes the intent as it now stands; nothing else is known. Raises StoreError."""
    now = installation.clock.now()
    await installation.worker.run(lambda: installation.store.settle(intent, None, (), held.lease, now))


async def found(installation: Installation, tracker: Tracker, intent: Intent) -> Confirmed | Retryable | None:
    """The ticket, if the tracker holds it already: made before an answer was lost, or before the state was."""
    try:
        tickets = await contained(tracker, tracker.find(intent.key, intent.marker))
    except TrackerError as error:
        return Retryable(str(error), error.retry_after_seconds)
    follows = intent.content.follows if intent.content else None
    if follows is not None:
        # Both trackers may be one site: the ticket that it moves away from is no ticket of where it moves to.
        tickets = tuple(ticket for ticket in tickets if not same_ticket(ticket.ref, follows))
    known = await known_to_ledger(installation, intent.key)
    ticket = adoptable(tickets, known, installation.clock.now())
    return Confirmed(ticket.ref, adopted=True) if ticket else None


async def known_to_ledger(installation: Installation, key: str) -> set[str]:
    """The ids of the tickets that stood for it in any of its lives. Raises StoreError."""
    lives = await installation.worker.run(lambda: installation.store.lives(key))
    return {row.ticket.id for row in lives if row.ticket is not None}


async def record_of(installation: Installation, intent: Intent) -> IncidentRecord:
    """The ledger's row that the intent is about, as it is now. Raises StoreError."""
    return await installation.worker.run(lambda: installation.store.row(intent.incident_id))


def _not_done(
    installation: Installation, intent: Intent, outcome: Rejected | Retryable | Uncertain, now: datetime
) -> Intent:
    asked = outcome.after_seconds if isinstance(outcome, Retryable) else None
    if isinstance(outcome, Rejected):
        asked = REJECTED_RETRY_SECONDS
    wait = timedelta(seconds=retry_seconds(intent.attempts, asked, installation.randomness.fraction()))
    after = replace(intent, due_at=now + min(wait, LONGEST_WAIT), error=outcome.text)
    if isinstance(outcome, Uncertain) and intent.kind in TO_BE_FOUND_OUT:
        return replace(after, state=IntentState.UNCERTAIN, uncertain_since=now)
    return replace(after, state=IntentState.PENDING)
