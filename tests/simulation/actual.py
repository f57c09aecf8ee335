"""What the tracker really holds of one certificate, told alike for PagerDuty and Jira, and what people do to it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from incidentd.sandbox.frame import Frame
from incidentd.sandbox.jira import Jira
from incidentd.sandbox.jira.records import Issue
from incidentd.sandbox.pagerduty import PagerDuty
from incidentd.sandbox.pagerduty.records import Incident
from tests.simulation.schedule import Schedule

RANKS = {"info": 0, "warning": 1, "error": 2, "critical": 3}


@dataclass(frozen=True, slots=True)
class Seen:
    """One ticket of ours, as its tracker shows it now."""

    id: str
    open: bool
    title: str
    rank: int
    """Of its severity; 0 where it says none."""
    closed_by_us: bool
    cloned: bool = False
    """A person's copy of ours."""


class Actual(Protocol):
    """A tracker of the sandbox, and the people in it."""

    origins: tuple[str, ...]
    settings: Mapping[str, object]
    at_most_open: int
    """How many may be open for one certificate in passing (faults.md, 1)."""

    @property
    def frame(self) -> Frame:
        """The application."""
        ...

    def tickets(self) -> list[Seen]:
        """Every ticket for the certificate, oldest first."""
        ...

    def is_closing(self, method: str, path: str, body: bytes) -> bool:
        """Whether a request asks for a ticket to be closed."""
        ...

    def close_as(self, person: bool) -> None:
        """A person, or a machine, closes what is open."""
        ...

    def retitle(self, title: str) -> None:
        """A person gives what is open another title."""
        ...

    def say(self, text: str) -> None:
        """A person comments."""
        ...

    def clone(self) -> None:
        """A person clones it."""
        ...

    def take(self) -> None:
        """A person takes it on: acknowledges, or moves it to a project of theirs."""
        ...

    def twin(self) -> None:
        """Our own account makes a second one behind the daemon's back, where the tracker lets it."""
        ...

    def plain(self, path: str) -> str:
        """A path without what differs between two runs."""
        ...

    def last_write_seconds(self, start: datetime) -> float:
        """When the last request that asked for a change came in."""
        ...

    def texts(self) -> str:
        """Everything that stands in tickets."""
        ...


def actual_of(schedule: Schedule, now: Callable[[], datetime], fingerprint: str) -> Actual:
    """The tracker of a schedule."""
    lag = timedelta(seconds=schedule.lag_seconds)
    if schedule.tracker == "pagerduty":
        return ActualPagerDuty(PagerDuty(now=now, processing_delay=lag), fingerprint)
    return ActualJira(Jira(now=now, index_lag=lag), fingerprint)


def _last_write(frame: Frame, start: datetime) -> float:
    for entry in reversed(frame.journal):
        if frame.is_write(entry.request.method, entry.request.path):
            return (entry.request.at - start).total_seconds()
    return 0.0


class ActualPagerDuty:
    """Incidents that hold an alert with our key."""

    origins: tuple[str, ...] = ("https://events.pagerduty.test", "https://api.pagerduty.test")
    at_most_open = 1

    def __init__(self, frame: PagerDuty, fingerprint: str) -> None:
        self.frame: PagerDuty = frame
        self._key = f"incidentd:default:{fingerprint}"
        self._our_id = next(user.id for user in frame.users if user.email == frame.from_email)
        self.settings: Mapping[str, object] = {
            "kind": "pagerduty",
            "routing_key": frame.routing_key,
            "api_token": frame.api_token,
            "from_email": frame.from_email,
            "service": frame.service.id,
            "events_url": self.origins[0],
            "api_url": self.origins[1],
        }

    def _ours(self) -> list[Incident]:
        return [incident for incident in self.frame.incidents.values() if incident.has_key(self._key)]

    def _open(self) -> list[Incident]:
        return [incident for incident in self._ours() if incident.is_open]

    def tickets(self) -> list[Seen]:
        return [self._seen(incident) for incident in self._ours()]

    def _seen(self, incident: Incident) -> Seen:
        ranks = [RANKS.get(alert.severity, 0) for alert in incident.alerts if alert.alert_key == self._key]
        by = incident.last_status_change_by
        person = by.type == "user_reference" and by.id != self._our_id
        ours = not person and by.type != "service_reference"
        return Seen(incident.id, incident.is_open, incident.title, max(ranks, default=0), ours)

    def is_closing(self, method: str, path: str, body: bytes) -> bool:
        return b'"event_action":"resolve"' in body or b'"status":"resolved"' in body

    def close_as(self, person: bool) -> None:
        for incident in self._open():
            if person:
                self.frame.person_resolves(incident.id)
            else:
                self.frame.machine_resolves(incident.id)

    def retitle(self, title: str) -> None:
        for incident in self._open():
            self.frame.person_retitles(incident.id, title)

    def say(self, text: str) -> None:
        for incident in self._open():
            self.frame.person_notes(incident.id, text)

    def clone(self) -> None:
        """There is no such thing as a clone here."""

    def take(self) -> None:
        for incident in self._open():
            self.frame.person_acknowledges(incident.id)

    def twin(self) -> None:
        """The key makes it impossible: a second trigger updates the first."""

    def plain(self, path: str) -> str:
        return re.sub(r"Q[0-9]{13}", "Q", path)

    def last_write_seconds(self, start: datetime) -> float:
        return _last_write(self.frame, start)

    def texts(self) -> str:
        return json.dumps(self.frame.state()["incidents"], default=str)


class ActualJira:
    """Issues with our label that our account made."""

    origins: tuple[str, ...] = ("https://jira.test",)
    at_most_open = 2

    def __init__(self, frame: Jira, fingerprint: str) -> None:
        self.frame: Jira = frame
        self._marker = f"incidentd-default-{fingerprint[:40]}"
        self.settings: Mapping[str, object] = {
            "kind": "jira",
            "base_url": self.origins[0],
            "email": frame.email,
            "api_token": frame.api_token,
            "project": frame.project_key,
            "index_lag": "300s",
        }

    def _marked(self) -> list[Issue]:
        return self.frame.issues_with_label(self._marker)

    def _open(self) -> list[Issue]:
        return [issue for issue in self._marked() if self._is_ours(issue) and not self.frame.is_done(issue)]

    def _is_ours(self, issue: Issue) -> bool:
        return issue.content.creator == self.frame.bot.account_id

    def tickets(self) -> list[Seen]:
        return [self._seen(issue) for issue in self._marked()]

    def _seen(self, issue: Issue) -> Seen:
        ranks = [RANKS[label[4:]] for label in issue.labels if label.startswith("sev-") and label[4:] in RANKS]
        changes = [change for change in issue.changelog if any(item["field"] == "status" for item in change.items)]
        by_us = bool(changes) and changes[-1].author.account_id == self.frame.bot.account_id
        done, title = self.frame.is_done(issue), str(issue.fields.get("summary", ""))
        return Seen(str(issue.id), not done, title, max(ranks, default=0), by_us, not self._is_ours(issue))

    def is_closing(self, method: str, path: str, body: bytes) -> bool:
        if method != "POST" or not path.endswith("/transitions"):
            return False
        issue = self.frame.issue(path.split("/")[-2])
        wanted = json.loads(body)["transition"]["id"]
        workflow = self.frame.projects[issue.content.project].workflow
        return any(step.id == wanted and workflow.status(step.to).category == "done" for step in workflow.transitions)

    def close_as(self, person: bool) -> None:
        for issue in self._open():
            done = next(one for one in self._workflow(issue).statuses if one.category == "done")
            go = self.frame.person_transitions if person else self.frame.machine_transitions
            go(issue.key, done.name)

    def _workflow(self, issue: Issue) -> Any:
        return self.frame.projects[issue.content.project].workflow

    def retitle(self, title: str) -> None:
        for issue in self._open():
            self.frame.person_edits(issue.key, "summary", title)

    def say(self, text: str) -> None:
        for issue in self._open():
            self.frame.person_comments(issue.key, text)

    def clone(self) -> None:
        for issue in self._open()[:1]:
            self.frame.clone(issue.key)

    def take(self) -> None:
        for issue in self._open()[:1]:
            self.frame.person_moves(issue.key, "PAY")

    def twin(self) -> None:
        for issue in self._open()[:1]:
            project = self.frame.projects[issue.content.project]
            fields, properties = dict(issue.fields), dict(issue.properties)
            self.frame.create(project, issue.content.issue_type, fields, self.frame.bot, properties)

    def plain(self, path: str) -> str:
        return path

    def last_write_seconds(self, start: datetime) -> float:
        return _last_write(self.frame, start)

    def texts(self) -> str:
        return json.dumps(self.frame.state(), default=str)
