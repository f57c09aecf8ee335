"""The Atlassian Document Format, as far as tickets need it: which node may stand in which, with which attributes.

An independent, small reading of the published schema; a node type that is not in the table is refused.
Source: developer.atlassian.com, Atlassian Document Format: structure, nodes, marks.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

MAX_CHARACTERS = 32_767
INLINE = ("text", "hardBreak", "mention", "emoji", "inlineCard", "date", "status")
LISTS = ("bulletList", "orderedList")
LEAVES = ("rule", "blockCard")
IN_EXPAND = (
    "paragraph", "heading", *LISTS, "codeBlock", "blockquote", "panel", "taskList", "decisionList", "table", *LEAVES
)  # fmt: skip
BLOCKS = (*IN_EXPAND, "expand")
IN_CELL = (
    "paragraph", "heading", *LISTS, "codeBlock", "blockquote", "panel", "taskList", "decisionList", "nestedExpand",
    *LEAVES,
)  # fmt: skip
MARKS = ("code", "em", "link", "strike", "strong", "subsup", "textColor", "backgroundColor", "underline")
PANELS = ("info", "note", "tip", "warning", "error", "success", "custom")


def _text_of(name: str) -> Callable[[Mapping[str, Any]], bool]:
    return lambda attrs: isinstance(attrs.get(name), str)


def _one_of(name: str, *values: object) -> Callable[[Mapping[str, Any]], bool]:
    return lambda attrs: attrs.get(name) in values and not isinstance(attrs.get(name), bool)


@dataclass(frozen=True, slots=True)
class Rule:
    """What one node type asks for."""

    children: tuple[str, ...] = ()
    at_least: int = 0
    attrs: tuple[Callable[[Mapping[str, Any]], bool], ...] = ()
    needs_content: bool = False


RULES: Mapping[str, Rule] = {
    "doc": Rule(BLOCKS, needs_content=True),
    "paragraph": Rule(INLINE),
    "heading": Rule(INLINE, attrs=(_one_of("level", 1, 2, 3, 4, 5, 6),)),
    "bulletList": Rule(("listItem",), 1, needs_content=True),
    "orderedList": Rule(("listItem",), 1, needs_content=True),
    "listItem": Rule(("paragraph", "codeBlock", "taskList", *LISTS), 1, needs_content=True),
    "codeBlock": Rule(("text",)),
    "blockquote": Rule(("paragraph", "codeBlock", *LISTS), 1, needs_content=True),
    "panel": Rule(
        ("paragraph", "heading", *LISTS, "blockCard", "codeBlock", "taskList", "rule", "decisionList"),
        1,
        (_one_of("panelType", *PANELS),),
        needs_content=True,
    ),
    "table": Rule(("tableRow",), 1, needs_content=True),
    "tableRow": Rule(("tableCell", "tableHeader"), needs_content=True),
    "tableCell": Rule(IN_CELL, 1, needs_content=True),
    "tableHeader": Rule(IN_CELL, 1, needs_content=True),
    "taskList": Rule(("taskItem", "taskList"), 1, (_text_of("localId"),), needs_content=True),
    "taskItem": Rule(INLINE, attrs=(_text_of("localId"), _one_of("state", "TODO", "DONE"))),
    "decisionList": Rule(("decisionItem",), 1, (_text_of("localId"),), needs_content=True),
    "decisionItem": Rule(INLINE, attrs=(_text_of("localId"), _text_of("state"))),
    "expand": Rule((*IN_EXPAND, "nestedExpand"), 1, needs_content=True),
    "nestedExpand": Rule(
        ("paragraph", "heading", *LISTS, "codeBlock", "taskList", "rule", "panel", "blockquote"), 1, needs_content=True
    ),
    "rule": Rule(),
    "blockCard": Rule(attrs=(_text_of("url"),)),
    "hardBreak": Rule(),
    "mention": Rule(attrs=(_text_of("id"),)),
    "emoji": Rule(attrs=(_text_of("shortName"),)),
    "inlineCard": Rule(attrs=(_text_of("url"),)),
    "date": Rule(attrs=(_text_of("timestamp"),)),
    "status": Rule(
        attrs=(_text_of("text"), _one_of("color", "neutral", "purple", "blue", "red", "yellow", "green")),
    ),
}


def problems(document: object) -> list[str]:
    """What is wrong with a document; empty where it is one."""
    if not isinstance(document, dict) or document.get("type") != "doc":
        return ["not a document"]
    if document.get("version") != 1:
        return ["version must be 1"]
    return _node(document, ("doc",), "doc")


def is_too_long(document: object) -> bool:
    """Whether its JSON passes the limit of text fields (32,767 characters, counted over the serialised document)."""
    return len(json.dumps(document, ensure_ascii=False, separators=(",", ":"))) > MAX_CHARACTERS


def plain(document: object) -> str:
    """Every text of a document, in order: for reading in tests and for changelogs."""
    if isinstance(document, dict):
        return str(document.get("text", "")) + "".join(plain(child) for child in document.get("content") or ())
    return "".join(plain(child) for child in document) if isinstance(document, list) else ""


def _node(node: object, allowed: tuple[str, ...], where: str) -> list[str]:
    if not isinstance(node, dict):
        return [f"{where}: not a node"]
    kind = node.get("type")
    if kind not in allowed:
        return [f"{where}: {kind!r} may not stand here"]
    if kind == "text":
        return _text(node, where)
    rule, attrs, content = RULES[kind], node.get("attrs") or {}, node.get("content")
    if not isinstance(attrs, dict) or not all(holds(attrs) for holds in rule.attrs):
        return [f"{where}: attributes of {kind} are missing or wrong"]
    if content is None:
        return [f"{where}: {kind} has no content"] if rule.needs_content else []
    if not isinstance(content, list) or len(content) < rule.at_least:
        return [f"{where}: {kind} needs content"]
    return [problem for child in content for problem in _node(child, rule.children, f"{where}/{kind}")]


def _text(node: Mapping[str, Any], where: str) -> list[str]:
    if not isinstance(node.get("text"), str) or not node["text"]:
        return [f"{where}: a text node is empty"]
    marks = [mark.get("type") for mark in node.get("marks") or () if isinstance(mark, dict)]
    if where.endswith("/codeBlock") and marks:
        return [f"{where}: a code block takes no marks"]
    if set(marks) - set(MARKS):
        return [f"{where}: unknown mark {sorted(set(marks) - set(MARKS), key=str)}"]
    if "code" in marks and set(marks) - {"code", "link"}:
        return [f"{where}: code stands with no mark but link"]
    links = [mark for mark in node.get("marks") or () if mark.get("type") == "link"]
    if any(not isinstance((link.get("attrs") or {}).get("href"), str) for link in links):
        return [f"{where}: a link has no href"]
    return []
