"""What an issue is created with, and what may be changed of it afterwards: only what still holds what we last wrote.

Pure. What we last wrote stands in two places: the ledger's `written`, and our issue property, which changes in the same
call as the fields; a field is ours while it equals either, so that a ledger restored from yesterday insults nobody.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from incidentd.model.ticket import TicketContent, Topic
from incidentd.trackers.jira import render
from incidentd.trackers.jira.beside import WATCHERS
from incidentd.trackers.jira.client import Json
from incidentd.trackers.jira.dialect import Dialect
from incidentd.trackers.jira.reading import ISSUE, PROPERTY, fields_of, labels_of, property_of, record, written_in
from incidentd.trackers.jira.screen import DISPENSABLE, Screen

LABEL = "incidentd"
EDITED_FIELDS = ("status", "resolution", "description", "labels", "priority", "duedate", "creator")

_OUR_OWN = ("project", "issuetype", "summary", "description", "labels", WATCHERS)
_LABEL_CHARACTERS = 255


@dataclass(frozen=True, slots=True)
class Creation:
    """The one create call, marker and property included; what is written by it, and what the screen has no room for."""

    body: Json
    written: dict[str, str]
    left_out: tuple[str, ...]


def creation(
    content: TicketContent, dialect: Dialect, project: str, issue_type: str, extra: Mapping[str, Any], screen: Screen
) -> Creation:
    """What the configuration says goes before what we would say; what is on no screen is left out."""
    configured = {name: value for name, value in extra.items() if name not in _OUR_OWN}
    wanted = {**_optional(content, screen), "description": dialect.description(content), **configured}
    labels, unfit = _extra_labels(extra.get("labels"))
    fields: Json = {
        "project": {"key": project},
        "issuetype": {"name": issue_type},
        "summary": render.summary(content),
        "labels": list(dict.fromkeys((*_labels(content), *labels))),
        **{name: value for name, value in wanted.items() if not screen.refuses(name)},
    }
    written = _written_by(fields, content, dialect)
    missing = [name for name in (*DISPENSABLE - {"components"}, *configured) if screen.refuses(name)]
    left_out = (*sorted(set(missing)), *unfit)
    return Creation({"fields": fields, "properties": [_property(content, dialect, written)]}, written, left_out)


def _optional(content: TicketContent, screen: Screen) -> Json:
    """What the screen offers, filled with what we know: the component is the service, where the project has it."""
    fields: Json = {}
    priority = screen.priority(content.severity)
    if priority is not None:
        fields["priority"] = {"name": priority}
    if screen.offers("duedate"):
        fields["duedate"] = content.due_on.isoformat()
    known = {name.casefold(): name for name in screen.allowed("components")}
    if content.component.casefold() in known:
        fields["components"] = [{"name": known[content.component.casefold()]}]
    return fields


def _extra_labels(configured: Any) -> tuple[list[str], list[str]]:
    """Those that Jira takes, and those that it would refuse the whole issue for."""
    labels = [str(label) for label in configured] if isinstance(configured, list) else []
    fit = [label for label in labels if label and len(label) <= _LABEL_CHARACTERS and not any(map(str.isspace, label))]
    return fit, [f"label {label!r}" for label in labels if label not in fit]


def _written_by(fields: Json, content: TicketContent, dialect: Dialect) -> dict[str, str]:
    written = {"labels": " ".join(_labels(content))}
    if "description" in fields:
        written["description"] = dialect.digest(fields["description"])
    if record(fields.get("priority")).get("name"):
        written["priority"] = str(fields["priority"]["name"])
    if isinstance(fields.get("duedate"), str):
        written["duedate"] = fields["duedate"]
    return written


def _labels(content: TicketContent) -> tuple[str, ...]:
    return tuple(dict.fromkeys((LABEL, content.marker, *content.labels)))


def _property(content: TicketContent, dialect: Dialect, written: Mapping[str, str], issue: str = "") -> Json:
    value: Json = {"key": content.key, "written": dict(written), **({ISSUE: issue} if issue else {})}
    if content.topic is Topic.CERTIFICATE:
        value["fingerprint"] = content.key.rpartition(":")[2]
    return {"key": PROPERTY, "value": dialect.property(value)}


@dataclass(slots=True)
class Edit:
    """What is to be changed, and what is written once it was."""

    issue: str
    written: dict[str, str]
    fields: Json = field(default_factory=dict)
    labels: list[dict[str, str]] = field(default_factory=list)
    stand_in: bool = False
    """The description is a person's now: our own comment says the facts instead."""
    unmarked: bool = False
    """Our property does not say whose issue it is: it is written again, which every edit does."""
    disputed: bool = False
    """It was ours once: a person changed it, or Jira stores it otherwise than it was sent."""

    def without(self, refused: Collection[str]) -> "Edit":
        """The same without fields that cannot be set."""
        fields = {name: value for name, value in self.fields.items() if name not in refused}
        written = {name: value for name, value in self.written.items() if name not in refused}
        labels = [] if "labels" in refused else self.labels
        return Edit(self.issue, written, fields, labels, self.stand_in, self.unmarked)

    def body(self, content: TicketContent, dialect: Dialect) -> Json | None:
        """The edit's body, or None when nothing is to be changed."""
        if not self.fields and not self.labels and not self.unmarked:
            return None
        update = {"update": {"labels": self.labels}} if self.labels else {}
        return {"fields": self.fields, **update, "properties": [_property(content, dialect, self.written, self.issue)]}


class Draft:
    """Works out the edit of one issue, field by field."""

    def __init__(
        self,
        issue: Json,
        content: TicketContent,
        dialect: Dialect,
        written: Mapping[str, str],
        screen: Screen,
        *,
        untouched: bool = False,
    ) -> None:
        """`untouched`: nobody else changed the description, whatever it reads like."""
        self._untouched = untouched
        self._issue = issue
        self._dialect = dialect
        self._content = content
        self._screen = screen
        self._memories = (written, written_in(issue))
        unmarked = property_of(issue).get("key") != content.key
        self._edit = Edit(str(issue["id"]), {**self._memories[1], **written}, unmarked=unmarked)

    def edit(self) -> Edit:
        """The summary stays as it was opened."""
        self._description()
        self._label()
        self._priority()
        self._due_date()
        return self._edit

    def _still_ours(self, name: str, current: str) -> bool:
        return any(memory.get(name) == current for memory in self._memories)

    def _set(self, name: str, value: Any, written: str) -> None:
        self._edit.fields[name] = value
        self._edit.written[name] = written

    def _description(self) -> None:
        wanted = self._dialect.description(self._content)
        current, digest = self._dialect.digest(fields_of(self._issue).get("description")), self._dialect.digest(wanted)
        if current == digest or (self._untouched and self._still_ours("description", digest)):
            self._edit.written["description"] = digest
        elif self._untouched or self._still_ours("description", current):
            self._set("description", wanted, digest)
        else:
            self._edit.stand_in = True
            self._edit.disputed = any(memory.get("description") for memory in self._memories)

    def _label(self) -> None:
        """One by one. The marker is put back; another label that a person took away is not.

        What was there once and is not is a person's doing only where the issue's own memory has it: a ledger that was
        set back remembers labels that we ourselves have replaced since.
        """
        current, wanted = labels_of(self._issue), _labels(self._content)
        ledger, issue = (str(memory.get("labels") or "").split() for memory in self._memories)
        known, lately = {*ledger, *issue}, issue or ledger
        added = [label for label in wanted if label not in current and (label not in lately or self._identifies(label))]
        removed = [label for label in current if label in known and label not in wanted]
        self._edit.labels = [{"add": label} for label in added] + [{"remove": label} for label in removed]
        self._edit.written["labels"] = " ".join(wanted)

    def _identifies(self, label: str) -> bool:
        return label == self._content.marker

    def _priority(self) -> None:
        """Only raised, and only from what we set ourselves."""
        current = str(record(fields_of(self._issue).get("priority")).get("name") or "")
        wanted, allowed = self._screen.priority(self._content.severity), self._screen.priorities
        if wanted is None or current not in allowed or not self._still_ours("priority", current):
            return
        self._edit.written["priority"] = current
        if allowed.index(wanted) < allowed.index(current):
            self._set("priority", {"name": wanted}, wanted)

    def _due_date(self) -> None:
        current, wanted = str(fields_of(self._issue).get("duedate") or ""), self._content.due_on.isoformat()
        if current == wanted:
            self._edit.written["duedate"] = wanted
        elif self._still_ours("duedate", current):
            self._set("duedate", wanted, wanted)
