"""Queues: where the tickets of a year go, and how many there are of each certificate at its end."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from datetime import datetime
from pathlib import Path

from incidentd.model.incident import MARKER_HEX
from incidentd.sandbox.frame import Frame
from incidentd.sandbox.jira import Jira
from incidentd.sandbox.pagerduty import PagerDuty
from incidentd.transport.in_process import AsgiApp
from tests.simulation.in_jira import InJira
from tests.simulation.in_pagerduty import InPagerDuty

TRACKERS = ("local", "pagerduty", "jira")
DATABASE = "incidentd.db"
MARKER = "incidentd-default-"
KEY = "incidentd:default:"


class Queue:
    """One tracker: built in, or of the sandbox and in this process."""

    def __init__(self, kind: str, now: Callable[[], datetime]) -> None:
        self.settings: Mapping[str, object] = {"kind": "local"}
        self.apps: dict[str, AsgiApp] = {}
        self.frame: Frame | None = None
        """The sandbox behind it; None for the built-in one."""
        if kind != "local":
            actual = InPagerDuty(PagerDuty(now=now), "") if kind == "pagerduty" else InJira(Jira(now=now), "")
            self.settings, self.frame = actual.settings, actual.frame
            self.apps = dict.fromkeys(actual.origins, actual.frame)

    def writes(self) -> int:
        """Calls that asked for a change since this was last asked. A year of answers is not kept."""
        if self.frame is None:
            return 0
        count = len(self.frame.writes)
        self.frame.journal.clear()
        return count

    def tickets(self, folder: Path) -> dict[str, list[bool]]:
        """By the first digits of the fingerprint: which of its tickets are open."""
        found: dict[str, list[bool]] = {}
        for fingerprint, is_open in self._tickets(folder):
            found.setdefault(fingerprint[:MARKER_HEX], []).append(is_open)
        return found

    def _tickets(self, folder: Path) -> Iterable[tuple[str, bool]]:
        match self.frame:
            case PagerDuty() as calls:
                for incident in calls.incidents.values():
                    yield from ((key, incident.is_open) for key in {_bare(a.alert_key, KEY) for a in incident.alerts})
            case Jira() as issues:
                for issue in issues.issues.values():
                    marked = (label for label in issue.labels if label.startswith(MARKER))
                    yield from ((_bare(label, MARKER), not issues.is_done(issue)) for label in marked)
            case _:
                yield from _of_the_state(folder / DATABASE)


def _of_the_state(path: Path) -> Iterator[tuple[str, bool]]:
    with closing(sqlite3.connect(path)) as database:
        rows = database.execute("SELECT marker, closed_at IS NULL FROM local_tickets").fetchall()
    return ((_bare(marker, MARKER), bool(is_open)) for marker, is_open in rows)


def _bare(marked: str, with_what: str) -> str:
    return marked.removeprefix(with_what)
