"""What differs between two contents of an issue, as the changelog says it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from incidentd.sandbox.jira import adf
from incidentd.sandbox.jira.project import Project
from incidentd.sandbox.jira.records import Content, Json


def differences(before: Content, after: Content, projects: Mapping[str, Project]) -> tuple[Json, ...]:
    """One item for each field that changed, in a fixed order."""
    items = [_field(name, before, after) for name in sorted({*before.fields, *after.fields})]
    items += [_status(before, after, projects), _plain("Key", before.key, after.key)]
    items.append(_plain("project", before.project, after.project))
    items.append(_plain("issuetype", before.issue_type, after.issue_type))
    return tuple(item for item in items if item is not None)


def _field(name: str, before: Content, after: Content) -> Json | None:
    old, new = before.fields.get(name), after.fields.get(name)
    return None if old == new else _item(name, None, text(old), None, text(new))


def _status(before: Content, after: Content, projects: Mapping[str, Project]) -> Json | None:
    if before.status == after.status:
        return None
    old = projects[before.project].workflow.status(before.status)
    new = projects[after.project].workflow.status(after.status)
    return _item("status", old.id, old.name, new.id, new.name)


def _plain(name: str, old: str, new: str) -> Json | None:
    return None if old == new else _item(name, old, old, new, new)


def _item(name: str, old: str | None, old_text: str | None, new: str | None, new_text: str | None) -> Json:
    return {
        "field": name,
        "fieldtype": "custom" if name.startswith("customfield_") else "jira",
        "fieldId": name,
        "from": old,
        "fromString": old_text,
        "to": new,
        "toString": new_text,
    }


def text(value: Any) -> str | None:
    """A field's value as the changelog writes it."""
    if value is None:
        return None
    if isinstance(value, dict) and value.get("type") == "doc":
        return adf.plain(value)
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)
