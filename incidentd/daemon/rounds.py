"""Rounds: each source swept under a lease of its own; where several machines share a state, by one of them in turn."""

from datetime import datetime, timedelta
from functools import partial

from incidentd.daemon.clockwatch import ClockWatch
from incidentd.daemon.installation import Installation
from incidentd.daemon.leases import LASTS, StillHeld, leased, steadily
from incidentd.daemon.sweeping import record_unconfigured, sweep_and_record
from incidentd.model.inventory import SweepRecord
from incidentd.sources.interface import Progress, no_progress
from incidentd.store.interface import Turn

UNCONFIGURED = "unconfigured"
LOOKED_AFTER_EVERY = timedelta(seconds=5)
"""What another process is at is asked after so often: where it died, it is taken over once its lease has run out."""


SWEPT_BY_NOBODY_AFTER = timedelta(minutes=15)
"""A source of which this configuration does not know, and that is due for so long, has left the others' as well."""
_SWEEP = "sweep:"
_DECIDES = "decides:"
DECIDES_NO_MORE_AFTER = timedelta(minutes=2)
"""Beyond its interval, a process that has not reconciled has gone, or been given another configuration."""


def sweep_lease(installation: Installation, source: str) -> str:
    """Under which lease the places of a source change: its own, or that of all that left the configuration."""
    return f"{_SWEEP}{source if source in installation.sources else UNCONFIGURED}"


async def sweep_source(
    installation: Installation,
    watch: ClockWatch,
    name: str,
    wait_until: datetime | None,
    progress: Progress = no_progress,
) -> SweepRecord:
    """One sweep of one source, under its own lease."""
    async with leased(installation, sweep_lease(installation, name), wait_until) as held:
        recorded = await sweep_and_record(installation, watch, installation.sources[name], held, progress)
        return recorded.sweep


async def sweep_in_turn(
    installation: Installation,
    watch: ClockWatch,
    name: str,
    wait_until: datetime | None,
    progress: Progress = no_progress,
) -> SweepRecord | timedelta:
    """The same, by one of all that work on this state, once in its interval; or how long until it should be tried.

    Where the state is a file, one machine does all: each process sweeps whenever it is told to.
    """
    if not installation.store.shared:
        return await sweep_source(installation, watch, name, wait_until, progress)
    store, clock = installation.store, installation.clock
    turn = Turn(installation.intervals[name], installation.made_as.get(name, ""))
    try:
        async with leased(installation, sweep_lease(installation, name), clock.now()) as held:
            rest = await installation.worker.run(partial(store.rest, held.lease, turn, clock.now()))
            if rest:
                return rest
            began = clock.monotonic()
            recorded = await sweep_and_record(installation, watch, installation.sources[name], held, progress)
            spent = timedelta(seconds=clock.monotonic() - began)
            await installation.worker.run(partial(store.done, held.lease, turn, spent, clock.now()))
            return recorded.sweep
    except StillHeld:
        return min(LOOKED_AFTER_EVERY, turn.every)


async def count_unconfigured(installation: Installation, watch: ClockWatch, wait_until: datetime | None) -> None:
    """One more pass in which the sources that left the configuration are absent; none under a clock that moved.

    What others on this state still sweep has not left: while a change of the configuration comes to one after the
    other, some know of a source and some do not.
    """
    inventory = await installation.worker.run(installation.store.inventory)
    if watch.moved or inventory.sweeps.keys() <= installation.sources.keys():
        return
    others = await swept_by_others(installation)
    if inventory.sweeps.keys() <= installation.sources.keys() | others:
        return
    async with leased(installation, f"{_SWEEP}{UNCONFIGURED}", wait_until) as held:
        await record_unconfigured(installation, held, others)


async def swept_by_others(installation: Installation) -> frozenset[str]:
    """The sources that are not in this configuration, and that another process on this state sweeps in its turn."""
    store = installation.store
    if not store.shared:
        return frozenset()
    work = partial(store.going_round, SWEPT_BY_NOBODY_AFTER, installation.clock.now())
    leases = await installation.worker.run(work)
    swept = {name.removeprefix(_SWEEP) for name in leases if name.startswith(_SWEEP)}
    return frozenset(swept - installation.sources.keys())


async def others_decide_otherwise(installation: Installation) -> bool:
    """Whether another process on this state lately decided by another configuration; and notes by which this one does.

    Each of them would make of a ticket what it thinks right, in turn.
    """
    store, now = installation.store, installation.clock.now()
    if not store.shared:
        return False
    ours, steady = f"{_DECIDES}{installation.decides_as}", steadily(installation.clock)
    turn = Turn(installation.reconcile_every, installation.decides_as)

    def work() -> bool:
        lease = store.acquire(ours, installation.owner, LASTS, steady)
        if lease is not None:  # else another one notes the very same
            store.done(lease, turn, timedelta(0), now)
            store.release(lease)
        lately = store.going_round(DECIDES_NO_MORE_AFTER, now)
        return any(name.startswith(_DECIDES) and name != ours for name in lately)

    return await installation.worker.run(work)
