"""A project: its issue types, its fields and screens, its workflow, and what our account may do in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from incidentd.sandbox.jira.workflow import Workflow, default_workflow

PERMISSIONS = (
    "BROWSE_PROJECTS",
    "CREATE_ISSUES",
    "EDIT_ISSUES",
    "TRANSITION_ISSUES",
    "ADD_COMMENTS",
    "EDIT_OWN_COMMENTS",
    "LINK_ISSUES",
    "RESOLVE_ISSUES",
    "SCHEDULE_ISSUES",
    "ASSIGN_ISSUES",
    "DELETE_ISSUES",
    "MANAGE_WATCHERS",
)


@dataclass(frozen=True, slots=True)
class Field:
    """A field that issues of the project can have."""

    id: str
    name: str
    # string | doc | wiki | labels | priority | date | user | username | option | any | project | issuetype | components
    kind: str
    on_create: bool = True
    on_edit: bool = True
    options: tuple[str, ...] = ()  # what may be chosen, where it is an option


SYSTEM_FIELDS = (
    Field("project", "Project", "project", on_edit=False),
    Field("issuetype", "Issue Type", "issuetype"),
    Field("summary", "Summary", "string"),
    Field("description", "Description", "doc"),
    Field("environment", "Environment", "doc"),
    Field("labels", "Labels", "labels"),
    Field("priority", "Priority", "priority"),
    Field("duedate", "Due date", "date"),
    Field("components", "Components", "components"),
    Field("assignee", "Assignee", "user"),
    Field("reporter", "Reporter", "user"),
)


@dataclass(slots=True)
class Project:
    """A company-managed project. Everything may be changed in mid-run, as administrators do."""

    key: str
    id: int
    name: str
    issue_types: dict[str, str] = field(default_factory=lambda: {"10001": "Task", "10002": "Bug", "10003": "Story"})
    workflow: Workflow = field(default_factory=default_workflow)
    fields: dict[str, Field] = field(default_factory=lambda: {known.id: known for known in SYSTEM_FIELDS})
    required: set[str] = field(default_factory=lambda: {"project", "issuetype", "summary"})
    components: list[str] = field(default_factory=list)
    priorities: tuple[str, ...] = ("Highest", "High", "Medium", "Low", "Lowest")  # its scheme, most severe first
    type_key: str = "software"  # software | business | service_desk
    archived: bool = False
    permissions: set[str] = field(default_factory=lambda: set(PERMISSIONS))
    last_number: int = 0

    def next_key(self) -> str:
        """The key of the next issue."""
        self.last_number += 1
        return f"{self.key}-{self.last_number}"

    def issue_type(self, wanted: object) -> str | None:
        """The name of the type meant by {"id": …} or {"name": …}, or None."""
        if not isinstance(wanted, dict):
            return None
        by_id = self.issue_types.get(str(wanted.get("id")))
        by_name = {name.casefold(): name for name in self.issue_types.values()}
        return by_id or by_name.get(str(wanted.get("name")).casefold())

    def add_field(
        self, ident: str, name: str, kind: str = "string", required: bool = False, options: Sequence[str] = ()
    ) -> None:
        """One more field on its screens, such as `customfield_10050`; `options` are for the kind `option`."""
        self.fields[ident] = Field(ident, name, kind, options=tuple(options))
        if required:
            self.required.add(ident)

    def take_off_screen(self, ident: str, *, on_create: bool = False) -> None:
        """The field stays, but no screen shows it (or that of a create only), so that setting it is an error."""
        self.fields[ident] = replace(self.fields[ident], on_create=on_create, on_edit=False)
