"""The rules of a Jira site: issues with stable ids and moving keys, their history, and who changed what.

Every change passes through `revise`, which writes the changelog and what the search index will see later.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

from incidentd.sandbox.jira.changes import differences
from incidentd.sandbox.jira.project import Project
from incidentd.sandbox.jira.records import Account, Change, Comment, Content, Issue, IssueLink, Json, RemoteLink
from incidentd.sandbox.jira.workflow import Transition

PRIORITIES = {"1": "Highest", "2": "High", "3": "Medium", "4": "Low", "5": "Lowest"}
RESOLUTIONS = {"10000": "Done", "10001": "Won't Do", "10002": "Duplicate", "10003": "Cannot Reproduce"}
LINK_TYPES = {
    "10000": ("Blocks", "is blocked by", "blocks"),
    "10001": ("Cloners", "is cloned by", "clones"),
    "10002": ("Duplicate", "is duplicated by", "duplicates"),
    "10003": ("Relates", "relates to", "relates to"),
}


class Site:
    """One site. Read `issues` (by key, as they are now), or one `issue(id or key)`."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self.now = now
        self.index_lag = timedelta(0)
        self.site_url = ""  # where people find it; empty: where it is called
        self.begin()

    def begin(self) -> None:
        """An empty site."""
        self._issue_ids = itertools.count(10001)
        self._ids = itertools.count(20001)
        self.by_id: dict[int, Issue] = {}
        self._keys: dict[str, int] = {}  # upper case, former keys too
        self.projects: dict[str, Project] = {}
        self.accounts: dict[str, Account] = {}
        self.links: list[IssueLink] = []
        self.renders_plainly = False  # descriptions are stored as one paragraph, as by a field with another renderer
        self.zone: tzinfo = UTC  # in which times are written

    def new_id(self) -> int:
        """The next number for anything that is no issue."""
        return next(self._ids)

    def add_account(self, account: Account) -> Account:
        """One more account."""
        self.accounts[account.account_id] = account
        return account

    def add_project(self, key: str, name: str = "") -> Project:
        """One more project with the default workflow."""
        self.projects[key] = Project(key, 10000 + len(self.projects), name or key)
        return self.projects[key]

    @property
    def issues(self) -> dict[str, Issue]:
        """All issues that exist, by their present key, oldest first."""
        return {issue.key: issue for issue in self.by_id.values() if issue.exists}

    def issue(self, wanted: int | str) -> Issue:
        """The issue of this id, key or former key (any case), even a deleted one; KeyError if there never was one."""
        text = str(wanted)
        return self.by_id[int(text) if text.isdecimal() else self._keys[text.upper()]]

    def is_done(self, issue: Issue) -> bool:
        """Whether its status is in the category `done`."""
        return self.category(issue.content) == "done"

    def category(self, content: Content) -> str:
        """The status category of what an issue says."""
        return self.projects[content.project].workflow.status(content.status).category

    def issues_with_label(self, label: str) -> list[Issue]:
        """All issues that exist and carry the label now, oldest first."""
        return [issue for issue in self.by_id.values() if issue.exists and label in issue.labels]

    def open_issues_with_label(self, label: str) -> list[Issue]:
        """Those of them that are not done."""
        return [issue for issue in self.issues_with_label(label) if not self.is_done(issue)]

    # Changes

    def create(
        self,
        project: Project,
        issue_type: str,
        fields: Mapping[str, Any],
        author: Account,
        properties: Mapping[str, Any] | None = None,
    ) -> Issue:
        """A new issue in the workflow's first status."""
        now = self.now()
        content = Content(
            key=project.next_key(),
            project=project.key,
            issue_type=issue_type,
            status=project.workflow.first.id,
            fields={"priority": "Medium", "labels": [], "reporter": author.account_id, **fields},
            properties=dict(properties or {}),
            creator=author.account_id,
            created=now,
            updated=now,
        )
        issue = Issue(next(self._issue_ids), content, author, history=[(now, content)])
        self.by_id[issue.id] = issue
        self._keys[content.key.upper()] = issue.id
        return issue

    def revise(self, issue: Issue, author: Account, **changes: Any) -> None:
        """Another content from now on; what differs is in the changelog, and in the index after its lag."""
        before, now = issue.content, self.now()
        after = replace(before, **changes, updated=now)
        items = differences(before, after, self.projects)
        if items:
            issue.changelog.append(Change(self.new_id(), now, author, items))
        issue.content = after
        issue.history.append((now, after))

    def edit(self, issue: Issue, author: Account, **fields: Any) -> None:
        """Other values of some fields."""
        self.revise(issue, author, fields={**issue.content.fields, **fields})

    def transition(self, issue: Issue, step: Transition, author: Account, fields: Mapping[str, Any]) -> None:
        """Takes a transition: the status, the resolution that goes with it, and what its screen said."""
        workflow = self.projects[issue.content.project].workflow
        was_done, is_done = self.is_done(issue), workflow.status(step.to).category == "done"
        resolution = issue.fields.get("resolution")
        if is_done and not was_done:
            resolution = workflow.sets_resolution
        if was_done and not is_done and workflow.clears_resolution:
            resolution = None
        merged = {**issue.content.fields, "resolution": resolution, **fields}
        self.revise(issue, author, status=step.to, fields=merged)

    def set_property(self, issue: Issue, key: str, value: Any) -> bool:
        """Sets an issue property (it is in no changelog); true if it is a new one."""
        is_new = key not in issue.properties
        issue.content = replace(issue.content, properties={**issue.properties, key: value})
        issue.history.append((self.now(), issue.content))
        return is_new

    def comment(self, issue: Issue, author: Account, body: Json | str, properties: Iterable[Json] = ()) -> Comment:
        """A comment on it."""
        now = self.now()
        issue.comments.append(Comment(self.new_id(), author, body, now, now, author, list(properties)))
        return issue.comments[-1]

    def remote_link(self, issue: Issue, document: Json) -> tuple[RemoteLink, bool]:
        """A link to something outside, one for each globalId; true if it is a new one."""
        global_id = document.get("globalId")
        for known in issue.remote_links:
            if global_id is not None and known.global_id == global_id:
                known.document = document
                return known, False
        issue.remote_links.append(RemoteLink(self.new_id(), global_id, document))
        return issue.remote_links[-1], True

    def link(self, kind: str, inward: Issue, outward: Issue) -> None:
        """Joins two issues; joining them again changes nothing."""
        known = {(link.type, link.inward, link.outward) for link in self.links}
        if (kind, inward.id, outward.id) not in known:
            self.links.append(IssueLink(self.new_id(), kind, inward.id, outward.id))

    def move(self, wanted: int | str, project: str, author: Account) -> str:
        """Moves an issue to another project: a new key, the same id; the old key still finds it."""
        issue, target = self.issue(wanted), self.projects[project]
        issue.former_keys.append(issue.key)
        status = issue.content.status
        known = {known.id for known in target.workflow.statuses}
        key = target.next_key()
        self._keys[key.upper()] = issue.id
        kept = status if status in known else target.workflow.first.id
        self.revise(issue, author, key=key, project=target.key, status=kept)
        return key
