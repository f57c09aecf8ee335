"""What an edit asks for: `fields` set values, `update` adds, removes and sets; a field in both is an error (400)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from incidentd.sandbox.jira import rules
from incidentd.sandbox.jira.answers import Refusal, wrong
from incidentd.sandbox.jira.project import Project
from incidentd.sandbox.jira.records import Issue


def edited(project: Project, issue: Issue, wish: Mapping[str, Any]) -> dict[str, Any]:
    """The new plain values; raises Refusal (400) with every error by field."""
    fields, update = wish.get("fields") or {}, wish.get("update") or {}
    if not isinstance(fields, dict) or not isinstance(update, dict):
        raise Refusal(400, "Invalid request payload. Refer to the REST API documentation and try again.")
    doubled = sorted(set(fields) & set(update))
    if doubled:
        text = "Field '{}' cannot appear in both 'fields' and 'update'"
        raise wrong(**{name: text.format(name) for name in doubled})
    values, errors = rules.read_fields(project, fields, "edit")
    for name, operations in update.items():
        try:
            values[name] = _operated(project, issue, name, operations)
        except rules.Wrong as problem:
            errors[name] = str(problem)
    if errors:
        raise wrong(**errors)
    return values


def _operated(project: Project, issue: Issue, name: str, operations: Any) -> Any:
    value = issue.fields.get(name)
    for operation in operations if isinstance(operations, list) else [None]:
        if not isinstance(operation, dict) or len(operation) != 1:
            raise rules.Wrong("Each operation must be an object with one verb")
        ((verb, given),) = operation.items()
        value = _apply(project, name, value, verb, given)
    return value


def _apply(project: Project, name: str, value: Any, verb: str, given: Any) -> Any:
    if verb == "set":
        values, errors = rules.read_fields(project, {name: given}, "edit")
        if errors:
            raise rules.Wrong(errors[name])
        return values[name]
    if name != "labels" or verb not in ("add", "remove"):
        raise rules.Wrong(f"Field '{name}' does not support operation '{verb}'.")
    rules.read_fields(project, {name: []}, "edit")
    label, kept = rules.read_label(given), list(value or ())
    if verb == "remove":
        return [other for other in kept if other != label]
    return kept if label in kept else [*kept, label]
