"""The outbox at work: recovers what a crash left behind, and delivers what was committed. Intent before effect, always.

A create whose outcome is not known is never sent again blindly: it is looked for until the tracker's window has passed
twice with nothing found.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from incidentd.daemon.installation import Installation
from incidentd.daemon.leases import HeldLease
from incidentd.daemon.sending import adoptable, send
from incidentd.errors import TrackerError
from incidentd.model.incident import IncidentRecord
from incidentd.model.plan import ActionKind, Intent, IntentState
from incidentd.model.ticket import Confirmed, Outcome, Rejected, Retryable, Uncertain
from incidentd.planning.outcome import REJECTED_RETRY_SECONDS, after_confirmed, retry_seconds
from incidentd.sources.interface import Progress, no_progress
from incidentd.trackers.interface import Tracker

GIVES_UP_AFTER = 3
"""So many failures in a row at one tracker, and the rest of its intents waits for the next round."""
LOOKS_AGAIN_SECONDS = 1.0


@dataclass
class Delivery:
    """What became of one round."""

    confirmed: int = 0
    problems: dict[str, None] = field(default_factory=dict)
    """Texts, each once, in the order in which they came up."""


async def recover(installation: Installation, held: HeldLease) -> Delivery:
    """Finds out what became of the creates that nobody knows of; everything else may simply be sent again."""
    delivery = Delivery()
    for intent in await installation.worker.run(installation.store.unfinished):
        if intent.state is IntentState.PENDING:
            continue
        if intent.kind is ActionKind.OPEN:
            await _look_for(installation, held, intent, delivery)
        else:
            await _settle(installation, held, replace(intent, state=IntentState.PENDING, uncertain_since=None), None)
    return delivery


async def deliver(
    installation: Installation, held: HeldLease, *, even_if_waiting: bool = False, progress: Progress = no_progress
) -> Delivery:
    """One round: every pending intent that is due, in order, each tracker on its own."""
    now = installation.clock.now()
    queues: dict[str, list[Intent]] = {}
    for intent in await installation.worker.run(installation.store.unfinished):
        due = even_if_waiting or not now < intent.due_at <= now + timedelta(hours=2)
        if intent.state is IntentState.PENDING and due:
            queues.setdefault(intent.tracker, []).append(intent)
    delivery = Delivery()
    await asyncio.gather(*(_drain(installation, held, queue, delivery, progress) for queue in queues.values()))
    return delivery


async def _drain(
    installation: Installation, held: HeldLease, queue: Sequence[Intent], delivery: Delivery, progress: Progress
) -> None:
    failures = 0
    for done, intent in enumerate(queue):
        progress(done, len(queue))
        tracker = installation.trackers.get(intent.tracker)
        if tracker is None:
            delivery.problems[f"tracker {intent.tracker} left the configuration; its intents wait"] = None
            return
        outcome = await _attempt(installation, held, tracker, intent)
        failures = 0 if isinstance(outcome, Confirmed) else failures + 1
        _note(delivery, intent, outcome)
        if failures >= GIVES_UP_AFTER:
            return


async def _attempt(installation: Installation, held: HeldLease, tracker: Tracker, intent: Intent) -> Outcome:
    record = await _record_of(installation, intent)
    if intent.kind is ActionKind.OPEN:
        found = await _found(installation, tracker, intent)
        if not isinstance(found, Retryable | None):
            await _settle(installation, held, intent, found)
            return found
        if found is not None:
            await _settle(installation, held, replace(intent, attempts=intent.attempts + 1), found)
            return found
    held.check(installation.clock.now())
    now = installation.clock.now()
    sending = await installation.worker.run(lambda: installation.store.mark_sending(intent, held.lease, now))
    held.check(installation.clock.now())
    outcome = await send(tracker, sending, record)
    await _settle(installation, held, sending, outcome)
    return outcome


async def _look_for(installation: Installation, held: HeldLease, intent: Intent, delivery: Delivery) -> None:
    tracker = installation.trackers.get(intent.tracker)
    if tracker is None:
        delivery.problems[f"tracker {intent.tracker} left the configuration; its intents wait"] = None
        return
    now = installation.clock.now()
    since = min(intent.uncertain_since or now, now)
    found = await _found(installation, tracker, intent)
    if isinstance(found, Confirmed):
        await _settle(installation, held, intent, found)
        delivery.confirmed += 1
    elif isinstance(found, Retryable):
        delivery.problems[found.text] = None
    elif now - since >= 2 * tracker.settle_window:
        await _settle(
            installation, held, replace(intent, state=IntentState.PENDING, uncertain_since=None, due_at=now), None
        )
    else:
        if intent.state is IntentState.SENDING or intent.uncertain_since != since:
            waiting = replace(intent, state=IntentState.UNCERTAIN, uncertain_since=since)
            await _settle(installation, held, waiting, None)
        delivery.problems[f"{intent.tracker}: it is not known yet whether {intent.key} was created; looking"] = None


async def _found(installation: Installation, tracker: Tracker, intent: Intent) -> Confirmed | Retryable | None:
    """The ticket, if the tracker holds it already: made before an answer was lost, or before the state was."""
    try:
        tickets = await tracker.find(intent.key, intent.marker)
    except TrackerError as error:
        return Retryable(f"{tracker.name}: {error}", error.retry_after_seconds)
    history = await installation.worker.run(lambda: installation.store.history(intent.key))
    known = {row.ticket.id for row, _ in history if row.ticket is not None}
    ticket = adoptable(tickets, known, installation.clock.now())
    return Confirmed(ticket.ref, adopted=True) if ticket else None


async def _record_of(installation: Installation, intent: Intent) -> IncidentRecord:
    history = await installation.worker.run(lambda: installation.store.history(intent.key))
    return next(row for row, _ in history if row.id == intent.incident_id)


async def _settle(installation: Installation, held: HeldLease, intent: Intent, outcome: Outcome | None) -> None:
    """Writes what became of it. None: only the intent itself changed."""
    now = installation.clock.now()
    if isinstance(outcome, Confirmed):
        record, events = after_confirmed(await _record_of(installation, intent), intent, outcome, now)
        done = replace(intent, state=IntentState.DONE, error="")
        await installation.worker.run(lambda: installation.store.settle(done, record, events, held.lease, now))
        return
    after = intent if outcome is None else _not_done(installation, intent, outcome, now)
    await installation.worker.run(lambda: installation.store.settle(after, None, (), held.lease, now))


def _not_done(
    installation: Installation, intent: Intent, outcome: Rejected | Retryable | Uncertain, now: datetime
) -> Intent:
    asked = outcome.after_seconds if isinstance(outcome, Retryable) else None
    if isinstance(outcome, Rejected):
        asked = REJECTED_RETRY_SECONDS
    wait = retry_seconds(intent.attempts, asked, installation.randomness.fraction())
    due_at = now + timedelta(seconds=wait)
    if isinstance(outcome, Uncertain) and intent.kind is ActionKind.OPEN:
        return replace(intent, state=IntentState.UNCERTAIN, uncertain_since=now, due_at=due_at, error=outcome.text)
    return replace(intent, state=IntentState.PENDING, due_at=due_at, error=outcome.text)


def _note(delivery: Delivery, intent: Intent, outcome: Outcome) -> None:
    if isinstance(outcome, Confirmed):
        delivery.confirmed += 1
    else:
        delivery.problems[f"{intent.tracker}: {outcome.text}"] = None
