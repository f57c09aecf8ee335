"""Atlassian documents for tests: legal ones made by chance, and the same with one thing wrong."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import strategies as st

TEXT = st.text(min_size=1, max_size=8)
Node = dict[str, Any]


def node(kind: str, content: Any = None, **attrs: Any) -> Node:
    """A node, without what is empty."""
    return {"type": kind, **({"attrs": attrs} if attrs else {}), **({"content": content} if content else {})}


def text(words: str, *marks: Node) -> Node:
    """A text node."""
    return {"type": "text", "text": words, **({"marks": list(marks)} if marks else {})}


def document(*content: Node) -> Node:
    """A document."""
    return {"type": "doc", "version": 1, "content": list(content)}


def paragraph(words: str = "x") -> Node:
    """A paragraph."""
    return node("paragraph", [text(words)])


MARKS = st.sampled_from([[], [{"type": "strong"}], [{"type": "code"}], [{"type": "em"}, {"type": "underline"}]])
INLINES = st.lists(
    st.one_of(
        st.builds(lambda words, marks: text(words, *marks), TEXT, MARKS),
        st.builds(lambda href: text("link", {"type": "link", "attrs": {"href": href}}), TEXT),
        st.just(node("hardBreak")),
        st.builds(lambda words: node("status", text=words, color="red"), TEXT),
        st.just(node("date", timestamp="1766000000000")),
    ),
    max_size=4,
)
PARAGRAPHS = st.builds(lambda inline: node("paragraph", inline), INLINES)
CODE = st.builds(lambda words: node("codeBlock", [text(words)], language="shell"), TEXT)
TASKS = st.builds(
    lambda inline: node("taskList", [node("taskItem", inline, localId="1", state="TODO")], localId="0"), INLINES
)


def _lists(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    items = st.lists(
        st.builds(lambda content: node("listItem", content), st.lists(inner, min_size=1, max_size=2)),
        min_size=1,
        max_size=3,
    )
    return st.builds(node, st.sampled_from(["bulletList", "orderedList"]), items)


SIMPLE = st.one_of(
    PARAGRAPHS,
    CODE,
    TASKS,
    _lists(st.one_of(PARAGRAPHS, CODE)),
    st.just(node("rule")),
    st.builds(lambda level, inline: node("heading", inline, level=level), st.integers(1, 6), INLINES),
)
CONTENT = st.lists(SIMPLE, min_size=1, max_size=3)
PANELS = st.builds(lambda content: node("panel", content, panelType="warning"), CONTENT)
ROWS = st.lists(
    st.builds(
        lambda kind, content: node(kind, content),
        st.sampled_from(["tableCell", "tableHeader"]),
        st.lists(st.one_of(SIMPLE, PANELS), min_size=1, max_size=2),
    ),
    min_size=1,
    max_size=3,
).map(lambda cells: node("tableRow", cells))
TABLES = st.builds(lambda rows: node("table", rows, layout="default"), st.lists(ROWS, min_size=1, max_size=2))
EXPANDS = st.builds(
    lambda content: node("expand", content, title="more"), st.lists(SIMPLE | TABLES, min_size=1, max_size=3)
)
DOCUMENTS = st.lists(st.one_of(SIMPLE, PANELS, TABLES, EXPANDS), max_size=4).map(lambda blocks: document(*blocks))


def places(value: Any) -> list[Node]:
    """Every object within a document, the document first."""
    below = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    own = [value] if isinstance(value, dict) else []
    return own + [place for child in below for place in places(child)]


@st.composite
def damaged(draw: st.DrawFn) -> Node:
    """A legal document with one member of one object changed, added or taken away; it may still be legal."""
    made: Node = copy.deepcopy(draw(DOCUMENTS))
    place = draw(st.sampled_from(places(made)))
    names = [*sorted(place), "attrs", "marks", "content", "nonsense"]
    name = draw(st.sampled_from(names))
    junk = st.sampled_from([None, "", "x", 1, True, [], {}, "panel", "table", [text("")], [paragraph()], {"a": 1}])
    if draw(st.booleans()):
        place.pop(name, None)
    else:
        place[name] = copy.deepcopy(draw(junk))
    return made
