"""The sandbox's own reading of the document format: what tickets use is taken, and the usual mistakes are not."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from incidentd.sandbox.jira import adf
from tests.sandbox.documents import DOCUMENTS, damaged, document, node, paragraph, text

STRONG, CODE = {"type": "strong"}, {"type": "code"}


@given(DOCUMENTS)
def test_legal_document_is_taken(made: dict[str, Any]) -> None:
    """Everything that a ticket is made of, nested as the format allows."""
    assert adf.problems(made) == []


@pytest.mark.parametrize(
    "made",
    [
        "plain",
        None,
        {"type": "doc", "content": []},
        {"type": "doc", "version": 2, "content": []},
        {"type": "doc", "version": 1},
        document(node("blink", [text("x")])),
        document(node("paragraph", [text("")])),
        document(node("paragraph", [paragraph()])),
        document(text("bare")),
        document(node("paragraph", [text("x", STRONG, CODE)])),
        document(node("paragraph", [text("x", {"type": "link"})])),
        document(node("paragraph", [text("x", {"type": "sparkle"})])),
        document(node("codeBlock", [text("x", STRONG)])),
        document(node("panel", [paragraph()], panelType="danger")),
        document(node("panel", [paragraph()])),
        document(node("panel", [node("panel", [paragraph()], panelType="info")], panelType="info")),
        document(node("bulletList", [node("listItem", [text("bare")])])),
        document(node("bulletList")),
        document(node("heading", [text("x")], level=7)),
        document(node("heading", [text("x")])),
        document(node("table", [paragraph()])),
        document(node("expand", [node("expand", [paragraph()])])),
        document(node("taskList", [node("taskItem", [text("x")], localId="1", state="OPEN")], localId="0")),
        document(node("paragraph", [node("status", text="", color="red")])),
        document(node("paragraph", [text("x")], colour="red")),
        document({**paragraph(), "id": "1"}),
    ],
)
def test_usual_mistakes_are_refused(made: Any) -> None:
    """One broken rule each."""
    assert adf.problems(made) != []


@given(damaged())
def test_damaged_document_never_breaks_the_reader(made: dict[str, Any]) -> None:
    """Whatever stands where it should not: a verdict, no exception."""
    assert isinstance(adf.problems(made), list)
    assert isinstance(adf.plain(made), str)


def test_plain_text_of_a_document() -> None:
    """Every text, in order."""
    assert adf.plain(document(paragraph("a"), node("panel", [paragraph("b")], panelType="info"))) == "ab"
