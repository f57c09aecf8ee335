"""The sandbox's reading of the document format is never milder than the published schema."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from hypothesis import given, settings

from incidentd.sandbox.jira import adf
from tests.conformance.atlassian import SCHEMA, atlassian_problems
from tests.conformance.judge import FOLDER, needs_documents
from tests.sandbox.documents import DOCUMENTS, damaged

pytestmark = needs_documents


def vendor_problems(made: dict[str, Any]) -> list[str]:
    return atlassian_problems(Path(FOLDER) / SCHEMA, json.dumps(made).encode())


@given(DOCUMENTS)
@settings(max_examples=60, deadline=None)
def test_what_the_sandbox_takes_is_legal(made: dict[str, Any]) -> None:
    """Legal for us, legal for the vendor."""
    assert adf.problems(made) == []
    assert vendor_problems(made) == []


@given(damaged())
@settings(max_examples=200, deadline=None)
def test_what_the_vendor_refuses_the_sandbox_refuses(made: dict[str, Any]) -> None:
    """One thing changed anywhere in a document: where the schema objects, so does the sandbox."""
    if made.get("type") == "doc" and vendor_problems(made):
        assert adf.problems(made) != []
