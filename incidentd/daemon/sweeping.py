"""Sweeping: looks at every source and puts what was seen into the inventory. A source that fails is a value too."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from incidentd.daemon.addresses import without_too_long
from incidentd.daemon.clockwatch import ClockWatch, Reading
from incidentd.daemon.installation import Installation
from incidentd.daemon.leases import HeldLease
from incidentd.errors import IncidentdError
from incidentd.model.inventory import Inventory, Recorded
from incidentd.model.observation import Absence, AbsenceKind, Sweep
from incidentd.model.places import after_sweep, kept_places
from incidentd.policy.remember import news_of
from incidentd.policy.suspicion import suspect_groups
from incidentd.sources.interface import Progress, Source, no_progress
from incidentd.sources.pushed.source import PushedSource, since_last_heard


async def sweep(installation: Installation, source: Source, inventory: Inventory, progress: Progress) -> Sweep | None:
    """One attempt at one source; None where others look, and are not silent. Never raises for what the world does."""
    started_at = installation.clock.now()
    known, last = tuple(kept_places(inventory, source.name)), inventory.sweeps.get(source.name)
    try:
        if not isinstance(source, PushedSource):
            return await source.sweep(known, progress)
        return since_last_heard(await source.sweep(known, progress), last) if source.has_news(last) else None
    except IncidentdError as error:
        return Sweep(source.name, started_at, installation.clock.now(), failure=str(error))


def unconfigured(installation: Installation, inventory: Inventory, others: Collection[str] = ()) -> tuple[Sweep, ...]:
    """For every source that left the configuration, and is none of others': a pass in which its places are absent."""
    now = installation.clock.now()
    names = dict.fromkeys(source for source, _ in inventory.places)
    return tuple(
        Sweep(
            name,
            now,
            now,
            absences=tuple(
                Absence(place.location, None, AbsenceKind.UNCONFIGURED, name, now)
                for place in kept_places(inventory, name)
            ),
        )
        for name in names
        if name not in installation.sources and name not in others
    )


def _news(installation: Installation, inventory: Inventory, swept: Sweep) -> Recorded:
    return news_of(inventory, swept, suspect_groups(inventory, swept, installation.policy.close_after))


async def sweep_in_memory(installation: Installation, inventory: Inventory, progress: Progress) -> Inventory:
    """All sources, nothing written: for a plan that leaves no trace."""
    swept = [await sweep(installation, source, inventory, progress) for source in installation.sources.values()]
    for one in (*swept, *unconfigured(installation, inventory)):
        inventory = inventory if one is None else after_sweep(inventory, _news(installation, inventory, one))
    return inventory


def failures_of(installation: Installation, inventory: Inventory) -> tuple[str, ...]:
    """The configured sources whose last sweep failed as a whole, in words."""
    swept = (inventory.sweeps[name] for name in installation.sources if name in inventory.sweeps)
    return tuple(f"source {record.source} failed: {record.failure}" for record in swept if record.failure)


async def sweep_and_record(
    installation: Installation,
    watch: ClockWatch,
    source: Source,
    held: HeldLease,
    progress: Progress = no_progress,
) -> Recorded:
    """One source, under its lease, into the state."""
    before = await installation.worker.run(installation.store.inventory)
    read = watch.read()
    swept = await sweep(installation, source, before, progress)
    if swept is None:
        return Recorded(before.sweeps[source.name], (), ())
    return await _record(installation, _dated(swept, watch, read), held)


async def record_pushed(installation: Installation, watch: ClockWatch, swept: Sweep, held: HeldLease) -> Recorded:
    """A sweep that was made elsewhere and dated here, under the lease of its source, into the state."""
    read = Reading(swept.started_at, watch.read().began_at)
    return await _record(installation, _dated(swept, watch, read), held)


def _dated(swept: Sweep, watch: ClockWatch, read: Reading) -> Sweep:
    """The sweep that began then, with its looks dated evenly where the wall clock moved.

    How long what was seen has been so is what a closing rests on: a leap of the clock is no time that passed. Nor is
    what was seen meanwhile forgotten: a certificate that is back keeps its incident open, whatever time it is.
    """
    swept = replace(swept, clock_was_set=watch.was_set(swept.source, read))
    if not watch.moved_since(read):
        return swept
    began_at, ended_at = watch.evenly(read), watch.evenly(watch.read())
    off = began_at - read.now

    def at(said: datetime) -> datetime:
        return min(max(said + off, began_at), ended_at)

    return replace(
        swept,
        started_at=began_at,
        finished_at=ended_at,
        observations=tuple(replace(seen, at=at(seen.at)) for seen in swept.observations),
        gaps=tuple(replace(gap, at=at(gap.at)) for gap in swept.gaps),
        absences=tuple(replace(absence, at=at(absence.at)) for absence in swept.absences),
    )


async def record_unconfigured(installation: Installation, held: HeldLease, others: Collection[str]) -> None:
    """One pass for all sources that left the configuration, but those of others."""
    inventory = await installation.worker.run(installation.store.inventory)
    for swept in unconfigured(installation, inventory, others):
        await _record(installation, swept, held)


async def _record(installation: Installation, swept: Sweep, held: HeldLease) -> Recorded:
    """Applied to the inventory as it is now: other sources may have been swept meanwhile."""

    if installation.store.shared:
        swept = without_too_long(swept)

    def work() -> Recorded:
        recorded = _news(installation, installation.store.inventory(), swept)
        installation.store.record(recorded, held.lease, installation.clock.now())
        return recorded

    await held.ensure()
    return await installation.worker.run(work)
