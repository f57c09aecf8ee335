"""What the sandbox's Jira really holds of one certificate."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from incidentd.model.incident import page_key, self_incident_marker
from incidentd.sandbox.jira import Jira
from incidentd.sandbox.jira.adf import plain
from incidentd.sandbox.jira.records import Issue
from incidentd.trackers.jira import wiki
from tests.simulation.actual import RANKS, Seen, last_write_seconds, without_numbers


class InJira:
    """Issues with our label that our account made."""

    origins: tuple[str, ...] = ("https://jira.test",)
    at_most_open = 2

    def __init__(self, frame: Jira, fingerprint: str, *, page: bool = False) -> None:
        self.frame: Jira = frame
        key = page_key(f"incidentd:default:{fingerprint}")
        self._marker = self_incident_marker("default", key) if page else f"incidentd-default-{fingerprint[:40]}"
        self.settings: Mapping[str, object] = {
            "kind": "jira",
            **frame.settings(self.origins[0]),
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
        done, title = self.frame.is_done(issue), str(issue.fields.get("summary", ""))
        changes = [change for change in issue.changelog if any(item["field"] == "status" for item in change.items)]
        by_us = done and bool(changes) and changes[-1].author.account_id == self.frame.bot.account_id
        said = tuple(without_numbers(_plain(one.body)) for one in issue.comments if one.author == self.frame.bot)
        touched = bool(said) or any(change.author == self.frame.bot for change in issue.changelog)
        authors = [*(one.author for one in issue.comments), *(change.author for change in issue.changelog)]
        cloned, worked_on = not self._is_ours(issue), self.frame.someone in authors
        return Seen(str(issue.id), not done, title, max(ranks, default=0), by_us, said, cloned, worked_on, touched)

    def is_closing(self, method: str, path: str, body: bytes) -> bool:
        if method != "POST" or not path.endswith("/transitions"):
            return False
        issue = self.frame.issue(path.split("/")[-2])
        if issue not in self._marked():
            return False
        wanted = json.loads(body)["transition"]["id"]
        workflow = self.frame.projects[issue.content.project].workflow
        return any(step.id == wanted and workflow.status(step.to).category == "done" for step in workflow.transitions)

    def of(self, fingerprint: str) -> InJira:
        return InJira(self.frame, fingerprint)

    def page_of(self, fingerprint: str) -> InJira:
        return InJira(self.frame, fingerprint, page=True)

    def writes(self) -> int:
        return len(self.frame.writes)

    def budget(self, path: str) -> str:
        return "all"

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

    def say(self, text: str, place: int) -> None:
        for issue in self._open()[place:] or self._open():
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
        return last_write_seconds(self.frame, start)

    def documents(self) -> list[Mapping[str, object]]:
        return list(self.frame.state()["issues"])

    def texts(self) -> str:
        return json.dumps(self.documents(), default=str)


def _plain(body: object) -> str:
    """Of a document, or of wiki markup (Data Center)."""
    return wiki.plain(body) if isinstance(body, str) else plain(body)
