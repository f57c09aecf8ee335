"""A life: one scene, one configuration, and passes of the daemon's own code at chosen times."""

from __future__ import annotations

import json
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from incidentd.daemon.clockwatch import ClockWatch
from incidentd.daemon.deciding import Decision, decide
from incidentd.daemon.installation import Installation
from incidentd.daemon.passes import Passed, whole_pass
from incidentd.daemon.sweeping import sweep_in_memory
from incidentd.model.audit import AuditEntry
from incidentd.model.incident import Event, IncidentRecord
from incidentd.sandbox.ca import CertificateAuthority, Issued
from incidentd.sandbox.clock import MovedClock
from incidentd.sandbox.frame import Frame
from incidentd.sandbox.jira import Jira
from incidentd.sandbox.pagerduty import PagerDuty
from incidentd.sandbox.scene import Scene, set_scene
from incidentd.settings import load_settings
from incidentd.sources.interface import no_progress
from incidentd.wiring import installed
from tests.conformance.judge import assert_nothing_refused, judged

T = TypeVar("T")
START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
NAME = "api.example.test"
ADDRESSES = ("127.0.0.11", "127.0.0.12", "127.0.0.13")
PATIENCE = timedelta(seconds=5)
SWEEP = timedelta(minutes=11)
"""A little more than what lies between the first and the last look of a proof, divided by nobody."""


@dataclass
class Life:
    """A scene with a daemon that is run pass by pass, each in a fresh process's place."""

    scene: Scene
    kind: str
    authority: CertificateAuthority
    config: dict[str, Any] = field(default_factory=dict)

    @property
    def tracker(self) -> Frame:
        """The sandbox tracker of this life."""
        return self.scene.pagerduty if self.kind == "pagerduty" else self.scene.jira

    def issue(
        self, *, ends_in: timedelta, begins: timedelta = timedelta(days=-300), names: Sequence[str] = (NAME,)
    ) -> Issued:
        """A certificate on the story's calendar."""
        now = self.scene.clock.now()
        return self.authority.issue(names, not_before=now + begins, not_after=now + ends_in)

    def configure(self, **sections: Any) -> None:
        """Changes whole sections of the configuration."""
        self.config.update(sections)
        path = self.scene.folder / "incidentd.yaml"
        path.write_text(json.dumps(self.config))  # JSON is YAML
        path.chmod(0o600)

    async def run_once(self, patience: timedelta = PATIENCE) -> Passed:
        """One whole pass, as `run --once` makes it."""
        loaded = load_settings(self.scene.folder / "incidentd.yaml", {})
        async with installed(loaded, self.scene.world) as installation:
            return await whole_pass(installation, ClockWatch(installation.clock), patience)

    async def passes(self, count: int, apart: timedelta = SWEEP) -> Passed:
        """Several passes, with time between them."""
        for _ in range(count - 1):
            await self.run_once()
            self.scene.clock.advance(apart)
        return await self.run_once()

    async def by_command(self, work: Callable[[Installation], Awaitable[T]]) -> T:
        """What a person's command does with the state and the trackers."""
        loaded = load_settings(self.scene.folder / "incidentd.yaml", {})
        async with installed(loaded, self.scene.world) as installation:
            return await work(installation)

    async def audit(self) -> list[AuditEntry]:
        """What people decided, newest first."""
        return list(await self.by_command(lambda installation: installation.worker.run(installation.store.audit)))

    async def plan(self) -> Decision:
        """What `plan` would show."""
        loaded = load_settings(self.scene.folder / "incidentd.yaml", {})
        async with installed(loaded, self.scene.world, read_only=True) as installation:
            inventory = await sweep_in_memory(installation, installation.store.inventory(), no_progress)
            return await decide(installation, inventory, ClockWatch(installation.clock))

    async def records(self) -> list[IncidentRecord]:
        """The ledger, newest first."""
        loaded = load_settings(self.scene.folder / "incidentd.yaml", {})
        async with installed(loaded, self.scene.world, read_only=True) as installation:
            return [record for record, _ in installation.store.history()]

    async def history(self) -> list[Event]:
        """What the ledger says of its newest row, oldest first."""
        loaded = load_settings(self.scene.folder / "incidentd.yaml", {})
        async with installed(loaded, self.scene.world, read_only=True) as installation:
            return list(installation.store.history()[0][1])

    def tickets(self, issued: Issued) -> list[Any]:
        """Every ticket in the tracker that stands for a certificate, open or not."""
        if self.kind == "pagerduty":
            key = f"incidentd:default:{issued.fingerprint}"
            return [incident for incident in self.scene.pagerduty.incidents.values() if incident.has_key(key)]
        marker = f"incidentd-default-{issued.fingerprint[:40]}"
        return [issue for issue in self.scene.jira.issues.values() if marker in issue.labels]

    def open_tickets(self, issued: Issued) -> list[Any]:
        """Those that are open."""
        return [ticket for ticket in self.tickets(issued) if self.is_open(ticket)]

    def is_open(self, ticket: Any) -> bool:
        """As the vendor sees it."""
        if self.kind == "pagerduty":
            return bool(ticket.is_open)
        return not self.scene.jira.is_done(ticket)

    def comments(self, ticket: Any) -> list[str]:
        """What was said on it, oldest first, as plain text."""
        if self.kind == "pagerduty":
            return [note.content for note in ticket.notes]
        return [json.dumps(comment.body) for comment in ticket.comments]

    def keep_state(self) -> None:
        """A backup is made."""
        shutil.copytree(
            self.scene.folder, self.scene.folder / "backup", ignore=lambda _, names: _other_than_state(names)
        )

    def restore_state(self) -> None:
        """The backup takes the place of the state."""
        self.forget_state()
        shutil.copytree(self.scene.folder / "backup", self.scene.folder, dirs_exist_ok=True)

    def forget_state(self) -> None:
        """The state is lost whole."""
        for path in self.scene.folder.glob("incidentd.db*"):
            path.unlink()


def _other_than_state(names: Sequence[str]) -> set[str]:
    return {name for name in names if not name.startswith("incidentd.db")}


def cloud(clock: MovedClock) -> Jira:
    """Jira Cloud, called at its own address."""
    return judged(Jira(now=clock.now, sleep=clock.sleep), "jira-cloud-v3")


Site = Callable[[MovedClock], Jira]
"""Makes the Jira of a life."""


@asynccontextmanager
async def living(kind: str, folder: Path, start: datetime = START, site: Site = cloud) -> AsyncIterator[Life]:
    """A life under one tracker; at its end nothing that was sent may have broken the vendor's document."""
    clock = MovedClock(start)
    pagerduty = judged(PagerDuty(now=clock.now, sleep=clock.sleep), "pagerduty")
    jira = site(clock)
    far = timedelta(days=3650)
    async with set_scene(folder, start, pagerduty=pagerduty, jira=jira, clock=clock) as scene:
        life = Life(scene, kind, CertificateAuthority(not_before=start - far, not_after=start + far))
        scene.store_folder.mkdir()
        life.configure(**standard(scene, kind))
        yield life
        assert_nothing_refused(pagerduty)
        assert_nothing_refused(jira)


def standard(scene: Scene, kind: str) -> Mapping[str, Any]:
    """Three endpoints of one service, each a target of its own, a store beside them, one tracker."""
    return {
        "state": {"url": f"sqlite:///{scene.folder}/incidentd.db"},
        "sources": {
            "edge": {
                "kind": "tls",
                "labels": {"env": "prod", "service": "storage"},
                "targets": [{"host": address, "server_name": NAME} for address in ADDRESSES],
            },
            "vault": {"kind": "files", "labels": {"env": "prod"}, "paths": ["store"]},
        },
        "trackers": {"queue": dict(scene.tracker_settings(kind))},
    }
