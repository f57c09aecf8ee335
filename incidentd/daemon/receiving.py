"""Receiving: what another machine saw becomes a sweep of its source, under the lease of that source, or nothing at all.

A push names the sweep that stood when it was begun. Where another one stands by now it is late, a replay, or one of two
pushers: nothing is changed by it. Where it is the very sweep that stands, its answer was lost, and is given again.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from incidentd.daemon.clockwatch import ClockWatch
from incidentd.daemon.installation import Installation
from incidentd.daemon.leases import leased
from incidentd.daemon.rounds import sweep_lease
from incidentd.daemon.sweeping import record_pushed
from incidentd.errors import IncidentdError
from incidentd.model.inventory import SweepRecord
from incidentd.model.places import kept_places
from incidentd.sources.pushed.known import told_place
from incidentd.sources.pushed.lines import Begun, Known
from incidentd.sources.pushed.reading import Pushed
from incidentd.sources.pushed.source import PushedSource
from incidentd.sources.pushed.telling import Between, sweep_of

LEASE_WAIT = timedelta(seconds=5)
OLDEST = timedelta(hours=24)
"""A sweep that took longer, or waited for so long to be sent, tells nothing of today."""

HOUR = timedelta(hours=1)
MOST_AN_HOUR = 60
PER_INTERVAL = 4
"""Beyond both, a push is refused for a while: whoever has a token must not fill the state with it."""


class NotNow(IncidentdError):
    """Another sweep than the one that this push was begun from stands by now: it has to be begun anew."""


@dataclass(frozen=True, slots=True)
class Received:
    """What became of a push."""

    record: SweepRecord
    again: bool = False
    """It was recorded before, and its answer lost."""


async def known_to(installation: Installation, source: PushedSource) -> Known:
    """What its pusher needs to know before it looks. Raises StoreError."""
    inventory = await installation.worker.run(installation.store.inventory)
    now = installation.clock.now()

    def work() -> Known:
        last, labels = inventory.sweeps.get(source.name), source.settings.taken_labels
        places = tuple(told_place(place, labels, now) for place in kept_places(inventory, source.name))
        after, most = last.sequence if last else 0, source.settings.most_places
        return Known(source=source.name, after=after, since=now, labels=labels, most_places=most, places=places)

    return await installation.worker.run(work)


async def until_room(installation: Installation, source: PushedSource) -> timedelta:
    """Zero, and one more push of this source is under way; or how long until one may come. Raises StoreError."""
    most = max(MOST_AN_HOUR, PER_INTERVAL * HOUR // source.interval)
    now, take = installation.clock.now(), installation.store.take_call
    return await installation.worker.run(partial(take, f"push:{source.name}", most, HOUR, now))


async def receive(installation: Installation, watch: ClockWatch, source: PushedSource, pushed: Pushed) -> Received:
    """Recorded as the source's next sweep. Raises NotNow, UsageError for what it says, and StoreError."""
    arrived_at = installation.clock.now()
    async with leased(installation, sweep_lease(installation, source.name), arrived_at + LEASE_WAIT) as held:
        inventory = await installation.worker.run(installation.store.inventory)
        last = inventory.sweeps.get(source.name)
        if last is not None and _is_that(last, pushed.begun):
            return Received(last, again=True)
        _require_next(last, pushed.begun, arrived_at)
        between = _between(last, pushed.begun, arrived_at)
        work = partial(sweep_of, pushed, source.name, source.settings, inventory, between)
        swept = await installation.worker.run(work)
        recorded = await record_pushed(installation, watch, swept, held)
        return Received(recorded.sweep)


def _is_that(last: SweepRecord, begun: Begun) -> bool:
    return last.sequence == begun.after + 1 and last.started_at == begun.since


def _require_next(last: SweepRecord | None, begun: Begun, now: datetime) -> None:
    if begun.after != (last.sequence if last else 0):
        raise NotNow("another sweep was recorded since this one was begun", hint="begin anew")
    if now - begun.since > OLDEST:
        raise NotNow("it was begun more than a day ago", hint="begin anew")


def _between(last: SweepRecord | None, begun: Begun, now: datetime) -> Between:
    """Never before the sweep that it follows had ended: that is what it was told of."""
    began_at = max(begun.since, last.finished_at) if last else begun.since
    return Between(min(began_at, now), now)
