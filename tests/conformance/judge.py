"""A judge over the vendors' OpenAPI documents: every request that reaches a sandbox is measured against them.

    app = judged(PagerDuty(now=now), "pagerduty")
    ...
    assert_nothing_refused(app)

Where INCIDENTD_SPECS is not set, `judged` hooks nothing; the tests that need it say so and are skipped.
"""

from __future__ import annotations

import functools
import json
import os
import re
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import parse_qsl

import pytest
from openapi_core import OpenAPI
from openapi_core.datatypes import RequestParameters
from werkzeug.datastructures import Headers, ImmutableMultiDict

from incidentd.sandbox.frame import Frame
from incidentd.sandbox.journal import JournalEntry, Judge, RecordedRequest
from tests.conformance.atlassian import SCHEMA, atlassian_problems

FOLDER = os.environ.get("INCIDENTD_SPECS", "")
needs_documents = pytest.mark.skipif(not FOLDER, reason="INCIDENTD_SPECS is not set: the vendors' documents are absent")
DOCUMENTS = {
    "pagerduty-events-v2": "pagerduty-events-v2.json",
    "pagerduty-rest-v2": "pagerduty-rest-v2.json",
    "jira-cloud-v3": "jira-cloud-v3.json",
    "jira-dc-v2": "jira-dc-v2.json",
}
SCOPED = re.compile(r"^/ex/jira/[^/]+")
"""What stands before the documented paths of Jira Cloud for scoped tokens."""
ANY_TIME = datetime(2000, 1, 1, tzinfo=UTC)
AppT = TypeVar("AppT", bound=Frame)


def judged(app: AppT, api_name: str) -> AppT:
    """Hooks the judge to a sandbox. `api_name`: `pagerduty`, or one of the documents' names."""
    if FOLDER:
        app.judge = judge_of(api_name)
    return app


def assert_nothing_refused(app: Frame) -> None:
    """Fails with every request that broke its vendor's document."""
    refused = [f"{entry.request.method} {entry.request.target}: {entry.verdicts}" for entry in app.refusals]
    assert not refused, "\n".join(refused)


def judge_of(api_name: str) -> Judge:
    """The judge of one vendor; `pagerduty` looks at the path to tell Events v2 from REST v2."""

    def verdicts(request: RecordedRequest) -> list[str]:
        return request_problems(_document_for(api_name, request), request)

    return verdicts


def _document_for(api_name: str, request: RecordedRequest) -> str:
    if api_name != "pagerduty":
        return api_name
    return "pagerduty-events-v2" if request.path.startswith("/v2/") else "pagerduty-rest-v2"


def request_problems(api_name: str, request: RecordedRequest) -> list[str]:
    """What breaks the document in a request; empty where it is legal. The same request is judged once."""
    return list(_judged_once(api_name, replace(request, at=ANY_TIME)))


@functools.lru_cache(maxsize=4096)
def _judged_once(api_name: str, request: RecordedRequest) -> list[str]:
    """A verdict knows no time: what a daemon asks at each pass is measured the first time."""
    problems = [_told(error) for error in _openapi(api_name).iter_request_errors(_Judged(request))]
    return problems + (atlassian_problems(Path(FOLDER) / SCHEMA, request.body) if api_name == "jira-cloud-v3" else [])


def answer_problems(api_name: str, entry: JournalEntry) -> list[str]:
    """What breaks the document in an answer of ours; empty where it is legal."""
    errors = _openapi(api_name).iter_response_errors(_Judged(entry.request), _JudgedAnswer(entry))
    return [_told(error) for error in errors]


@functools.cache
def _openapi(api_name: str) -> OpenAPI:
    return OpenAPI.from_dict(_with_nulls(json.loads((Path(FOLDER) / DOCUMENTS[api_name]).read_text())))


def _with_nulls(node: Any) -> Any:
    """A schema that says `nullable` beside `allOf` means it; OpenAPI 3.0 hears it only beside a `type`."""
    if isinstance(node, list):
        return [_with_nulls(item) for item in node]
    if not isinstance(node, dict):
        return node
    inner = {key: _with_nulls(value) for key, value in node.items()}
    if inner.get("nullable") is not True or not isinstance(inner.get("allOf"), list):
        return inner
    rest = {key: value for key, value in inner.items() if key not in ("nullable", "allOf")}
    nothing = {"type": "object", "nullable": True, "maxProperties": 0}
    return {**rest, "anyOf": [{"allOf": inner["allOf"]}, nothing]}


def _told(error: BaseException) -> str:
    parts, cause = [type(error).__name__], error.__cause__
    while cause is not None:
        parts += [str(schema_error.message)[:200] for schema_error in getattr(cause, "schema_errors", ())]
        cause = cause.__cause__
    return ": ".join(parts) if len(parts) > 1 else f"{parts[0]}: {str(error)[:200]}"


@dataclass
class _Judged:
    """A recorded request in the shape that openapi-core asks for."""

    recorded: RecordedRequest
    path_pattern: str | None = None
    parameters: RequestParameters = field(init=False)

    def __post_init__(self) -> None:
        self.parameters = RequestParameters(
            query=ImmutableMultiDict(parse_qsl(self.recorded.query, keep_blank_values=True)),
            header=Headers(list(self.recorded.headers)),
            cookie=ImmutableMultiDict(),
            path={},
        )

    @property
    def host_url(self) -> str:
        return self.recorded.origin

    @property
    def path(self) -> str:
        return SCOPED.sub("", self.recorded.path)

    @property
    def method(self) -> str:
        return self.recorded.method.lower()

    @property
    def body(self) -> bytes | None:
        return self.recorded.body or None

    @property
    def content_type(self) -> str:
        return self.recorded.header("content-type")


@dataclass
class _JudgedAnswer:
    """A journal entry's answer in the shape that openapi-core asks for."""

    entry: JournalEntry

    @property
    def status_code(self) -> int:
        return self.entry.status or 0

    @property
    def data(self) -> bytes:
        return self.entry.answer

    @property
    def content_type(self) -> str:
        return dict(self.entry.answer_headers).get("content-type", "")

    @property
    def headers(self) -> Headers:
        return Headers(list(self.entry.answer_headers))
