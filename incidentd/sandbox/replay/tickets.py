"""Tickets as the trackers of the sandbox hold them, in one shape: read from their records, not from what was sent."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from incidentd.model.incident import incident_key, incident_marker
from incidentd.sandbox.jira.records import Issue
from incidentd.sandbox.pagerduty.records import Incident
from incidentd.sandbox.scene import Scene

INSTANCE = "default"
OLD_ROW = re.compile(r"(\S+) \[\S+\]  served  this certificate  ")
"""A row of a ticket's evidence: place and address, role, state."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """A ticket as its tracker holds it."""

    name: str
    """As a person calls it: `PagerDuty #1`, `Jira OPS-1`."""
    is_open: bool
    severity: str
    title: str
    text: str
    """Everything else that it says, one piece a line."""
    comments: tuple[str, ...]
    """Oldest first."""
    listed_at: tuple[str, ...] | None = None
    """The servers that it lists with the old certificate; None where a tracker has no room for a list."""


def tickets_of(scene: Scene, fingerprint: str) -> list[Ticket]:
    """Every ticket that stands for a certificate, in either tracker, open or not."""
    return [*_calls(scene, fingerprint), *_issues(scene, fingerprint)]


def _calls(scene: Scene, fingerprint: str) -> Iterator[Ticket]:
    key = incident_key(INSTANCE, fingerprint)
    for incident in scene.pagerduty.incidents.values():
        if incident.has_key(key):
            yield _call(incident)


def _call(incident: Incident) -> Ticket:
    alert = incident.alerts[0]
    details = alert.event["payload"]["custom_details"]
    return Ticket(
        name=f"PagerDuty #{incident.number}",
        is_open=incident.is_open,
        severity=alert.severity,
        title=incident.title,
        text="\n".join(str(text) for text in details.values()),
        comments=tuple(note.content for note in incident.notes),
    )


def _issues(scene: Scene, fingerprint: str) -> Iterator[Ticket]:
    for issue in scene.jira.issues_with_label(incident_marker(INSTANCE, fingerprint)):
        yield issue_of(scene, issue)


def issue_of(scene: Scene, issue: Issue) -> Ticket:
    """An issue of the scene's Jira, whoever wrote it."""
    severities = [label.removeprefix("sev-") for label in issue.labels if label.startswith("sev-")]
    lines = list(_lines(issue.fields.get("description") or {}))
    return Ticket(
        name=f"Jira {issue.key}",
        is_open=not scene.jira.is_done(issue),
        severity=" ".join(severities),
        title=str(issue.fields.get("summary")),
        text="\n".join(lines),
        comments=tuple(" ".join(_lines(comment.body)) for comment in issue.comments),
        listed_at=tuple(row[1] for line in lines if (row := OLD_ROW.match(line))),
    )


def _lines(document: Any) -> Iterator[str]:
    """The words of an Atlassian document, one block or table row a line."""
    kind, inside = document.get("type"), document.get("content", [])
    if kind in ("paragraph", "heading", "codeBlock"):
        yield "".join(str(piece.get("text", "")) for piece in inside)
    elif kind == "tableRow":
        yield "  ".join(" ".join(_lines(cell)) for cell in inside)
    else:
        for block in inside:
            yield from _lines(block)
