"""The fleet: the servers and the store of the story, and the incidentd that watches them, looked at pass by pass."""

import json
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from incidentd.daemon.clockwatch import ClockWatch
from incidentd.daemon.installation import Installation
from incidentd.daemon.passes import Passed, whole_pass
from incidentd.model.incident import Event, IncidentRecord
from incidentd.model.plan import ActionKind
from incidentd.sandbox.replay.cast import SERVICES, Cast, configuration, furnish, host
from incidentd.sandbox.replay.release import StagedRelease
from incidentd.sandbox.replay.witness import Seen, StoryContradicted, read_back
from incidentd.sandbox.scene import Scene, set_scene
from incidentd.settings import Loaded, load_settings
from incidentd.wiring import installed

PATIENCE = timedelta(seconds=20)
"""How long one pass may wait for a tracker on a busy machine."""

DONE = {
    "opened": ActionKind.OPEN,
    "updated": ActionKind.UPDATE,
    "reopened": ActionKind.REOPEN,
    "merged": ActionKind.MERGE,
    "closed": ActionKind.CLOSE,
}
"""What the ledger calls it."""
History = tuple[tuple[IncidentRecord, tuple[Event, ...]], ...]
"""Every row of the ledger with its events, newest first."""


@dataclass(frozen=True, slots=True)
class Look:
    """One pass of incidentd, and what stood in the trackers after it."""

    at: datetime
    servers: int
    files: int
    """Places of either kind that the inventory knows."""
    done: Mapping[ActionKind, int]
    """What was sent, and confirmed by the trackers."""
    seen: Mapping[str, Seen | None]
    """By service."""
    of_release: tuple[str, ...] = ()
    """What the release's own ticket and PagerDuty's timeline say that they did not say before, each with its name."""


@dataclass(frozen=True, slots=True)
class Fleet:
    """One run of the story: its scene, its certificates, and one incidentd for the whole of it."""

    scene: Scene
    cast: Cast
    loaded: Loaded
    installation: Installation
    watch: ClockWatch

    @property
    def release(self) -> StagedRelease:
        """The one that carries the new certificates."""
        return StagedRelease(self.scene, self.installation)

    def renew(self) -> None:
        """The store gets the new certificates."""
        for service in SERVICES:
            self.scene.store(f"{service}.pem", self.cast.new[service])

    def ship(self, region: str) -> None:
        """The servers of a region get the new certificates."""
        for service in SERVICES:
            self.scene.deploy(self.cast.new[service], host(service, region))

    async def look(self, at: datetime) -> Look:
        """One whole pass at an instant, and all of it read back. Raises StoryContradicted."""
        self.scene.clock.advance_to(at)
        written, told, before = self._writes, self.release.told, _done(await self._history())
        passed = await whole_pass(self.installation, self.watch, PATIENCE)
        history = await self._history()
        said = {kind: texts[len(told[kind]) :] for kind, texts in self.release.told.items()}
        done = _done(history) - before + Counter({kind: len(texts) for kind, texts in said.items()})
        _agrees(passed, done)
        if not done and self._writes != written:
            raise StoryContradicted("a pass with nothing to do wrote to a tracker", where=f"{at:%Y-%m-%d %H:%M}")
        records = {record.fingerprint: record for record, _ in reversed(history) if record.of_certificate}
        seen = {
            service: read_back(self.scene, self.cast.old[service].fingerprint, records, passed) for service in SERVICES
        }
        self._no_other_ticket(seen)
        kinds = Counter(place.location.source for place in passed.reconciled.decision.inventory.places.values())
        return Look(at, kinds["servers"], kinds["secrets"], done, seen, self.release.quoted(said))

    async def _history(self) -> History:
        return await self.installation.worker.run(self.installation.store.history)

    @property
    def _writes(self) -> int:
        """How many requests for a change the trackers have received so far."""
        return len(self.scene.pagerduty.writes) + len(self.scene.jira.writes)

    def _no_other_ticket(self, seen: Mapping[str, Seen | None]) -> None:
        there = len(self.scene.pagerduty.incidents) + len(self.scene.jira.issues)
        known = sum(one is not None for one in (*seen.values(), self.release.ticket))
        if there != known:
            raise StoryContradicted(f"the trackers hold {there} tickets, the story knows {known}")


def _done(history: History) -> Counter[ActionKind]:
    """What was done to the tickets of certificates so far, by the ledger."""
    events = (event for record, written in history if record.of_certificate for event in written)
    return Counter(DONE[event.what] for event in events if event.what in DONE)


def _agrees(passed: Passed, done: Counter[ActionKind]) -> None:
    """Raises StoryContradicted unless all that was sent was confirmed, nothing is held, and nothing went wrong."""
    reconciled = passed.reconciled
    held = reconciled.decision.plan.held
    if passed.problems or reconciled.undelivered or held or reconciled.confirmed != done.total():
        raise StoryContradicted(
            f"{done.total()} actions, {len(held)} held, {reconciled.confirmed} confirmed. "
            + "; ".join(passed.problems),
            where="a pass",
        )


@asynccontextmanager
async def fleet(folder: Path, start: datetime, players: Cast) -> AsyncIterator[Fleet]:
    """A fresh fleet in an empty folder, its clock at `start`. Raises IncidentdError where it cannot be set up."""
    async with set_scene(folder, start) as scene:
        await furnish(scene, players)
        path = folder / "incidentd.yaml"
        path.touch(mode=0o600)
        path.write_text(json.dumps(configuration(scene)), "utf-8")  # JSON is YAML
        loaded = load_settings(path, {})
        async with installed(loaded, scene.world) as installation:
            yield Fleet(scene, players, loaded, installation, ClockWatch(installation.clock))
