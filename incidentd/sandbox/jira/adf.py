"""The Atlassian Document Format, as far as tickets need it: which node may stand in which, with which attributes.

An independent, small reading of the published schema; a node type that is not in the table is refused, and so is an
attribute. Source: developer.atlassian.com, Atlassian Document Format: structure, nodes, marks.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

MAX_CHARACTERS = 32_767
Check = Callable[[Any], bool]


def _text(value: Any) -> bool:
    return isinstance(value, str)


def _some_text(value: Any) -> bool:
    return isinstance(value, str) and value != ""


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _one_of(*values: object) -> Check:
    return lambda value: value in values and not isinstance(value, bool)


def _colour(value: Any) -> bool:
    named = ("neutral", "purple", "blue", "red", "yellow", "green")
    return isinstance(value, str) and (value in named or re.fullmatch(r"#[0-9a-fA-F]{6}", value) is not None)


@dataclass(frozen=True, slots=True)
class Rule:
    """What one node type asks for: its children and how many at least, its attributes, and those it may have."""

    children: tuple[str, ...] = ()
    at_least: int | None = None  # None: content may be absent
    attrs: Mapping[str, Check] = field(default_factory=dict)
    optional: Mapping[str, Check] = field(default_factory=dict)


INLINE = ("text", "hardBreak", "mention", "emoji", "inlineCard", "date", "status")
LISTS = ("bulletList", "orderedList")
PANELS = ("info", "note", "tip", "warning", "error", "success", "custom")
TABLE_LAYOUTS = ("wide", "full-width", "center", "align-end", "align-start", "default")
SIMPLE = ("paragraph", "heading", *LISTS, "codeBlock", "taskList", "decisionList", "rule")
IN_EXPAND = (*SIMPLE, "panel", "blockquote", "table", "blockCard", "nestedExpand")
IN_CELL = (*SIMPLE, "panel", "blockquote", "blockCard", "nestedExpand")
CELL: Mapping[str, Check] = {"colspan": _number, "rowspan": _number, "background": _text}

RULES: Mapping[str, Rule] = {
    "doc": Rule((*(kind for kind in IN_EXPAND if kind != "nestedExpand"), "expand"), 0),
    "paragraph": Rule(INLINE),
    "heading": Rule(INLINE, attrs={"level": _one_of(1, 2, 3, 4, 5, 6)}),
    "bulletList": Rule(("listItem",), 1),
    "orderedList": Rule(("listItem",), 1, optional={"order": _number}),
    "listItem": Rule(("paragraph", "codeBlock", "taskList", *LISTS), 1),
    "codeBlock": Rule(("text",), optional={"language": _text}),
    "blockquote": Rule(("paragraph", "codeBlock", *LISTS), 1),
    "panel": Rule((*SIMPLE, "blockCard"), 1, attrs={"panelType": _one_of(*PANELS)}),
    "table": Rule(
        ("tableRow",),
        1,
        optional={"isNumberColumnEnabled": lambda value: isinstance(value, bool), "layout": _one_of(*TABLE_LAYOUTS)},
    ),
    "tableRow": Rule(("tableCell", "tableHeader"), 0),
    "tableCell": Rule(IN_CELL, 1, optional=CELL),
    "tableHeader": Rule(IN_CELL, 1, optional=CELL),
    "taskList": Rule(("taskItem", "taskList"), 1, attrs={"localId": _text}),
    "taskItem": Rule(INLINE, attrs={"localId": _text, "state": _one_of("TODO", "DONE")}),
    "decisionList": Rule(("decisionItem",), 1, attrs={"localId": _text}),
    "decisionItem": Rule(INLINE, attrs={"localId": _text, "state": _text}),
    "expand": Rule(IN_EXPAND, 1, optional={"title": _text}),
    "nestedExpand": Rule((*SIMPLE, "panel", "blockquote"), 1, attrs={"title": _text}),
    "rule": Rule(),
    "blockCard": Rule(attrs={"url": _text}),
    "hardBreak": Rule(optional={"text": _one_of("\n")}),
    "mention": Rule(attrs={"id": _text}, optional={"text": _text, "accessLevel": _text}),
    "emoji": Rule(attrs={"shortName": _text}, optional={"id": _text, "text": _text}),
    "inlineCard": Rule(attrs={"url": _text}),
    "date": Rule(attrs={"timestamp": _some_text}),
    "status": Rule(attrs={"text": _some_text, "color": _colour}, optional={"style": _text}),
}
MARKS: Mapping[str, Mapping[str, Check]] = {
    "code": {},
    "em": {},
    "strike": {},
    "strong": {},
    "underline": {},
    "link": {"href": _text},
    "subsup": {"type": _one_of("sub", "sup")},
    "textColor": {
        "color": lambda value: isinstance(value, str) and re.fullmatch(r"#[0-9a-fA-F]{6}", value) is not None
    },
}


def problems(document: object) -> list[str]:
    """What is wrong with a document; empty where it is one."""
    if not isinstance(document, dict) or document.get("type") != "doc":
        return ["not a document"]
    if document.get("version") != 1 or isinstance(document["version"], bool):
        return ["version must be 1"]
    unversioned = {key: value for key, value in document.items() if key != "version"}
    return _node(unversioned, ("doc",), "")


def is_too_long(document: object) -> bool:
    """Whether its JSON passes the limit of text fields (32,767 characters, counted over the serialised document)."""
    return len(json.dumps(document, ensure_ascii=False, separators=(",", ":"))) > MAX_CHARACTERS


def plain(document: object) -> str:
    """Every text of a document, in order: for reading in tests and for changelogs."""
    if isinstance(document, dict):
        return str(document.get("text", "")) + plain(document.get("content"))
    return "".join(plain(child) for child in document) if isinstance(document, list) else ""


def _node(node: object, allowed: tuple[str, ...], above: str) -> list[str]:
    if not isinstance(node, dict):
        return [f"{above}: not a node"]
    kind, where = node.get("type"), f"{above}/{node.get('type')}"
    if kind not in allowed:
        return [f"{where} may not stand here"]
    if kind == "text":
        return _text_node(node, where, above.endswith("/codeBlock"))
    rule = RULES[kind]
    known = {"type"} | ({"attrs"} if rule.attrs or rule.optional else set())
    known |= {"content"} if rule.children else set()
    if set(node) - known:
        return [f"{where} has more than it may: {sorted(set(node) - known)}"]
    return _attrs(node, rule, where) + _content(node, rule, where)


def _attrs(node: Mapping[str, Any], rule: Rule, where: str) -> list[str]:
    attrs = node.get("attrs", {})
    if not isinstance(attrs, dict) or set(rule.attrs) - set(attrs):
        return [f"{where} lacks attributes"]
    checks = {**rule.attrs, **rule.optional}
    wrong = [name for name, value in attrs.items() if name not in checks or not checks[name](value)]
    return [f"{where} has wrong attributes: {wrong}"] if wrong else []


def _content(node: Mapping[str, Any], rule: Rule, where: str) -> list[str]:
    content = node.get("content")
    if "content" not in node:
        return [] if rule.at_least is None else [f"{where} needs content"]
    if not isinstance(content, list) or len(content) < (rule.at_least or 0):
        return [f"{where} needs content"]
    return [problem for child in content for problem in _node(child, rule.children, where)]


def _text_node(node: Mapping[str, Any], where: str, in_code: bool) -> list[str]:
    marks = node.get("marks", [])
    if set(node) - {"type", "text", "marks"} or not _some_text(node.get("text")):
        return [f"{where} is empty, or more than text"]
    if not isinstance(marks, list) or not all(_is_mark(mark) for mark in marks):
        return [f"{where} has an unknown mark"]
    kinds = {mark["type"] for mark in marks}
    if in_code and marks:
        return [f"{where}: a code block takes no marks"]
    return [f"{where}: code stands with no mark but link"] if "code" in kinds and kinds - {"code", "link"} else []


def _is_mark(mark: object) -> bool:
    if not isinstance(mark, dict) or not isinstance(mark.get("type"), str) or set(mark) - {"type", "attrs"}:
        return False
    if mark["type"] not in MARKS:
        return False
    checks, attrs = MARKS[mark["type"]], mark.get("attrs", {})
    if not checks:
        return "attrs" not in mark
    return isinstance(attrs, dict) and set(attrs) == set(checks) and all(checks[name](attrs[name]) for name in checks)
