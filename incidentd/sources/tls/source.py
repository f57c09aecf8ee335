"""A sweep of TLS endpoints: every target is looked at, every known place accounted for."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from incidentd.model.inventory import Place
from incidentd.model.location import labels_of
from incidentd.model.observation import Absence, AbsenceKind, Gap, GapReason, Sweep
from incidentd.ports import Clock, Network, Worker
from incidentd.sources.interface import Look, Progress, no_progress
from incidentd.sources.target import Target
from incidentd.sources.tls.key_types import Refused
from incidentd.sources.tls.looking import TlsLooker
from incidentd.sources.tls.settings import TlsSettings
from incidentd.sources.tls.targets_file import TargetsRead, read_targets


@dataclass(frozen=True, slots=True)
class TlsSource:
    """Endpoints named in the configuration and in a file beside it; `folder` is where relative paths begin."""

    name: str
    settings: TlsSettings
    folder: Path
    network: Network
    clock: Clock
    worker: Worker
    refused: Refused = field(default_factory=Refused, compare=False)

    async def sweep(self, known: Sequence[Place], on_progress: Progress = no_progress) -> Sweep:
        """One attempt at every target, a thousand at a time."""
        started_at = self.clock.now()
        listed = await self._listed()
        # Written out at length wins over a line of the file: only there can labels be.
        targets = {target.uri: target for target in (*listed.targets, *self._written())}
        places = {place.location.uri: place for place in known}
        looks = await self._looker().look_at_all(list(targets.values()), places, on_progress)
        gone = [place for uri, place in places.items() if uri not in targets]
        found = Look.joined([*looks, self._no_longer_listed(gone, listed.trouble)])
        return Sweep(
            self.name, started_at, self.clock.now(), found.observations, found.gaps, found.absences, listed.trouble
        )

    async def _listed(self) -> TargetsRead:
        """What the file says now: a changed file needs no reload."""
        if self.settings.targets_file is None:
            return TargetsRead(())
        path = self.folder / self.settings.targets_file
        return await self.worker.run(lambda: read_targets(path))

    def _looker(self) -> TlsLooker:
        labels = labels_of(self.settings.labels)
        return TlsLooker(self.name, self.network, self.clock, labels, self.settings.samples, self.refused)

    def _written(self) -> list[Target]:
        return [written.target() for written in self.settings.targets]

    def _no_longer_listed(self, places: Sequence[Place], trouble: str | None) -> Look:
        """Known places that no target names: removed on purpose, unless the list itself could not be read whole."""
        now = self.clock.now()
        if trouble is None:
            kind = AbsenceKind.UNCONFIGURED
            return Look(absences=tuple(Absence(place.location, None, kind, self.name, now) for place in places))
        reason = GapReason.SOURCE_FAILED
        return Look(gaps=tuple(Gap(place.location, None, reason, trouble, now) for place in places))
