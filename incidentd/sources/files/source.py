"""A sweep of files: the configured paths are expanded, each file is read, every known place is accounted for."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from incidentd.model.inventory import Place
from incidentd.model.location import Location, labels_of
from incidentd.model.observation import Absence, AbsenceKind, Gap, Observation, Sweep
from incidentd.ports import Clock, Worker
from incidentd.sources.files.account import Territory
from incidentd.sources.files.expand import Trouble, expand_all
from incidentd.sources.files.judge import Candidate, judge
from incidentd.sources.files.pattern import file_uri, parse_pattern, path_of
from incidentd.sources.files.remembered import Outcome, RememberedFiles
from incidentd.sources.files.settings import FilesSettings
from incidentd.sources.interface import Look, Progress, no_progress

_BATCH = 256

Places = Mapping[str, Place]
"""Known places by path."""


@dataclass(slots=True)
class FilesSource:
    """Files, folders and globs of the configuration; `folder` is where relative paths begin."""

    name: str
    settings: FilesSettings
    folder: Path
    clock: Clock
    worker: Worker
    passed_over: int = 0
    """Files that the last sweep found in folders and that are no places: no certificate is, or was, in them."""
    _remembered: RememberedFiles = field(default_factory=RememberedFiles, repr=False)

    async def sweep(self, known: Sequence[Place], on_progress: Progress = no_progress) -> Sweep:
        """One attempt at every configured path."""
        started_at = self.clock.now()
        places = {path_of(place.location.uri): place for place in known}
        patterns = tuple(parse_pattern(path, str(self.folder)) for path in self.settings.paths)
        territory = Territory(patterns, await self.worker.run(lambda: expand_all(patterns)))
        looks = await self._read_all(territory.expansion.files, places, on_progress)
        looks.append(await self._account(places, territory))
        found = Look.joined(looks)
        failure = territory.failure()
        return Sweep(self.name, started_at, self.clock.now(), found.observations, found.gaps, found.absences, failure)

    async def _read_all(self, files: Mapping[str, bool], places: Places, on_progress: Progress) -> list[Look]:
        """Reads in batches, so that neither the loop nor the worker is held up for long."""
        pending = [(path, named or _has_held(places.get(path))) for path, named in files.items()]
        looks: list[Look] = []
        self.passed_over = 0
        for start in range(0, len(pending), _BATCH):
            outcomes = await self._read(pending[start : start + _BATCH])
            looks.append(self._judged(outcomes, files, places))
            on_progress(min(start + _BATCH, len(pending)), len(pending))
        self._remembered.forget_all_but(files)
        return looks

    async def _read(self, batch: Sequence[tuple[str, bool]]) -> list[tuple[str, Outcome]]:
        now_seconds = self.clock.now().timestamp()
        return await self.worker.run(lambda: self._remembered.read(batch, now_seconds))

    def _judged(self, outcomes: Sequence[tuple[str, Outcome]], files: Mapping[str, bool], places: Places) -> Look:
        at = self.clock.now()
        found = [
            judge(Candidate(self._location(path), path, files[path], places.get(path)), outcome, at)
            for path, outcome in outcomes
        ]
        self.passed_over += found.count(None)
        return Look(
            tuple(one for one in found if isinstance(one, Observation)),
            tuple(one for one in found if isinstance(one, Gap)),
            tuple(one for one in found if isinstance(one, Absence)),
        )

    async def _account(self, places: Places, territory: Territory) -> Look:
        """What did not turn up: known places, and configured paths of which nothing is known."""
        files = territory.expansion.files
        unseen = {path: place for path, place in places.items() if path not in files}
        held = {path for path, place in unseen.items() if _has_held(place)}
        spots = dict(territory.blind_spots(held))
        left = [path for path in unseen if path not in spots]
        verdicts = await self.worker.run(lambda: {path: territory.verdict(path, path in held) for path in left})
        at = self.clock.now()
        blind = [Gap(self._location(path), None, one.reason, one.text, at) for path, one in spots.items()]
        looks = [self._said(unseen[path], path, verdict, at) for path, verdict in verdicts.items()]
        return Look.joined([Look(gaps=tuple(blind)), *looks])

    def _said(self, place: Place, path: str, verdict: AbsenceKind | Trouble, at: datetime) -> Look:
        if isinstance(verdict, Trouble):
            return Look(gaps=(Gap(place.location, None, verdict.reason, verdict.text, at),))
        group = file_uri(os.path.dirname(path)) if verdict is AbsenceKind.REMOVED else self.name
        return Look(absences=(Absence(place.location, None, verdict, group, at),))

    def _location(self, path: str) -> Location:
        return Location(file_uri(path), self.name, self.settings.role, labels_of(self.settings.labels))


def _has_held(place: Place | None) -> bool:
    """True when certificates were seen there before."""
    return place is not None and bool(place.members)
