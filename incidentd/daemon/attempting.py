"""Attempting: one intent sent once. Committed as sent before the request goes out, and settled after the answer.

A process may die, be paused or lose its lease between any two lines here: what then stands in the outbox is enough to
find out, or to send again without doing anything twice.
"""

from datetime import datetime, timedelta
from functools import partial

from incidentd.daemon.deciding import ON_PROOF
from incidentd.daemon.installation import Installation
from incidentd.daemon.leases import HeldLease
from incidentd.daemon.sending import contained, send
from incidentd.daemon.settling import found, record_of, settle
from incidentd.errors import TrackerError, TrackerFailure
from incidentd.model.plan import ActionKind, Intent, IntentState
from incidentd.model.ticket import Outcome, Retryable, Uncertain
from incidentd.trackers.exchange import outcome_of
from incidentd.trackers.interface import Tracker
from incidentd.transport import fenced

PROOF_LASTS = timedelta(seconds=60)
"""A closing that was decided longer ago is decided again: the process may have been paused, and the proof be gone."""


async def attempt(
    installation: Installation, held: HeldLease, tracker: Tracker, intent: Intent, decided_at: datetime
) -> Outcome:
    """What came of it, already written down. Raises StoreError; LeaseLost before anything is sent without the right."""
    outcome: Outcome | None = None
    sending = intent
    if intent.kind is ActionKind.OPEN:
        outcome = await found(installation, tracker, intent)
    if outcome is None:
        await held.ensure()
        now = installation.clock.now()
        sending = await installation.worker.run(lambda: installation.store.mark_sending(intent, held.lease, now))
        outcome = await _sent(installation, held, tracker, sending, decided_at)
    if intent.state is IntentState.UNCERTAIN and isinstance(outcome, Retryable):
        outcome = Uncertain(outcome.text)  # what was found half done is no more certain than before
    await settle(installation, held, sending, outcome)
    return outcome


async def _sent(
    installation: Installation, held: HeldLease, tracker: Tracker, intent: Intent, decided_at: datetime
) -> Outcome:
    record = await record_of(installation, intent)
    try:
        with fenced(partial(_ensure, installation, held, intent, decided_at)):
            return await contained(tracker, send(tracker, intent, record))
    except TrackerError as error:
        return outcome_of(error)


async def _ensure(installation: Installation, held: HeldLease, intent: Intent, decided_at: datetime) -> None:
    """The last look before the first byte. Raises LeaseLost, TrackerError."""
    await held.ensure()
    if intent.kind in ON_PROOF and abs(installation.clock.now() - decided_at) > PROOF_LASTS:
        what = f"the closing of {intent.key} was decided too long ago: it is decided again"
        raise TrackerError(TrackerFailure.UNAVAILABLE, what)
