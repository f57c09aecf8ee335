"""The Atlassian Document Format: builders of the nodes we use, and what two documents have in common.

Outside text stands in text nodes only, so that no name can become markup. Legal by the published schema: no empty text
node, no code beside other marks, panels of the known types only (developer.atlassian.com, ADF structure).
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from typing import Any

CHARACTERS = 32_767
"""The most a description or comment may have, counted over the serialized document; of wiki markup, over the text."""

Json = dict[str, Any]


def document(blocks: Sequence[Json]) -> Json:
    """A whole document."""
    return {"type": "doc", "version": 1, "content": list(blocks)}


def size(node: Json) -> int:
    """Serialized characters, counted the longer way: with everything beyond ASCII escaped."""
    return len(json.dumps(node, separators=(",", ":")))


def text(written: str, *marks: str) -> list[Json]:
    """A text node, or none for no text."""
    clean = written.encode("utf-8", "replace").decode()
    if not clean:
        return []
    node: Json = {"type": "text", "text": clean}
    return [{**node, "marks": [{"type": mark} for mark in marks]} if marks else node]


def paragraph(written: str, *marks: str) -> Json:
    """A paragraph of one text."""
    return {"type": "paragraph", "content": text(written, *marks)}


def line(*inline: Sequence[Json]) -> Json:
    """A paragraph of several pieces, each as its builder made it."""
    return {"type": "paragraph", "content": [node for piece in inline for node in piece]}


def link(url: str) -> list[Json]:
    """An address that can be followed: http(s) only, by whoever gives it."""
    return [{"type": "text", "text": url, "marks": [{"type": "link", "attrs": {"href": url}}]}]


def status(written: str, colour: str) -> list[Json]:
    """A lozenge: neutral, purple, blue, red, yellow or green."""
    return [{"type": "status", "attrs": {"text": written, "color": colour}}]


def day(shown: date) -> list[Json]:
    """A day, shown as its reader writes days; it counts for nothing in a digest."""
    midnight = datetime(shown.year, shown.month, shown.day, tzinfo=UTC)
    return [{"type": "date", "attrs": {"timestamp": str(int(midnight.timestamp() * 1000))}}]


def panel(kind: str, blocks: Sequence[Json]) -> Json:
    """A coloured box: info, note, success, warning or error."""
    return {"type": "panel", "attrs": {"panelType": kind}, "content": list(blocks)}


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> Json:
    """A table of texts with a header row."""
    shown = [_row("tableHeader", header), *(_row("tableCell", row) for row in rows)]
    return {"type": "table", "content": shown}


def _row(kind: str, cells: Sequence[str]) -> Json:
    return {"type": "tableRow", "content": [{"type": kind, "content": [paragraph(cell)]} for cell in cells]}


def tasks(written: Sequence[str]) -> Json:
    """A list of things to tick off."""
    items = [_task(at, one) for at, one in enumerate(written, 1)]
    return {"type": "taskList", "attrs": {"localId": "tasks"}, "content": items}


def _task(at: int, written: str) -> Json:
    return {"type": "taskItem", "attrs": {"localId": f"task-{at}", "state": "TODO"}, "content": text(written)}


def code(written: str) -> Json:
    """A block of commands."""
    return {"type": "codeBlock", "attrs": {"language": "shell"}, "content": text(written)}


def expand(title: str, blocks: Sequence[Json]) -> Json:
    """A folded part."""
    return {"type": "expand", "attrs": {"title": title}, "content": list(blocks)}


def rule() -> Json:
    """A line across."""
    return {"type": "rule"}


def plain(node: Any) -> str:
    """The text of a document, one line a block."""
    if not isinstance(node, dict):
        return ""
    children = [child for child in node.get("content") or () if isinstance(child, dict)]
    between = "" if any(child.get("type") == "text" for child in children) else "\n"
    return _shown(node) + between.join(plain(child) for child in children)


def _shown(node: Json) -> str:
    """What a node says by itself: a text, a lozenge, a day."""
    attrs = node.get("attrs")
    if not isinstance(attrs, dict) or node.get("type") not in ("status", "date"):
        return str(node.get("text") or "")
    milliseconds = str(attrs.get("timestamp") or "")
    if node["type"] == "date" and milliseconds.isdecimal():
        return f"{datetime.fromtimestamp(int(milliseconds[:13]) / 1000, UTC):%Y-%m-%d}"
    return str(attrs.get("text") or "")


def digest(node: Any) -> str:
    """Equal for documents that say the same in the same structure.

    What Jira adds or reorders by itself (local ids, the order of marks, splits of a text) counts for nothing, and which
    day it is; a ticked task counts: a person ticked it.
    """
    return hashlib.sha256(json.dumps(_merged(_tokens(node))).encode()).hexdigest() if node else ""


Token = tuple[str, str, tuple[str, ...]]


def _tokens(node: Any) -> Iterator[Token]:
    if not isinstance(node, dict):
        return
    kind, attrs = str(node.get("type")), node.get("attrs")
    if kind == "text":
        marks = tuple(sorted(str(mark.get("type")) for mark in node.get("marks") or () if isinstance(mark, dict)))
        yield (kind, str(node.get("text") or ""), marks)
        return
    said = [attrs.get(name) for name in ("state", "title", "text")] if isinstance(attrs, dict) else []
    yield (kind, str(next(filter(None, said), "")), ())
    for child in node.get("content") or ():
        yield from _tokens(child)


def _merged(tokens: Iterator[Token]) -> list[Token]:
    merged: list[Token] = []
    for kind, written, marks in tokens:
        if merged and kind == "text" and (merged[-1][0], merged[-1][2]) == (kind, marks):
            merged[-1] = (kind, merged[-1][1] + written, marks)
        else:
            merged.append((kind, written, marks))
    return merged
