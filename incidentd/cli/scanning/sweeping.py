"""Sweeping for a hub: it is asked what it knows, all sources are swept, and what they saw goes out as one sweep."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from incidentd.cli.scanning.hub import BegunAnew, PushHub
from incidentd.errors import IncidentdError, TransportError
from incidentd.model.observation import Sweep
from incidentd.ports import Clock
from incidentd.sources.interface import Progress, Source
from incidentd.sources.pushed.joining import Joined, joined
from incidentd.sources.pushed.known import fingerprints_known, places_known
from incidentd.sources.pushed.lines import Known
from incidentd.sources.pushed.writing import Written, written
from incidentd.transport import Transport
from incidentd.x509.keeping import keeping

ROUNDS = 3
"""So often a sweep is begun anew where another one was recorded meanwhile."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """What was seen, and what the hub made of it."""

    known: Known
    seen: Joined
    written: Written
    answer: Mapping[str, Any]

    @property
    def problems(self) -> tuple[str, ...]:
        """What failed as a whole, and what could not be pushed. Empty: all of it was."""
        failed = (f"a source failed: {self.seen.failure}",) if self.seen.failure else ()
        return (*failed, *(f"not pushed: {one}" for one in self.written.unsayable))


async def deliver_sweep(
    sources: Mapping[str, Source], hub: PushHub, transport: Transport, clock: Clock, progress: Progress
) -> Delivered:
    """One sweep of all sources, recorded by the hub. Raises TransportError where it was not."""
    with keeping() as ders:
        for _ in range(ROUNDS - 1):
            try:
                return await _delivered(sources, hub, transport, clock, progress, ders)
            except BegunAnew:
                continue
        return await _delivered(sources, hub, transport, clock, progress, ders)


async def _delivered(
    sources: Mapping[str, Source],
    hub: PushHub,
    transport: Transport,
    clock: Clock,
    progress: Progress,
    ders: Mapping[str, bytes],
) -> Delivered:
    known = await hub.known(transport)
    seen = joined([await _swept(name, source, known, clock, progress) for name, source in sources.items()])
    push = written(known, seen, ders, fingerprints_known(known.places))
    if push.places > known.most_places:
        what = f"the hub takes {known.most_places} places of {known.source}, and there are {push.places}"
        raise TransportError(what, hint="raise sources.NAME.most_places there, or push as several sources", sent=False)
    return Delivered(known, seen, push, await hub.push(transport, push.body))


async def _swept(name: str, source: Source, known: Known, clock: Clock, progress: Progress) -> Sweep:
    now = clock.now()
    try:
        return await source.sweep(places_known(known, name, now), progress)
    except IncidentdError as error:
        return Sweep(name, now, clock.now(), failure=str(error))
