"""Descriptions and comments as Atlassian documents: legal, within limits, and of one shape whatever names say."""

import json
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from incidentd.model.assessment import Severity, Step
from incidentd.model.ticket import PlaceLine, TicketContent
from incidentd.sandbox.jira import adf as judge
from incidentd.sandbox.journal import RecordedRequest
from incidentd.trackers.jira import adf, render
from tests.conformance.judge import judge_of, needs_documents
from tests.trackers.examples import content
from tests.transport.clocks import HeldClock

TEXTS = st.text(max_size=60)
PLACES = st.lists(st.builds(PlaceLine, TEXTS, TEXTS, TEXTS, TEXTS), max_size=5).map(tuple)
CONTENTS: st.SearchStrategy[TicketContent] = st.builds(
    content,
    severity=st.sampled_from(Severity),
    title=TEXTS,
    headline=TEXTS,
    what=TEXTS,
    impact=TEXTS,
    action=TEXTS,
    owner=TEXTS,
    why_now=TEXTS,
    source=TEXTS,
    group=TEXTS,
    places=PLACES,
    places_left_out=st.integers(0, 3),
    tasks=st.lists(TEXTS, max_size=4).map(tuple),
    commands=st.lists(TEXTS, max_size=4).map(tuple),
    details=st.lists(st.tuples(TEXTS, TEXTS), max_size=4).map(tuple),
    rule=st.lists(TEXTS, max_size=4).map(tuple),
    runbook=st.sampled_from(("", "https://runbooks.example.net/tls?for=expiry#now")),
    as_of=st.none() | st.dates(),
)
LONG = "\U0001f512" * 3_000


def shape(node: Any) -> Any:
    """Everything of a document but its words."""
    if isinstance(node, dict):
        return {name: shape(value) for name, value in node.items() if name != "text"}
    return [shape(child) for child in node] if isinstance(node, list) else node


@given(CONTENTS)
def test_any_content_makes_a_legal_document(said: TicketContent) -> None:
    """By an independent reading of the format; every character fits on the wire."""
    for document in (render.description(said), render.standing_in(said), render.comment(said.what or "-")):
        assert judge.problems(document) == []
        json.dumps(document, ensure_ascii=False).encode()


@needs_documents
@settings(max_examples=60, deadline=None)
@given(CONTENTS)
def test_any_content_is_legal_by_the_published_schema(said: TicketContent) -> None:
    """The vendor's own schema has nothing to say."""
    for document in (render.description(said), render.standing_in(said)):
        body = json.dumps({"body": document}).encode()
        headers = (("content-type", "application/json"), ("authorization", "Basic ***"))
        path = "/rest/api/3/issue/1/comment"
        at = HeldClock().now()
        assert judge_of("jira-cloud-v3")(RecordedRequest("POST", "https://a", path, "", headers, body, at)) == []


@pytest.mark.parametrize("count", [0, 1, 10, 10_000])
@pytest.mark.parametrize("text", ["short", LONG], ids=["short", "long"])
def test_a_document_keeps_its_limit_and_counts_what_it_leaves_out(count: int, text: str) -> None:
    """32,767 characters even when each is escaped; no place goes without being shown or counted."""
    places = tuple(PlaceLine(f"tls://{number}", text, text, text) for number in range(count))
    many = (text,) * 100
    said = content(
        places=places, places_left_out=7, headline=text, what=text, impact=text, action=text, owner=text, source=text,
        tasks=many, commands=many, details=tuple((one, one) for one in many), rule=many,
    )  # fmt: skip  # a list, read in rows
    document = render.standing_in(said)
    assert adf.size(document) <= adf.CHARACTERS
    shown = adf.plain(document)
    named = sum(line.place in shown.split("\n") for line in places)
    assert f"and {count - named + 7} more places" in shown


@given(st.text(min_size=1, max_size=80))
def test_a_hostile_name_changes_no_shape(name: str) -> None:
    """Outside text stands in text nodes only: the tree is that of a harmless name."""
    plain, hostile = content(owner="a", what="b"), content(owner=name, what=name)
    assert shape(render.description(hostile)) == shape(render.description(plain))


def test_the_panel_says_how_bad_and_since_when() -> None:
    """A lozenge, the headline, the day on which facts changed; another day is no other document."""
    dated = content(as_of=date(2026, 11, 23))
    panel = render.description(dated)["content"][0]
    lozenge, _, headline, *as_of = panel["content"][0]["content"]
    assert lozenge["attrs"] == {"text": "WARNING", "color": "yellow"}
    assert headline["text"] == dated.headline
    assert as_of[1] == {"type": "date", "attrs": {"timestamp": "1795392000000"}}
    later = replace(dated, as_of=date(2026, 11, 24))
    assert adf.digest(render.description(later)) == adf.digest(render.description(dated))
    worse = replace(dated, severity=Severity.CRITICAL, step=Step.LAST_DAY)
    assert render.description(worse)["content"][0]["content"][0]["content"][0]["attrs"]["text"] == "LAST DAY"
    assert adf.digest(render.description(worse)) != adf.digest(render.description(dated))


@given(st.text(max_size=600))
def test_a_summary_is_one_short_line(title: str) -> None:
    """At most 254 characters, no line break, never empty."""
    line = render.summary(content(title=title))
    assert 1 <= len(line) <= 254
    assert line.splitlines() == [line]


@given(CONTENTS)
def test_what_jira_adds_by_itself_is_no_edit(said: TicketContent) -> None:
    """Local ids, other marks' order, split texts: the digest is the same."""
    document = render.description(said)
    assert adf.digest(_touched_by_jira(document)) == adf.digest(document)


def _touched_by_jira(node: Any) -> Any:
    if isinstance(node, list):
        return [piece for child in node for piece in _split(_touched_by_jira(child))]
    if not isinstance(node, dict) or node.get("type") in ("text", None):
        return node
    attrs = {**(node.get("attrs") or {}), "localId": "9f0c"}
    return {**node, "attrs": attrs, **({"content": _touched_by_jira(node["content"])} if "content" in node else {})}


def _split(node: Any) -> list[Any]:
    if isinstance(node, dict) and node.get("type") == "text" and len(node["text"]) > 1:
        return [{**node, "text": node["text"][:1]}, {**node, "text": node["text"][1:]}]
    return [node]


def test_what_a_person_changes_is_an_edit() -> None:
    """A word, a ticked task, a bold word, a block taken away."""
    document = render.description(content())
    text = json.dumps(document)
    changed = [
        json.loads(text.replace("payments-sre", "someone", 1)),
        json.loads(text.replace('"TODO"', '"DONE"', 1)),
        json.loads(text.replace('"strong"', '"em"', 1)),
        {**document, "content": document["content"][:-1]},
    ]
    digests = {adf.digest(one) for one in changed} | {adf.digest(document)}
    assert len(digests) == 5
    assert adf.digest(None) == ""


def test_a_comment_reads_as_it_was_written() -> None:
    """One paragraph a line, empty lines left out; a long one is cut."""
    assert adf.plain(render.comment("one\n\ntwo\n")) == "one\ntwo"
    assert len(adf.plain(render.comment("x" * 9_000))) == 2_500
    assert adf.size(render.comment(LONG)) <= adf.CHARACTERS
