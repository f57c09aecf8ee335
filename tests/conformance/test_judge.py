"""The judge is awake: it lets legal requests pass and refuses illegal ones, each for one reason."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from incidentd.sandbox.jira import API_TOKEN, EMAIL, Jira
from incidentd.sandbox.journal import RecordedRequest
from incidentd.sandbox.pagerduty import PagerDuty
from tests.conformance.judge import assert_nothing_refused, judge_of, judged, needs_documents

pytestmark = needs_documents
CLOUD, ISSUE = "jira-cloud-v3", "/rest/api/3/issue"
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
PD = {"Authorization": "Token token=***", "Accept": "application/vnd.pagerduty+json;version=2", "From": "a@example.net"}
JIRA = {"Authorization": "Basic ***"}
KEY = "k" * 32
PAYLOAD = {"summary": "s", "source": "h", "severity": "warning"}
EVENT: dict[str, Any] = {"routing_key": KEY, "event_action": "trigger", "dedup_key": "d", "payload": PAYLOAD}
INCIDENT = {"type": "incident", "title": "t", "service": {"id": "P1", "type": "service_reference"}}


def doc(*content: Any) -> dict[str, Any]:
    return {"type": "doc", "version": 1, "content": list(content)}


def paragraph(text: str = "x") -> dict[str, Any]:
    return {"type": "paragraph", "content": [{"type": "text", "text": text}]}


FIELDS: dict[str, Any] = {
    "project": {"key": "OPS"},
    "issuetype": {"name": "Task"},
    "summary": "s",
    "description": doc(paragraph()),
    "labels": ["incidentd"],
}


def verdicts(api: str, method: str, target: str, headers: dict[str, str], document: Any = None) -> list[str]:
    path, _, query = target.partition("?")
    sent = {**headers, **({"Content-Type": "application/json"} if document is not None else {})}
    body = b"" if document is None else json.dumps(document).encode()
    pairs = tuple((name.lower(), value) for name, value in sent.items())
    return judge_of(api)(RecordedRequest(method, "http://127.0.0.1:9", path, query, pairs, body, NOON))


LEGAL: list[tuple[str, str, str, dict[str, str], Any]] = [
    ("pagerduty", "POST", "/v2/enqueue", {}, EVENT),
    ("pagerduty", "POST", "/v2/enqueue", {}, {"routing_key": KEY, "event_action": "resolve", "dedup_key": "d"}),
    ("pagerduty", "POST", "/v2/enqueue", {}, {**EVENT, "links": [{"href": "http://127.0.0.1:8580/c/1", "text": "b"}]}),
    ("pagerduty", "POST", "/v2/change/enqueue", {}, {"routing_key": KEY, "payload": {"summary": "s"}}),
    ("pagerduty", "GET", "/incidents?incident_key=k&date_range=all&statuses[]=triggered&limit=100", PD, None),
    ("pagerduty", "GET", "/services/P1?include[]=integrations", PD, None),
    ("pagerduty", "PUT", "/incidents/P1", PD, {"incident": {"type": "incident_reference", "status": "triggered"}}),
    ("pagerduty", "POST", "/incidents/P1/notes", PD, {"note": {"content": "n"}}),
    (CLOUD, "POST", ISSUE, JIRA, {"fields": FIELDS, "properties": [{"key": "p", "value": 1}]}),
    (CLOUD, "PUT", "/rest/api/3/issue/OPS-1", JIRA, {"update": {"labels": [{"add": "a"}, {"remove": "b"}]}}),
    (CLOUD, "POST", "/rest/api/3/issue/1/transitions", JIRA, {"transition": {"id": "31"}}),
    (CLOUD, "POST", "/rest/api/3/search/jql", JIRA, {"jql": 'labels = "x"', "fields": ["labels"]}),
    (CLOUD, "POST", "/rest/api/3/issue/1/comment", JIRA, {"body": doc(paragraph())}),
    (CLOUD, "PUT", "/rest/api/3/issue/1/properties/incidentd", JIRA, {"any": ["value"]}),
    (CLOUD, "POST", "/rest/api/3/issue/bulkfetch", JIRA, {"issueIdsOrKeys": ["1"], "fields": ["status"]}),
]
LONG, EMPTY = "x" * 1025, {"type": "paragraph", "content": [{"type": "text", "text": ""}]}
PANEL = {"type": "panel", "attrs": {"panelType": "danger"}, "content": [paragraph()]}
ILLEGAL: dict[str, tuple[str, str, str, dict[str, str], Any]] = {
    "short routing key": ("pagerduty", "POST", "/v2/enqueue", {}, {**EVENT, "routing_key": "k"}),
    "unknown severity": ("pagerduty", "POST", "/v2/enqueue", {}, {**EVENT, "payload": {**PAYLOAD, "severity": "high"}}),
    "long summary": ("pagerduty", "POST", "/v2/enqueue", {}, {**EVENT, "payload": {**PAYLOAD, "summary": LONG}}),
    "no payload": ("pagerduty", "POST", "/v2/enqueue", {}, {"routing_key": KEY, "event_action": "trigger"}),
    "time without zone": (
        "pagerduty", "POST", "/v2/enqueue", {}, {**EVENT, "payload": {**PAYLOAD, "timestamp": "2026-11-22 12:00"}},
    ),
    "no From": ("pagerduty", "POST", "/incidents/P1/notes", {k: PD[k] for k in ("Authorization", "Accept")},
                {"note": {"content": "n"}}),
    "no credentials": ("pagerduty", "GET", "/incidents", {"Accept": PD["Accept"]}, None),
    "unknown status": ("pagerduty", "PUT", "/incidents/P1", PD, {"incident": {"type": "incident", "status": "closed"}}),
    "unknown status asked": ("pagerduty", "GET", "/incidents?statuses[]=open", PD, None),
    "incident without title": ("pagerduty", "POST", "/incidents", PD, {"incident": {**INCIDENT, "title": None}}),
    "unknown path": ("pagerduty", "GET", "/incident", PD, None),
    "no Jira credentials": (CLOUD, "GET", "/rest/api/3/myself", {}, None),
    "plain description": (CLOUD, "POST", ISSUE, JIRA, {"fields": {**FIELDS, "description": "d"}}),
    "empty text node": (CLOUD, "POST", ISSUE, JIRA, {"fields": {**FIELDS, "description": doc(EMPTY)}}),
    "unknown panel": (CLOUD, "POST", "/rest/api/3/issue/1/comment", JIRA, {"body": doc(PANEL)}),
    "label with a space": (CLOUD, "POST", ISSUE, JIRA, {"fields": {**FIELDS, "labels": ["a b"]}}),
    "summary of two lines": (CLOUD, "POST", ISSUE, JIRA, {"fields": {**FIELDS, "summary": "a\nb"}}),
    "transition as a number": (
        CLOUD, "POST", "/rest/api/3/issue/1/transitions", JIRA, {"transition": {"id": 31}},
    ),
    "startAt in search": (CLOUD, "POST", "/rest/api/3/search/jql", JIRA, {"jql": "a = 1", "startAt": 0}),
    "verb that labels lack": (
        CLOUD, "PUT", "/rest/api/3/issue/1", JIRA, {"update": {"labels": [{"append": "a"}]}},
    ),
}  # fmt: skip  # a list, read in rows


@pytest.mark.parametrize("request_parts", LEGAL, ids=lambda parts: f"{parts[1]} {parts[2]}")
def test_legal_request_passes(request_parts: tuple[str, str, str, dict[str, str], Any]) -> None:
    """What the vendor documents as legal is never refused."""
    assert verdicts(*request_parts) == []


@pytest.mark.parametrize("name", ILLEGAL)
def test_illegal_request_is_refused(name: str) -> None:
    """One broken rule is enough."""
    assert verdicts(*ILLEGAL[name]) != []


async def test_judge_hooked_to_a_sandbox_speaks_in_its_journal() -> None:
    """A refused request fails the check at the end, whatever the sandbox answered."""
    app = judged(PagerDuty(now=lambda: NOON), "pagerduty")
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://pd") as client:
        await client.post("/v2/enqueue", json=EVENT)
        assert_nothing_refused(app)
        await client.post("/v2/enqueue", json={**EVENT, "routing_key": "short"})
    with pytest.raises(AssertionError, match="is too short"):
        assert_nothing_refused(app)


async def test_masked_credentials_still_count_as_credentials() -> None:
    """The journal hides secrets, and the judge sees that there were some."""
    app = judged(Jira(now=lambda: NOON), CLOUD)
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://jira", auth=(EMAIL, API_TOKEN)) as client:
        await client.get("/rest/api/3/myself")
    assert_nothing_refused(app)
    assert app.journal[0].request.header("authorization") == "Basic ***"
