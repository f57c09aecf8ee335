"""The outbox at work: delivers what was committed, opens before updates before closes, soonest expiry first.

Intent before effect, always; each tracker on its own, so that one that is down holds up no other.
"""

import asyncio
from collections.abc import Collection, Sequence
from datetime import datetime

from incidentd.daemon.attempting import attempt
from incidentd.daemon.delivery import Delivery
from incidentd.daemon.installation import Installation
from incidentd.daemon.leases import HeldLease
from incidentd.daemon.settling import LONGEST_WAIT
from incidentd.model.plan import ActionKind, Intent, IntentState
from incidentd.model.ticket import Retryable, Uncertain
from incidentd.sources.interface import Progress, no_progress

GIVES_UP_AFTER = 3
"""So many failures in a row at one tracker, and the rest of its intents waits for the next round."""


async def deliver(
    installation: Installation,
    held: HeldLease,
    decided_at: datetime,
    *,
    even_if_waiting: bool = False,
    hidden: Collection[str] = (),
    until: datetime | None = None,
    progress: Progress = no_progress,
) -> Delivery:
    """One round: every pending intent that is due, but nothing is created in `hidden` trackers.

    `decided_at`: when the plan was made that they come from; a closing rests on what was seen then.
    Beyond `until` no more than one intent a tracker is tried, since a tracker may hang each time.
    Raises StoreError, once every tracker's round has ended.
    """
    now = installation.clock.now()
    queues: dict[str, list[Intent]] = {}
    for intent in await installation.worker.run(installation.store.unfinished):
        kept_back = intent.kind is ActionKind.OPEN and intent.tracker in hidden
        if intent.state is IntentState.PENDING and not kept_back and (even_if_waiting or is_due(intent, now)):
            queues.setdefault(intent.tracker, []).append(intent)
    delivery = Delivery()
    rounds = (_drain(installation, held, queue, decided_at, delivery, until, progress) for queue in queues.values())
    # None is left behind at work when another one fails: the lease would be gone before it ended.
    for ended in await asyncio.gather(*rounds, return_exceptions=True):
        if isinstance(ended, BaseException):
            raise ended
    return delivery


def is_due(intent: Intent, now: datetime) -> bool:
    """True when its back-off is over, or was written under a clock that ran ahead."""
    return not now < intent.due_at <= now + LONGEST_WAIT


async def _drain(
    installation: Installation,
    held: HeldLease,
    queue: Sequence[Intent],
    decided_at: datetime,
    delivery: Delivery,
    until: datetime | None,
    progress: Progress,
) -> None:
    failures = 0
    for done, intent in enumerate(queue):
        progress(done, len(queue))
        tracker = installation.trackers.get(intent.tracker)
        if tracker is None:
            delivery.left_the_configuration(intent.tracker)
            return
        outcome = await attempt(installation, held, tracker, intent, decided_at)
        # A ticket that the tracker will not have says nothing about the next one.
        failures = failures + 1 if isinstance(outcome, Retryable | Uncertain) else 0
        delivery.note(intent, outcome)
        if failures >= GIVES_UP_AFTER or (failures and until is not None and installation.clock.now() >= until):
            return
