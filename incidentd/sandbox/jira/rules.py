"""What may be written into an issue's fields, and the texts for what may not (Jira Cloud REST v3, create and edit).

Reads the wire's forms ({"name": …}, {"id": …}, {"accountId": …}) and gives plain values; errors are by field.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from incidentd.sandbox.jira import adf
from incidentd.sandbox.jira.answers import NOT_ADF, TOO_LONG, not_on_screen
from incidentd.sandbox.jira.project import Field, Project
from incidentd.sandbox.jira.site import PRIORITIES, RESOLUTIONS

MAX_SUMMARY, MAX_LABEL, MAX_TEXT = 254, 255, 32_767


class Wrong(ValueError):
    """A value that its field cannot take; the text is the vendor's."""


def read_fields(project: Project, wanted: Mapping[str, Any], screen: str) -> tuple[dict[str, Any], dict[str, str]]:
    """Plain values and errors of `fields`; `screen` is `create` or `edit`. Not project and issue type."""
    values: dict[str, Any] = {}
    errors: dict[str, str] = {}
    for name, value in wanted.items():
        if name in ("project", "issuetype"):
            continue
        try:
            values[name] = read_field(project, _on_screen(project, name, screen), value)
        except Wrong as wrong:
            errors[name] = str(wrong)
    return values, errors


def missing_fields(project: Project, wanted: Mapping[str, Any]) -> dict[str, str]:
    """Errors for what the project requires at creation and is not there."""
    absent = [name for name in sorted(project.required) if wanted.get(name) in (None, "", [], {})]
    told_elsewhere = ("project", "issuetype", "summary")
    return {name: f"{project.fields[name].name} is required." for name in absent if name not in told_elsewhere}


def _on_screen(project: Project, name: str, screen: str) -> Field:
    known = project.fields.get(name)
    if known is None or not (known.on_create if screen == "create" else known.on_edit):
        raise Wrong(not_on_screen(name))
    return known


def read_field(project: Project, field: Field, value: Any) -> Any:
    """The plain value of one field; raises Wrong."""
    readers: dict[str, Callable[[Any], Any]] = {
        "string": _summary if field.id == "summary" else _string,
        "doc": read_document,
        "wiki": read_wiki,
        "labels": read_labels,
        "priority": lambda given: _named(given, _scheme(project), "The priority selected is invalid."),
        "resolution": lambda given: _named(given, RESOLUTIONS, "The resolution selected is invalid."),
        "date": _date,
        "user": _user,
        "username": _username,
        "option": lambda given: given,
        "any": lambda given: given,
        "components": lambda given: _components(project, given),
    }
    return readers[field.kind](value)


def _summary(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise Wrong("You must specify a summary of the issue.")
    if len(value) > MAX_SUMMARY:
        raise Wrong("Summary must be less than 255 characters.")
    if "\n" in value or "\r" in value:
        raise Wrong("The summary is invalid because it contains newline characters.")
    return value


def _string(value: Any) -> Any:
    if value is not None and not isinstance(value, str):
        raise Wrong("Operation value must be a string")
    return value


def read_document(value: Any) -> Any:
    """An Atlassian document, or None; raises Wrong."""
    if value is None:
        return None
    if adf.problems(value):
        raise Wrong(NOT_ADF)
    if adf.is_too_long(value):
        raise Wrong(TOO_LONG)
    return value


def read_wiki(value: Any) -> Any:
    """A text in wiki markup, or None (Data Center); raises Wrong."""
    if value is not None and not isinstance(value, str):
        raise Wrong("Operation value must be a string")
    if value is not None and len(value.encode("utf-16-le", "surrogatepass")) // 2 > MAX_TEXT:
        raise Wrong(TOO_LONG)
    return value


def read_labels(value: Any) -> list[str]:
    """Labels without doubles, in order; raises Wrong."""
    if not isinstance(value, list):
        raise Wrong("Operation value must be an array")
    return list(dict.fromkeys(read_label(label) for label in value))


def read_label(label: Any) -> str:
    """One label; raises Wrong."""
    if not isinstance(label, str) or not label:
        raise Wrong("Operation value must be a string")
    if re.search(r"\s", label):
        raise Wrong(f"The label '{label}' contains spaces which is invalid.")
    if len(label) > MAX_LABEL:
        raise Wrong(f"The label '{label}' exceeds the maximum length for a label of 255 characters.")
    return label


def _named(value: Any, known: Mapping[str, str], text: str) -> str | None:
    if value is None:
        return None
    if not isinstance(value, dict):
        raise Wrong("Specify a valid value: data was not an object")
    by_name = {name.casefold(): name for name in known.values()}
    found = known.get(str(value.get("id"))) or by_name.get(str(value.get("name")).casefold())
    if found is None:
        raise Wrong(text)
    return found


def _scheme(project: Project) -> dict[str, str]:
    return {ident: name for ident, name in PRIORITIES.items() if name in project.priorities}


def _date(value: Any) -> Any:
    if value is None:
        return None
    if not isinstance(value, str) or not re.fullmatch(r"\d{4}-\d\d-\d\d", value):
        raise Wrong(f"Error parsing date string: {value}")
    try:
        date.fromisoformat(value)
    except ValueError:
        raise Wrong(f"Error parsing date string: {value}") from None
    return value


def _user(value: Any) -> Any:
    if value is None:
        return None
    if not isinstance(value, dict) or not (value.get("accountId") or value.get("id")):
        raise Wrong("Specify a valid value for accountId")
    return value.get("accountId") or value.get("id")


def _username(value: Any) -> Any:
    if value is None:
        return None
    if not isinstance(value, dict) or not value.get("name"):
        raise Wrong("expected 'name' property to be set")
    return value["name"]


def _components(project: Project, value: Any) -> list[str]:
    names = [item.get("name") for item in value] if isinstance(value, list) else [None]
    for name in names:
        if name not in project.components:
            raise Wrong(f"Component name '{name}' is not valid")
    return [str(name) for name in names]
