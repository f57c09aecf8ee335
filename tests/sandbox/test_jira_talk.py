"""What hangs on issues: properties, comments, remote links and links between issues."""

from __future__ import annotations

import httpx
import pytest

from incidentd.sandbox.jira import Jira
from tests.sandbox.test_jira_issues import create, document


async def test_property_is_201_then_200_without_bodies(jira: Jira, cloud: httpx.AsyncClient) -> None:
    """The value is raw JSON; a GET gives key and value."""
    await create(cloud)
    for status, value in ((201, {"a": 1}), (200, [2])):
        answer = await cloud.put("/issue/OPS-1/properties/incidentd", json=value)
        assert (answer.status_code, answer.content) == (status, b"")
    assert (await cloud.get("/issue/OPS-1/properties/incidentd")).json() == {"key": "incidentd", "value": [2]}
    assert (await cloud.get("/issue/OPS-1/properties/other")).status_code == 404
    assert (await cloud.put("/issue/OPS-1/properties/p", json="x" * 32_768)).status_code == 400


async def test_comment_is_a_document(jira: Jira, cloud: httpx.AsyncClient) -> None:
    """Plain text is refused; our own comment can be edited, a person's cannot."""
    await create(cloud)
    refused = await cloud.post("/issue/OPS-1/comment", json={"body": "plain"})
    assert (refused.status_code, refused.json()["errors"]) == (400, {"comment": "Comment body is not valid!"})
    made = (await cloud.post("/issue/OPS-1/comment", json={"body": document("one")})).json()
    path = f"/issue/OPS-1/comment/{made['id']}"
    assert (await cloud.put(path, json={"body": document("two")})).json()["body"] == document("two")
    theirs = jira.person_comments("OPS-1", "hands off")
    assert (await cloud.put(f"/issue/OPS-1/comment/{theirs.id}", json={"body": document()})).status_code == 403
    shown = (await cloud.get("/issue/OPS-1/comment")).json()
    assert [comment["author"]["accountId"] for comment in shown["comments"]] == ["bot-1", "person-1"]


async def test_remote_link_is_one_for_each_global_id(jira: Jira, cloud: httpx.AsyncClient) -> None:
    """201, then 200 with the same id."""
    await create(cloud)
    link = {"globalId": "g", "object": {"url": "https://example.net/", "title": "board"}}
    first, second = [await cloud.post("/issue/OPS-1/remotelink", json=link) for _ in range(2)]
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json()["id"] == second.json()["id"]
    assert len(jira.issue("OPS-1").remote_links) == 1


async def test_issue_link_answers_201_with_an_empty_body(jira: Jira, cloud: httpx.AsyncClient) -> None:
    """Both ends show it; an unknown type or end is 404."""
    await create(cloud)
    await create(cloud)
    ends = {"inwardIssue": {"key": "OPS-1"}, "outwardIssue": {"key": "OPS-2"}}
    made = await cloud.post("/issueLink", json={"type": {"name": "Duplicate"}, **ends})
    assert (made.status_code, made.content) == (201, b"")
    (shown,) = (await cloud.get("/issue/OPS-2", params={"fields": "issuelinks"})).json()["fields"]["issuelinks"]
    assert (shown["type"]["name"], shown["inwardIssue"]["key"]) == ("Duplicate", "OPS-1")
    assert (await cloud.post("/issueLink", json={"type": {"name": "Nope"}, **ends})).status_code == 404
    gone = {"inwardIssue": {"key": "OPS-9"}, "outwardIssue": {"key": "OPS-2"}}
    assert (await cloud.post("/issueLink", json={"type": {"name": "Relates"}, **gone})).status_code == 404


@pytest.mark.parametrize("value", [{"internal": True}, None])
async def test_comment_marked_internal_is_not_public(jira: Jira, cloud: httpx.AsyncClient, value: object) -> None:
    """The property sd.public.comment, set with the comment, keeps it from customers."""
    await create(cloud)
    marks = {"properties": [{"key": "sd.public.comment", "value": value}]} if value else {}
    made = (await cloud.post("/issue/OPS-1/comment", json={"body": document(), **marks})).json()
    assert made["jsdPublic"] is (value is None)
