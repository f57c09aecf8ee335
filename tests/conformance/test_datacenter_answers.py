"""What the sandbox's Data Center answers is what its vendor documents."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import httpx

from incidentd.sandbox.jira import API_TOKEN, DataCenter, default_workflow
from tests.conformance.judge import assert_nothing_refused, judged, needs_documents
from tests.conformance.test_answers import judged_problems

pytestmark = needs_documents
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
READS = (
    "/issue/OPS-1?expand=changelog&properties=p",
    "/issue/OPS-9",
    "/issue/OPS-2/editmeta",
    "/issue/OPS-2/transitions?expand=transitions.fields",
    "/issue/OPS-1/comment?orderBy=-created",
    "/issue/OPS-1/properties",
    "/issue/createmeta/OPS/issuetypes",
    "/issue/createmeta/OPS/issuetypes/10001",
    "/search?jql=project%20%3D%20OPS&fields=summary",
    "/myself",
    "/serverInfo",
    "/mypermissions?projectKey=OPS",
    "/project/OPS",
    "/priority",
    "/resolution",
    "/status",
    "/field",
)


async def test_data_center_answers_as_documented() -> None:
    """Every operation that the sandbox serves and the document describes, good and refused."""
    app = judged(DataCenter(now=lambda: NOON), "jira-dc-v2")
    app.project.workflow = default_workflow(resolution="required")
    transport, headers = httpx.ASGITransport(app=app), {"Authorization": f"Bearer {API_TOKEN}"}
    async with httpx.AsyncClient(transport=transport, base_url="http://jira/rest/api/2", headers=headers) as client:
        fields: dict[str, Any] = {"project": {"key": "OPS"}, "issuetype": {"name": "Task"}, "summary": "s"}
        for text in ("*d*", "e"):
            wish = {"fields": {**fields, "description": text, "labels": ["l"]}}
            await client.post("/issue", json={**wish, "properties": [{"key": "p", "value": '{"a": 1}'}]})
        await client.post("/issue", json={"fields": {**fields, "priority": {"name": "Unheard of"}}})
        await client.put("/issue/OPS-1", json={"fields": {"summary": "t"}, "update": {"labels": [{"add": "m"}]}})
        await client.post("/issue/OPS-1/transitions", json={"transition": {"id": "31"}})
        done = {"transition": {"id": "31"}, "fields": {"resolution": {"name": "Done"}}}
        await client.post("/issue/OPS-1/transitions", json=done)
        comment = (await client.post("/issue/OPS-1/comment", json={"body": "c"})).json()["id"]
        await client.put(f"/issue/OPS-1/comment/{comment}", json={"body": "c2"})
        await client.get(f"/issue/OPS-1/comment/{comment}")
        await client.put("/issue/OPS-1/properties/q", json={"b": 1})
        link = {"globalId": "g", "object": {"url": "http://127.0.0.1:8580/", "title": "board"}}
        await client.post("/issue/OPS-1/remotelink", json=link)
        ends = {"inwardIssue": {"key": "OPS-1"}, "outwardIssue": {"key": "OPS-2"}}
        await client.post("/issueLink", json={"type": {"name": "Relates"}, **ends})
        await client.post("/search", json={"jql": 'project = "OPS"', "startAt": 0, "maxResults": 1, "fields": ["*all"]})
        for path in READS:
            await client.get(path)
    assert_nothing_refused(app)
    assert judged_problems(app, lambda _: "jira-dc-v2") == []
