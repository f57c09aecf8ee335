"""A sweep of a cluster: every list is read or found current, and each known place accounted for. Imported late."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from incidentd.model.inventory import Place
from incidentd.model.location import Location, Role, labels_of
from incidentd.model.observation import Gap, Sweep
from incidentd.ports import Clock, Worker
from incidentd.sources.interface import Look, Progress, no_progress
from incidentd.sources.kubernetes.access import Access
from incidentd.sources.kubernetes.account import Accounting
from incidentd.sources.kubernetes.asking import Api
from incidentd.sources.kubernetes.holdings import Holding, Part
from incidentd.sources.kubernetes.judge import gaps_in, judge, observations_in
from incidentd.sources.kubernetes.lists import Everything, Lists, Read
from incidentd.sources.kubernetes.objects import name_of, object_uri
from incidentd.sources.kubernetes.pipe import Deadlines
from incidentd.sources.kubernetes.reflector import Pace
from incidentd.sources.kubernetes.settings import KubernetesSettings


@dataclass(slots=True)
class KubernetesSource:
    """Objects of one cluster; `folder` is where relative paths begin."""

    name: str
    settings: KubernetesSettings
    folder: Path
    clock: Clock
    worker: Worker
    deadlines: Deadlines = field(default_factory=Deadlines)
    pace: Pace | None = None
    """None: the usual one."""
    _lists: Lists | None = field(default=None, repr=False)
    _sweeps: int = 0

    async def sweep(self, known: Sequence[Place], on_progress: Progress = no_progress) -> Sweep:
        """One attempt at everything that is wanted of the cluster."""
        started_at = self.clock.now()
        # A process that sweeps once needs no watch: it begins with the second sweep.
        watches = self.settings.watch and self._sweeps > 0
        self._sweeps += 1
        everything = await self._opened().read(watches=watches)
        accounting = Accounting(self.name, self.settings.cluster, everything, self.clock.now())
        found = self._found(everything, known, accounting)
        on_progress(len(found.observations), len(found.observations))
        ended_at, failure = self.clock.now(), accounting.failure()
        return Sweep(self.name, started_at, ended_at, found.observations, found.gaps, found.absences, failure)

    async def close(self) -> None:
        """Ends its watches and gives its connections back; a further sweep would begin anew."""
        lists, self._lists = self._lists, None
        if lists is not None:
            await lists.close()

    def _opened(self) -> Lists:
        if self._lists is None:
            access = Access(self.settings, self.folder, self.deadlines)
            pace = self.pace or Pace(page_size=self.settings.page_size)
            self._lists = Lists(self.settings, Api(access, self.worker), self.clock, self.worker, pace)
        return self._lists

    def _found(self, everything: Everything, known: Sequence[Place], accounting: Accounting) -> Look:
        places = {place.location.uri: place for place in known}
        looks = [self._held(read, places, accounting.at) for read in everything.holdings]
        spots = accounting.blind_spots(known)
        blind = [Gap(self._location(uri), None, reason, text, accounting.at) for uri, (reason, text) in spots.items()]
        looks.append(Look(gaps=tuple(blind)))
        said = {seen.location.uri for look in looks for seen in look.observations}
        said |= {gap.location.uri for look in looks for gap in look.gaps}
        return Look.joined([*looks, *(accounting.of(place) for uri, place in places.items() if uri not in said)])

    def _held(self, read: Read[Holding], places: Mapping[str, Place], at: datetime) -> Look:
        found = [
            judge(part, location, places.get(location.uri), at)
            for holding in read.shown.values()
            for part, location in self._places_in(read, holding)
        ]
        return Look(tuple(observations_in(found)), tuple(gaps_in(found)))

    def _places_in(self, read: Read[Holding], holding: Holding) -> Iterator[tuple[Part, Location]]:
        namespace, name = name_of(holding.about)
        for part in holding.parts:
            uri = object_uri(self.settings.cluster, read.wanted.kind, namespace, name, part.name)
            yield part, self._location(uri)

    def _location(self, uri: str) -> Location:
        return Location(uri, self.name, Role.STORED, labels_of(self.settings.labels))
