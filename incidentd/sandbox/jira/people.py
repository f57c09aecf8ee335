"""What people, automations and administrators do to a site on their own: for tests and the control interface."""

from __future__ import annotations

from typing import Any

from incidentd.sandbox.jira.project import PERMISSIONS, Field, Project
from incidentd.sandbox.jira.records import Account, Comment, Issue
from incidentd.sandbox.jira.rules import read_field
from incidentd.sandbox.jira.site import Site
from incidentd.sandbox.jira.workflow import Transition


class Peopled(Site):
    """A site with people in it. `issue` arguments are ids or keys; `account` is an account id, None a person."""

    someone: Account
    automation: Account

    def person(self, account: str | None = None) -> Account:
        """The account meant; KeyError if there is none."""
        return self.someone if account is None else self.accounts[account]

    def person_transitions(
        self, issue: str | int, status: str, account: str | None = None, resolution: str | None = None
    ) -> None:
        """Somebody moves it to the status of that name, whatever the workflow offers to others."""
        self._go(self.issue(issue), status, self.person(account), resolution)

    def machine_transitions(self, issue: str | int, status: str, resolution: str | None = None) -> None:
        """An automation moves it to the status of that name."""
        self._go(self.issue(issue), status, self.automation, resolution)

    def _go(self, issue: Issue, name: str, author: Account, resolution: str | None) -> None:
        target = self._project(issue).workflow.named(name)
        said = {} if resolution is None else {"resolution": resolution}
        self.transition(issue, Transition("0", name, target.id), author, said)

    def person_edits(self, issue: str | int, field: str, value: Any, account: str | None = None) -> None:
        """Somebody sets a field, given as the API takes it; raises ValueError for what it does not take."""
        seen = self.issue(issue)
        project = self._project(seen)
        known = project.fields.get(field, Field(field, field, field))
        self.edit(seen, self.person(account), **{field: read_field(project, known, value)})

    def person_labels(self, issue: str | int, label: str, account: str | None = None) -> None:
        """Somebody adds a label."""
        seen = self.issue(issue)
        self.edit(seen, self.person(account), labels=list(dict.fromkeys([*seen.labels, label])))

    def person_removes_label(self, issue: str | int, label: str, account: str | None = None) -> None:
        """Somebody takes a label away."""
        seen = self.issue(issue)
        self.edit(seen, self.person(account), labels=[other for other in seen.labels if other != label])

    def person_comments(self, issue: str | int, text: str, account: str | None = None) -> Comment:
        """Somebody writes a comment."""
        paragraph = {"type": "paragraph", "content": [{"type": "text", "text": text}]}
        document = {"type": "doc", "version": 1, "content": [paragraph]}
        return self.comment(self.issue(issue), self.person(account), document)

    def clone(self, issue: str | int, account: str | None = None, properties: bool = False) -> Issue:
        """Somebody clones it: a new issue of theirs with the same labels; whether properties go along is open."""
        seen, author = self.issue(issue), self.person(account)
        fields = {**seen.fields, "summary": f"CLONE - {seen.fields.get('summary')}", "resolution": None}
        copied = seen.properties if properties else {}
        fields["reporter"] = author.account_id
        made = self.create(self._project(seen), seen.content.issue_type, fields, author, copied)
        self.link("Cloners", seen, made)
        return made

    def person_moves(self, issue: str | int, project: str, account: str | None = None) -> str:
        """Somebody moves it to another project (made if need be); the new key."""
        if project not in self.projects:
            self.add_project(project)
        return self.move(issue, project, self.person(account))

    def delete(self, issue: str | int, account: str | None = None) -> None:
        """Somebody deletes it."""
        self.revise(self.issue(issue), self.person(account), exists=False)

    def revoke_permission(self, permission: str = "BROWSE_PROJECTS", project: str | None = None) -> None:
        """An administrator takes a permission from our account, in one project or in all."""
        for known in self._projects(project):
            known.permissions.discard(permission)

    def restore(self, project: str | None = None) -> None:
        """An administrator gives every permission back."""
        for known in self._projects(project):
            known.permissions.update(PERMISSIONS)

    def _projects(self, key: str | None) -> list[Project]:
        return list(self.projects.values()) if key is None else [self.projects[key]]

    def _project(self, issue: Issue) -> Project:
        return self.projects[issue.content.project]
