"""A life whose routes page: tickets in one vendor's tracker, `queue`, pages in the other's, `oncall`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from incidentd.cli.move import Move, moved_to
from incidentd.model.incident import incident_key, page_key, self_incident_marker
from incidentd.sandbox.ca import Issued
from incidentd.settings import load_settings
from incidentd.wiring import installed
from tests.stories.life import Life, living
from tests.stories.own import OTHER


@dataclass
class Both:
    """A life with two trackers, for stories of pages and moves."""

    life: Life
    """Its own tracker is `queue`."""
    other: Life
    """The same scene, looked at through `oncall`."""

    def pages(self, issued: Issued) -> list[Any]:
        """Every page of a certificate, open or not."""
        key = page_key(incident_key("default", issued.fingerprint))
        scene = self.life.scene
        if self.other.kind == "pagerduty":
            return [incident for incident in scene.pagerduty.incidents.values() if incident.has_key(key)]
        return [issue for issue in scene.jira.issues.values() if self_incident_marker("default", key) in issue.labels]

    def open_pages(self, issued: Issued) -> list[Any]:
        """Those that are open."""
        return [page for page in self.pages(issued) if self.other.is_open(page)]

    def open_everywhere(self, issued: Issued) -> list[Any]:
        """Every ticket of the incident itself that is open, in either tracker; pages aside."""
        return [*self.life.open_tickets(issued), *self.other.open_tickets(issued)]

    async def move(self, cert: str, tracker: str, reason: str = "on call takes over") -> Move:
        """As `incidentd move` decides it."""
        loaded = load_settings(self.life.scene.folder / "incidentd.yaml", {})
        async with installed(loaded, self.life.scene.world) as installation:
            return await moved_to(installation, cert, tracker, reason, "alice")


@asynccontextmanager
async def both_trackers(kind: str, folder: Path) -> AsyncIterator[Both]:
    """`kind` is the vendor of `queue`; every incident pages `oncall` from error on."""
    async with living(kind, folder) as life:
        other = Life(life.scene, OTHER[kind], life.authority)
        trackers = {"queue": life.config["trackers"]["queue"], "oncall": dict(life.scene.tracker_settings(other.kind))}
        life.configure(trackers=trackers, routes=[{"tracker": "queue", "page": {"tracker": "oncall", "from": "error"}}])
        yield Both(life, other)
