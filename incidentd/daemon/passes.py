"""One pass: the picture, line by line. Sweeps fill the inventory; a reconcile turns it into tickets that are true."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial

from incidentd.daemon.blindness import OwnSight, look_at_oneself, remember_and_commit
from incidentd.daemon.clockwatch import ClockWatch
from incidentd.daemon.deciding import Decision, decide, is_outdated
from incidentd.daemon.delivery import Delivery
from incidentd.daemon.installation import Installation
from incidentd.daemon.leases import HeldLease, leased
from incidentd.daemon.outbox import deliver, is_due
from incidentd.daemon.recovering import recover
from incidentd.daemon.rounds import count_unconfigured, sweep_source
from incidentd.model.blindness import Signs
from incidentd.model.inventory import SweepRecord
from incidentd.model.plan import Intent, IntentState
from incidentd.planning.commitment import commitments
from incidentd.sources.interface import Progress, no_progress
from incidentd.store.interface import Decided

RECONCILE = "reconcile"
ROWS_AT_ONCE = 500
"""Of a plan, in one transaction: one of thousands would outlast the lease, which cannot be renewed meanwhile."""
FOLLOW_UPS = 3
"""Ticket, page, the ticket that names it; or the new ticket, the old one closed, the page that names the new one."""
LOOKS_AGAIN_SECONDS = 1.0
SHORTEST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 4.0


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What one reconcile decided and delivered."""

    decision: Decision
    confirmed: int
    waiting: tuple[Intent, ...]
    """What stands in the outbox afterwards."""
    problems: tuple[str, ...]
    observes_only: bool = False
    """True: nothing was sent, on purpose."""
    own: OwnSight = field(default_factory=OwnSight)
    """What incidentd is blind to."""

    @property
    def undelivered(self) -> int:
        """How many intents should have gone out and did not."""
        return 0 if self.observes_only else len(self.waiting)

    @property
    def uncertain(self) -> bool:
        """True while it is not known of something whether it was done."""
        return any(intent.state is not IntentState.PENDING for intent in self.waiting)


@dataclass(frozen=True, slots=True)
class Passed:
    """One whole pass."""

    sweeps: tuple[SweepRecord, ...]
    reconciled: Reconciled
    unheard: str = ""
    """Why the heartbeat was called and not heard; that is no problem of the pass."""

    @property
    def problems(self) -> tuple[str, ...]:
        """Sources that failed as a whole, and what was not delivered. Empty: all is applied."""
        failed = (f"source {record.source} failed: {record.failure}" for record in self.sweeps if record.failure)
        return (*failed, *self.reconciled.problems)


async def whole_pass(
    installation: Installation, watch: ClockWatch, patience: timedelta, progress: Progress = no_progress
) -> Passed:
    """Every source swept once, one reconcile, the outbox drained; gives up waiting after `patience`.

    The heartbeat is called when the pass was complete and nothing is left undelivered.
    """
    signs = Signs(began_at=installation.clock.now())
    deadline = signs.began_at + patience
    sweeps = [await sweep_source(installation, watch, name, deadline, progress) for name in installation.sources]
    await count_unconfigured(installation, watch, deadline)
    passed = Passed(tuple(sweeps), await reconcile_until(installation, watch, deadline, signs=signs))
    done = passed.reconciled
    if installation.heartbeat is None or passed.problems or done.undelivered or done.own.incomplete:
        return passed
    return replace(passed, unheard=await installation.heartbeat.beat())


async def reconcile(
    installation: Installation,
    watch: ClockWatch,
    wait_until: datetime | None,
    progress: Progress = no_progress,
    signs: Signs | None = None,
) -> Reconciled:
    """Desired against actual, once; what is due is sent, what is not waits for the next pass."""
    async with leased(installation, RECONCILE, wait_until) as held:
        done = await _reconcile(installation, watch, held, even_if_waiting=False, progress=progress)
        done = await _followed_up(installation, watch, held, done, progress)
        done = await _with_own_sight(installation, watch, held, done, progress, signs)
        before = -1
        # A tracker that works things off a moment later is looked at again, as long as that brings something to light.
        while done.uncertain and not done.observes_only and done.confirmed > before:
            before = done.confirmed
            await installation.clock.sleep(LOOKS_AGAIN_SECONDS)
            done = await _another_round(installation, watch, held, done, progress)
        return done


async def reconcile_until(
    installation: Installation,
    watch: ClockWatch,
    deadline: datetime,
    progress: Progress = no_progress,
    signs: Signs | None = None,
) -> Reconciled:
    """Desired against actual, and the outbox drained: what fails is tried again until the deadline."""
    async with leased(installation, RECONCILE, deadline) as held:
        done = await _reconcile(installation, watch, held, even_if_waiting=True, until=deadline, progress=progress)
        done = await _drained(installation, watch, held, done, deadline, progress)
        done = await _followed_up(installation, watch, held, done, progress)
        done = await _drained(installation, watch, held, done, deadline, progress)
        done = await _with_own_sight(installation, watch, held, done, progress, signs)
        return await _drained(installation, watch, held, done, deadline, progress)


async def _followed_up(
    installation: Installation, watch: ClockWatch, held: HeldLease, done: Reconciled, progress: Progress
) -> Reconciled:
    """A page waits for the ticket that it names, and the ticket then names the page; a move has two steps too.

    So where anything stands beside a ticket it is decided again at once, as long as that brings something about.
    """
    newly = done.confirmed
    for _ in range(FOLLOW_UPS):
        if not newly or done.observes_only or not done.decision.has_besides:
            break
        before = done
        done = await _reconcile(installation, watch, held, even_if_waiting=False, progress=progress)
        newly = done.confirmed
        done = replace(done, confirmed=before.confirmed + newly)
        if done.waiting and not done.problems:
            done = replace(done, problems=before.problems)  # where nothing was due, what was said before still holds
    return done


async def _drained(
    installation: Installation,
    watch: ClockWatch,
    held: HeldLease,
    done: Reconciled,
    deadline: datetime,
    progress: Progress,
) -> Reconciled:
    pause = SHORTEST_PAUSE_SECONDS
    while _is_worth_another_round(installation, done, deadline):
        rest = (deadline - installation.clock.now()).total_seconds()
        await installation.clock.sleep(min(pause, rest))
        pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
        if done.decision.unreadable:
            before = done.confirmed
            done = await _reconcile(installation, watch, held, even_if_waiting=False, progress=progress)
            done = replace(done, confirmed=done.confirmed + before)
        else:
            done = await _another_round(installation, watch, held, done, progress)
    return done


def _is_worth_another_round(installation: Installation, done: Reconciled, deadline: datetime) -> bool:
    """False when all is done, the time is up, or whatever waits will wait for longer than that."""
    now = installation.clock.now()
    if done.observes_only or now >= deadline:
        return False
    return bool(done.decision.unreadable) or any(
        intent.state is not IntentState.PENDING or is_due(intent, now) or intent.due_at < deadline
        for intent in done.waiting
        if intent.tracker in installation.trackers
    )


async def _reconcile(
    installation: Installation,
    watch: ClockWatch,
    held: HeldLease,
    *,
    even_if_waiting: bool,
    until: datetime | None = None,
    progress: Progress,
) -> Reconciled:
    observes = installation.observes_only
    recovered = Delivery() if observes else await recover(installation, watch, held)
    inventory = await installation.worker.run(installation.store.inventory)
    decision = await decide(installation, inventory, watch)
    delivered = Delivery()
    if not observes:
        await _commit(installation, decision, held)
        delivered = await deliver(
            installation,
            held,
            decision.now,
            even_if_waiting=even_if_waiting,
            hidden=decision.hidden,
            until=until,
            progress=progress,
        )
    return await _reconciled(installation, decision, recovered, delivered, 0)


async def _with_own_sight(
    installation: Installation,
    watch: ClockWatch,
    held: HeldLease,
    done: Reconciled,
    progress: Progress,
    signs: Signs | None,
) -> Reconciled:
    """What incidentd is blind to after all this, remembered, and said where it has not been said."""
    own = await look_at_oneself(installation, done.decision, done.waiting, watch, signs)
    await remember_and_commit(installation, held, own, done.waiting)
    done = replace(done, decision=replace(done.decision, distrust=own.distrust), own=own)
    if done.observes_only or not own.plan.actions:
        return done
    again = await _another_round(installation, watch, held, done, progress)
    return replace(again, problems=tuple(dict.fromkeys((*done.problems, *again.problems))))


async def _another_round(
    installation: Installation, watch: ClockWatch, held: HeldLease, before: Reconciled, progress: Progress
) -> Reconciled:
    if await is_outdated(installation, before.decision, before.waiting):
        done = await _reconcile(installation, watch, held, even_if_waiting=False, progress=progress)
        done = replace(done, confirmed=before.confirmed + done.confirmed, own=before.own)
    else:
        recovered = await recover(installation, watch, held)
        now, hidden = before.decision.now, before.decision.hidden
        delivered = await deliver(installation, held, now, hidden=hidden, progress=progress)
        done = await _reconciled(installation, before.decision, recovered, delivered, before.confirmed)
        done = replace(done, own=before.own)
    # Where nothing was due in this round, what was said before still holds.
    return done if done.problems or not done.waiting else replace(done, problems=before.problems)


async def _reconciled(
    installation: Installation, decision: Decision, recovered: Delivery, delivered: Delivery, before: int
) -> Reconciled:
    waiting = await installation.worker.run(installation.store.unfinished)
    problems = {**dict.fromkeys(decision.problems), **delivered.problems}
    if waiting:
        problems |= recovered.problems
    confirmed = before + recovered.confirmed + delivered.confirmed
    return Reconciled(decision, confirmed, waiting, tuple(problems), installation.observes_only)


async def _commit(installation: Installation, decision: Decision, held: HeldLease) -> None:
    records = {record.id: record for record in (*decision.records, *decision.beside, *decision.told)}
    made = await installation.worker.run(lambda: commitments(decision.plan, records, decision.unfinished, decision.now))
    if not made:
        return
    rows: Sequence[Decided] = [Decided(one.record, one.intent, one.events, one.drop_intent) for one in made]
    for first in range(0, len(rows), ROWS_AT_ONCE):
        await held.ensure()
        batch = rows[first : first + ROWS_AT_ONCE]
        await installation.worker.run(partial(installation.store.commit, batch, held.lease, decision.now))
