"""A life whose own troubles go to another tracker; and one who listens for its heart."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from starlette.types import Receive, Scope, Send

from incidentd.model.blindness import CauseId, CauseKind
from incidentd.model.incident import self_incident_key, self_incident_marker
from incidentd.sandbox.frame import Frame
from incidentd.sandbox.serving import serving
from tests.stories.life import Life, living

OTHER = {"pagerduty": "jira", "jira": "pagerduty"}


@dataclass
class OwnLife:
    """A life with two trackers: `queue` for certificates, `own` for what incidentd is blind to."""

    life: Life
    kind: str
    """The vendor of `own`."""

    @property
    def tracker(self) -> Frame:
        """The sandbox behind `own`."""
        return self.life.scene.pagerduty if self.kind == "pagerduty" else self.life.scene.jira

    def all_tickets(self) -> list[Any]:
        """Everything in `own`."""
        scene = self.life.scene
        return list(scene.pagerduty.incidents.values() if self.kind == "pagerduty" else scene.jira.issues.values())

    def tickets(self, kind: CauseKind, subject: str) -> list[Any]:
        """The tickets of one cause, open or not."""
        key = self_incident_key("default", CauseId(kind, subject))
        if self.kind == "pagerduty":
            return [incident for incident in self.all_tickets() if incident.has_key(key)]
        return [issue for issue in self.all_tickets() if self_incident_marker("default", key) in issue.labels]

    def open_tickets(self, kind: CauseKind, subject: str) -> list[Any]:
        """Those of them that are open."""
        return [ticket for ticket in self.tickets(kind, subject) if self.is_open(ticket)]

    def is_open(self, ticket: Any) -> bool:
        """As the vendor sees it."""
        return bool(ticket.is_open) if self.kind == "pagerduty" else not self.life.scene.jira.is_done(ticket)

    def text(self, ticket: Any) -> str:
        """All that a person can read on it."""
        if self.kind == "pagerduty":
            shown = [alert.event for alert in ticket.alerts]
            return f"{ticket.title} {shown} {[note.content for note in ticket.notes]}"
        return f"{ticket.fields} {[comment.body for comment in ticket.comments]}"


@asynccontextmanager
async def two_trackers(kind: str, folder: Path) -> AsyncIterator[OwnLife]:
    """`kind` is the vendor of the certificates' tracker; the other one is told of blindness."""
    async with living(kind, folder) as life:
        own = OwnLife(life, OTHER[kind])
        trackers = {"queue": life.config["trackers"]["queue"], "own": dict(life.scene.tracker_settings(own.kind))}
        life.configure(trackers=trackers, routes=[{"tracker": "queue"}], self_tracker="own")
        yield own


@dataclass
class Listener:
    """Counts the calls of a heartbeat, and answers as it is told."""

    calls: list[str] = field(default_factory=list)
    status: int = 200

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One call: method and path."""
        self.calls.append(f"{scope['method']} {scope['path']}")
        await send({"type": "http.response.start", "status": self.status, "headers": []})
        await send({"type": "http.response.body", "body": b"secret answer"})


@asynccontextmanager
async def listening() -> AsyncIterator[tuple[Listener, str]]:
    """A listener, and the address that only the right caller knows."""
    listener = Listener()
    async with serving(listener) as url:
        yield listener, f"{url}/ping/t0ken"
