"""One pass: the picture, line by line. Sweeps fill the inventory; a reconcile turns it into tickets that are true."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from incidentd.daemon.clockwatch import ClockWatch
from incidentd.daemon.deciding import Decision, decide
from incidentd.daemon.installation import Installation
from incidentd.daemon.leases import HeldLease, leased
from incidentd.daemon.outbox import deliver, recover
from incidentd.daemon.sweeping import record_unconfigured, sweep_and_record
from incidentd.model.inventory import SweepRecord
from incidentd.planning.commitment import commitments
from incidentd.sources.interface import Progress, no_progress
from incidentd.store.interface import Decided

RECONCILE = "reconcile"
UNCONFIGURED = "unconfigured"
BETWEEN_ROUNDS_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What one reconcile decided and delivered."""

    decision: Decision
    confirmed: int
    undelivered: int
    problems: tuple[str, ...]
    observes_only: bool = False
    """True: nothing was sent, on purpose."""


@dataclass(frozen=True, slots=True)
class Passed:
    """One whole pass."""

    sweeps: tuple[SweepRecord, ...]
    reconciled: Reconciled

    @property
    def problems(self) -> tuple[str, ...]:
        """Sources that failed as a whole, and what was not delivered. Empty: all is applied."""
        failed = (f"source {record.source} failed: {record.failure}" for record in self.sweeps if record.failure)
        return (*failed, *self.reconciled.problems)


async def whole_pass(
    installation: Installation, watch: ClockWatch, patience: timedelta, progress: Progress = no_progress
) -> Passed:
    """Every source swept once, one reconcile, the outbox drained; gives up waiting after `patience`."""
    deadline = installation.clock.now() + patience
    sweeps = [await sweep_source(installation, name, deadline, progress) for name in installation.sources]
    await count_unconfigured(installation, deadline)
    return Passed(tuple(sweeps), await reconcile_until(installation, watch, deadline))


async def sweep_source(
    installation: Installation, name: str, wait_until: datetime | None, progress: Progress = no_progress
) -> SweepRecord:
    """One sweep of one source, under its own lease."""
    async with leased(installation, f"sweep:{name}", wait_until) as held:
        recorded = await sweep_and_record(installation, installation.sources[name], held, progress)
        return recorded.sweep


async def count_unconfigured(installation: Installation, wait_until: datetime | None) -> None:
    """One more pass in which the sources that left the configuration are absent."""
    async with leased(installation, f"sweep:{UNCONFIGURED}", wait_until) as held:
        await record_unconfigured(installation, held)


async def reconcile(
    installation: Installation, watch: ClockWatch, wait_until: datetime | None, progress: Progress = no_progress
) -> Reconciled:
    """Desired against actual, once; what is due is sent, what is not waits for the next pass."""
    async with leased(installation, RECONCILE, wait_until) as held:
        return await _reconcile(installation, watch, held, even_if_waiting=False, progress=progress)


async def reconcile_until(installation: Installation, watch: ClockWatch, deadline: datetime) -> Reconciled:
    """Desired against actual, and the outbox drained: what fails is tried again until the deadline."""
    async with leased(installation, RECONCILE, deadline) as held:
        done = await _reconcile(installation, watch, held, even_if_waiting=True)
        while done.undelivered and not installation.observes_only and installation.clock.now() < deadline:
            await installation.clock.sleep(BETWEEN_ROUNDS_SECONDS)
            done = await _another_round(installation, held, done)
        return done


async def _reconcile(
    installation: Installation,
    watch: ClockWatch,
    held: HeldLease,
    *,
    even_if_waiting: bool,
    progress: Progress = no_progress,
) -> Reconciled:
    observes = installation.observes_only
    recovered = () if observes else tuple((await recover(installation, held)).problems)
    inventory = await installation.worker.run(installation.store.inventory)
    decision = await decide(installation, inventory, watch)
    problems = [*decision.problems]
    confirmed = 0
    if not observes:
        await _commit(installation, decision, held)
        delivery = await deliver(installation, held, even_if_waiting=even_if_waiting, progress=progress)
        problems += delivery.problems
        confirmed = delivery.confirmed
    waiting = await installation.worker.run(installation.store.unfinished)
    return Reconciled(decision, confirmed, len(waiting), tuple(dict.fromkeys((*problems, *recovered))), observes)


async def _another_round(installation: Installation, held: HeldLease, before: Reconciled) -> Reconciled:
    recovered = await recover(installation, held)
    delivery = await deliver(installation, held)
    waiting = await installation.worker.run(installation.store.unfinished)
    problems = tuple(dict.fromkeys((*recovered.problems, *delivery.problems))) or before.problems
    confirmed = before.confirmed + recovered.confirmed + delivery.confirmed
    return Reconciled(before.decision, confirmed, len(waiting), problems if waiting else before.decision.problems)


async def _commit(installation: Installation, decision: Decision, held: HeldLease) -> None:
    records = {record.id: record for record in decision.records}
    made = commitments(decision.plan, records, decision.unfinished, decision.now)
    if not made:
        return
    rows: Sequence[Decided] = [Decided(one.record, one.intent, one.events, one.drop_intent) for one in made]
    held.check(installation.clock.now())
    await installation.worker.run(lambda: installation.store.commit(rows, held.lease, decision.now))
