"""What the sandboxes answer is what the vendors document: otherwise clients would be built against an invention."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx

from incidentd.sandbox.jira import API_TOKEN, EMAIL, Jira, default_workflow
from incidentd.sandbox.journal import JournalEntry
from incidentd.sandbox.pagerduty import API_TOKEN as PD_TOKEN
from incidentd.sandbox.pagerduty import FROM_EMAIL, ROUTING_KEY, PagerDuty
from tests.conformance.judge import answer_problems, assert_nothing_refused, judged, needs_documents

pytestmark = needs_documents
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
EVENT: dict[str, Any] = {
    "routing_key": ROUTING_KEY,
    "event_action": "trigger",
    "dedup_key": "k",
    "payload": {"summary": "s", "source": "h", "severity": "warning", "custom_details": {"1 what": "w"}},
    "links": [{"href": "http://127.0.0.1:8580/", "text": "board"}],
}
# Answers that no document can judge, because the document contradicts itself or the vendor's own examples.
CONTRADICTED = {
    r"GET /incidents/\w+/log_entries": "each channel is to match exactly one of many shapes that overlap",
    r"GET /services.*": "grouping is to match exactly one of two shapes that overlap",
    r"POST /rest/api/3/issueLink": "the live answer is an empty 201, the document wants JSON",
    r"GET /rest/api/[23]/issue/[\w-]+(/changelog|\?expand=changelog.*)": "nulls that the schema forbids stand there",
    r"GET /rest/api/3/issue/[\w-]+/remotelink": "the document describes one link, the answer is a list of them",
    r"POST /rest/api/2/issue/[\w-]+/remotelink": "the document knows the 200 of a known link, not the 201 of a new one",
}
PD_HEADERS = {
    "Authorization": f"Token token={PD_TOKEN}",
    "Accept": "application/vnd.pagerduty+json;version=2",
    "From": FROM_EMAIL,
}


def judged_problems(app: PagerDuty | Jira, api_of: Callable[[JournalEntry], str]) -> list[tuple[str, list[str]]]:
    """What the documents hold against the answers in a journal, but for those that they contradict."""
    said = [(f"{entry.request.method} {entry.request.target}", entry) for entry in app.journal]
    fair = [(line, entry) for line, entry in said if not any(re.fullmatch(known, line) for known in CONTRADICTED)]
    told = [(line, answer_problems(api_of(entry), entry)) for line, entry in fair]
    return [(line, problems) for line, problems in told if problems]


def pagerduty_document(entry: JournalEntry) -> str:
    return "pagerduty-events-v2" if entry.request.path.startswith("/v2/") else "pagerduty-rest-v2"


def document(text: str) -> dict[str, Any]:
    return {
        "type": "doc",
        "version": 1,
        "content": [{"type": "paragraph", "content": [{"type": "text", "text": text}]}],
    }


async def test_pagerduty_answers_as_documented() -> None:
    """Every operation that the sandbox serves, good and refused, passes the published response schemas."""
    app = judged(PagerDuty(now=lambda: NOON), "pagerduty")
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://pd") as client:
        await client.post("/v2/enqueue", json=EVENT)
        await client.post("/v2/change/enqueue", json={"routing_key": ROUTING_KEY, "payload": {"summary": "s"}})
        client.headers.update(PD_HEADERS)
        (incident,) = app.open_incidents("k")
        service, door = app.service.id, app.service.integrations[0].id
        reference = {"type": "incident_reference"}
        for status in ("acknowledged", "triggered", "resolved", "triggered"):
            await client.put(f"/incidents/{incident.id}", json={"incident": {**reference, "status": status}})
        wish = {"type": "incident", "title": "t", "service": {"id": service, "type": "service_reference"}}
        await client.post("/incidents", json={"incident": {**wish, "incident_key": "mine"}})
        await client.post(f"/incidents/{incident.id}/notes", json={"note": {"content": "n"}})
        app.machine_resolves(incident.id)
        for path in (
            "/incidents?date_range=all&incident_key=k&total=true",
            f"/incidents/{incident.id}",
            f"/incidents/{incident.id}/alerts?alert_key=k",
            f"/incidents/{incident.id}/log_entries",
            f"/incidents/{incident.id}/notes",
            "/incidents/Q404",
            "/services?include[]=integrations",
            f"/services/{service}?include[]=integrations",
            f"/services/{service}/integrations/{door}",
            "/priorities",
            "/users",
            "/users/me",
            "/abilities",
        ):
            await client.get(path)
    assert_nothing_refused(app)
    assert judged_problems(app, pagerduty_document) == []


async def test_jira_answers_as_documented() -> None:
    """Every operation that the sandbox serves, good and refused, passes the published response schemas."""
    app = judged(Jira(now=lambda: NOON), "jira-cloud-v3")
    app.project.workflow = default_workflow(resolution="required")
    transport = httpx.ASGITransport(app=app)
    base = "http://jira/rest/api/3"
    async with httpx.AsyncClient(transport=transport, base_url=base, auth=(EMAIL, API_TOKEN)) as client:
        fields = {"project": {"key": "OPS"}, "issuetype": {"name": "Task"}, "summary": "s", "labels": ["l"]}
        properties = [{"key": "p", "value": {"a": 1}}]
        for _ in range(3):
            await client.post(
                "/issue", json={"fields": {**fields, "description": document("d")}, "properties": properties}
            )
        await client.post("/issue", json={"fields": {**fields, "priority": {"name": "Unheard of"}}})
        await client.put("/issue/OPS-1", json={"fields": {"summary": "t"}, "update": {"labels": [{"add": "m"}]}})
        done = {"transition": {"id": "31"}, "fields": {"resolution": {"name": "Done"}}}
        await client.post("/issue/OPS-1/transitions", json={"transition": {"id": "31"}})
        await client.post("/issue/OPS-1/transitions", json=done)
        await client.post("/issue/OPS-1/comment", json={"body": document("c")})
        comment = app.issue("OPS-1").comments[0].id
        await client.put(f"/issue/OPS-1/comment/{comment}", json={"body": document("c2")})
        await client.put("/issue/OPS-1/properties/q", json=[1])
        await client.put("/issue/OPS-1/properties/q", json=[2])
        link = {"globalId": "g", "object": {"url": "http://127.0.0.1:8580/", "title": "board"}}
        await client.post("/issue/OPS-1/remotelink", json=link)
        await client.post("/issue/OPS-1/remotelink", json=link)
        await client.post("/issue/OPS-1/watchers", json="person-1")
        ends = {"inwardIssue": {"key": "OPS-1"}, "outwardIssue": {"key": "OPS-2"}}
        await client.post("/issueLink", json={"type": {"name": "Relates"}, **ends})
        search = {"jql": 'project = "OPS"', "fields": ["*all"], "properties": ["p"], "maxResults": 2}
        token = (await client.post("/search/jql", json=search)).json()["nextPageToken"]
        await client.post("/search/jql", json={**search, "nextPageToken": token})
        await client.post("/search/approximate-count", json={"jql": 'labels = "l"'})
        await client.post("/issue/bulkfetch", json={"issueIdsOrKeys": ["OPS-1", "OPS-9"], "fields": ["*all"]})
        for path in (
            "/issue/OPS-1?expand=changelog&properties=*all",
            "/issue/OPS-9",
            "/issue/OPS-2/editmeta",
            "/issue/OPS-2/transitions?expand=transitions.fields",
            "/issue/OPS-1/changelog",
            "/issue/OPS-1/comment?orderBy=-created",
            f"/issue/OPS-1/comment/{comment}",
            "/issue/OPS-1/properties",
            "/issue/OPS-1/properties/q",
            "/issue/OPS-1/remotelink",
            "/issue/OPS-1/watchers",
            "/issue/createmeta/OPS/issuetypes",
            "/issue/createmeta/OPS/issuetypes/10001",
            "/search/jql?jql=project%20%3D%20OPS&fields=summary",
            "/myself",
            "/serverInfo",
            "/mypermissions?permissions=CREATE_ISSUES,EDIT_ISSUES&projectKey=OPS",
            "/project/OPS",
            "/project/OPS/statuses",
            "/priority",
            "/priority/search",
            "/resolution",
            "/status",
            "/field",
            "/issueLinkType",
        ):
            await client.get(path)
        await client.delete("/issue/OPS-3")
    assert_nothing_refused(app)
    assert judged_problems(app, lambda _: "jira-cloud-v3") == []
    unserved = [(e.request.target, e.status) for e in app.journal if e.status in (404, 405, 500)]
    assert unserved == [("/rest/api/3/issue/OPS-9", 404)]
