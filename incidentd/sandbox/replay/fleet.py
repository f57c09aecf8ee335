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
from incidentd.model.incident import IncidentRecord
from incidentd.model.plan import ActionKind
from incidentd.sandbox.replay.cast import SERVICES, Cast, configuration, furnish, host
from incidentd.sandbox.replay.witness import Seen, StoryContradicted, read_back
from incidentd.sandbox.scene import Scene, set_scene
from incidentd.settings import Loaded, load_settings
from incidentd.wiring import installed

PATIENCE = timedelta(seconds=20)
"""How long one pass may wait for a tracker on a busy machine."""


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


@dataclass(frozen=True, slots=True)
class Fleet:
    """One run of the story: its scene, its certificates, and one incidentd for the whole of it."""

    scene: Scene
    cast: Cast
    loaded: Loaded
    installation: Installation
    watch: ClockWatch

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
        written = self._writes
        passed = await whole_pass(self.installation, self.watch, PATIENCE)
        done = _done(passed)
        if not done and self._writes != written:
            raise StoryContradicted("a pass with nothing to do wrote to a tracker", where=f"{at:%Y-%m-%d %H:%M}")
        records = await self._records()
        seen = {
            service: read_back(self.scene, self.cast.old[service].fingerprint, records, passed) for service in SERVICES
        }
        self._no_other_ticket(seen)
        kinds = Counter(place.location.source for place in passed.reconciled.decision.inventory.places.values())
        return Look(at, kinds["servers"], kinds["secrets"], done, seen)

    @property
    def _writes(self) -> int:
        """How many requests for a change the trackers have received so far."""
        return len(self.scene.pagerduty.writes) + len(self.scene.jira.writes)

    async def _records(self) -> dict[str, IncidentRecord]:
        """The ledger's newest row of each certificate."""
        history = await self.installation.worker.run(self.installation.store.history)
        return {record.fingerprint: record for record, _ in reversed(history)}

    def _no_other_ticket(self, seen: Mapping[str, Seen | None]) -> None:
        there = len(self.scene.pagerduty.incidents) + len(self.scene.jira.issues)
        known = sum(one is not None for one in seen.values())
        if there != known:
            raise StoryContradicted(f"the trackers hold {there} tickets, the story knows {known}")


def _done(passed: Passed) -> Mapping[ActionKind, int]:
    """What the pass sent. Raises StoryContradicted unless all of it was confirmed and nothing went wrong."""
    reconciled = passed.reconciled
    plan = reconciled.decision.plan
    if passed.problems or reconciled.undelivered or plan.held or reconciled.confirmed != len(plan.actions):
        raise StoryContradicted(
            f"{len(plan.actions)} actions, {len(plan.held)} held, {reconciled.confirmed} confirmed. "
            + "; ".join(passed.problems),
            where="a pass",
        )
    return Counter(action.kind for action in plan.actions)


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
