"""Search: late, bounded, paged by tokens; and the part of JQL that the sandbox reads."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidentd.sandbox.jira import Jira, jql
from tests.sandbox.conftest import HandClock
from tests.sandbox.test_jira_issues import create

BOUNDED = 'project = "OPS" AND labels = "l"'


async def found(cloud: httpx.AsyncClient, jql: str = BOUNDED, **more: Any) -> list[str]:
    """The ids that a search finds."""
    answer = await cloud.post("/search/jql", json={"jql": jql, **more})
    assert answer.status_code == 200, answer.text
    return [issue["id"] for issue in answer.json()["issues"]]


async def test_new_issue_is_found_only_after_the_lag(jira: Jira, cloud: httpx.AsyncClient, clock: HandClock) -> None:
    """GET by id sees it at once, search only later, unless the caller already knows the id."""
    jira.index_lag = timedelta(minutes=5)
    await create(cloud)
    assert await found(cloud) == []
    assert await found(cloud, reconcileIssues=[10001]) == ["10001"]
    assert (await cloud.get("/issue/10001")).status_code == 200
    clock.pass_by(299)
    assert await found(cloud) == []
    clock.pass_by(1)
    assert await found(cloud) == ["10001"]


async def test_changes_are_late_too(jira: Jira, cloud: httpx.AsyncClient, clock: HandClock) -> None:
    """A closed issue is still open, and a removed label still there, for all that search knows; it shows them so."""
    await create(cloud)
    jira.index_lag = timedelta(minutes=5)
    clock.pass_by(600)
    jira.person_transitions("OPS-1", "Done")
    jira.person_removes_label("OPS-1", "l")
    query = {"jql": f"{BOUNDED} AND statusCategory != Done", "fields": ["labels"]}
    assert (await cloud.post("/search/jql", json=query)).json()["issues"][0]["fields"] == {"labels": ["l"]}
    clock.pass_by(300)
    assert await found(cloud) == []


async def test_deleted_or_unseen_issue_is_not_found(jira: Jira, cloud: httpx.AsyncClient) -> None:
    """Without permission the project itself is unknown: 400."""
    await create(cloud)
    await create(cloud)
    jira.delete("OPS-1")
    assert await found(cloud) == ["10002"]
    jira.revoke_permission()
    refused = await cloud.post("/search/jql", json={"jql": BOUNDED})
    assert refused.json()["errorMessages"] == ["The value 'OPS' does not exist for the field 'project'."]
    assert await found(cloud, 'labels = "l"') == []


async def test_old_search_is_gone(cloud: httpx.AsyncClient) -> None:
    """410, with the way out."""
    for call in (cloud.get("/search", params={"jql": BOUNDED}), cloud.post("/search", json={"jql": BOUNDED})):
        answer = await call
        assert answer.status_code == 410
        assert answer.json()["errorMessages"][0].startswith("The requested API has been removed.")


@pytest.mark.parametrize("text", ["", "ORDER BY created DESC", "  order by key"])
async def test_unbounded_query_is_refused(cloud: httpx.AsyncClient, text: str) -> None:
    """An order alone restricts nothing."""
    answer = await cloud.post("/search/jql", json={"jql": text})
    assert answer.status_code == 400
    assert "Unbounded JQL" in answer.json()["errorMessages"][0]


@pytest.mark.parametrize(
    "body",
    [
        {"jql": BOUNDED, "startAt": 0},
        {"jql": BOUNDED, "validateQuery": True},
        {"jql": BOUNDED, "maxResults": 5001},
        {"jql": BOUNDED, "reconcileIssues": list(range(51))},
        {"jql": BOUNDED, "nextPageToken": "made-up"},
        {"jql": f"{BOUNDED} ORDER BY a, b, c, d, e, f, g, h"},
    ],
)
async def test_request_beyond_the_rules_is_refused(cloud: httpx.AsyncClient, body: dict[str, Any]) -> None:
    """Unknown members, and numbers beyond their bounds."""
    assert (await cloud.post("/search/jql", json=body)).status_code == 400


async def test_page_token_is_bound_to_its_query(jira: Jira, cloud: httpx.AsyncClient) -> None:
    """The last page has isLast and no token; there is no total."""
    for _ in range(3):
        await create(cloud)
    first = (await cloud.post("/search/jql", json={"jql": BOUNDED, "maxResults": 2})).json()
    assert (len(first["issues"]), first["isLast"], "total" in first) == (2, False, False)
    token = first["nextPageToken"]
    other = await cloud.post("/search/jql", json={"jql": 'labels = "l"', "maxResults": 2, "nextPageToken": token})
    assert other.status_code == 400
    last = (await cloud.post("/search/jql", json={"jql": BOUNDED, "maxResults": 2, "nextPageToken": token})).json()
    assert (len(last["issues"]), last["isLast"], "nextPageToken" in last) == (1, True, False)


async def test_pages_may_be_short_and_even_empty(jira: Jira, cloud: httpx.AsyncClient) -> None:
    """Only isLast ends a search; what was found is complete all the same."""
    for _ in range(5):
        await create(cloud)
    jira.desks.short_pages = True
    sizes, seen, token = [], set(), None
    while True:
        asked = {"jql": BOUNDED, "maxResults": 4, **({"nextPageToken": token} if token else {})}
        page = (await cloud.post("/search/jql", json=asked)).json()
        sizes.append(len(page["issues"]))
        seen |= {issue["id"] for issue in page["issues"]}
        token = page.get("nextPageToken")
        if page["isLast"]:
            break
    assert (sizes, len(seen)) == ([0, 2, 2, 1], 5)


async def test_fields_default_to_the_id(jira: Jira, cloud: httpx.AsyncClient) -> None:
    """Whoever wants more asks for it, properties too."""
    await create(cloud, [{"key": "incidentd", "value": 1}])
    assert (await cloud.post("/search/jql", json={"jql": BOUNDED})).json()["issues"] == [{"id": "10001"}]
    asked = {"jql": BOUNDED, "fields": ["summary"], "properties": ["incidentd"]}
    (shown,) = (await cloud.post("/search/jql", json=asked)).json()["issues"]
    assert (shown["key"], shown["fields"], shown["properties"]) == ("OPS-1", {"summary": "s"}, {"incidentd": 1})
    by_get = await cloud.get("/search/jql", params={"jql": BOUNDED, "fields": "summary"})
    assert by_get.json()["issues"][0]["fields"] == {"summary": "s"}


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ('project = "OPS"', [1, 2, 3, 4]),
        ("project = ops and labels = a", [1, 2]),
        ('labels in ("a", "c")', [1, 2, 3]),
        ('labels = "A"', []),
        ('labels != "a"', [3]),
        ("labels not in (c)", [1, 2]),
        ("labels is EMPTY", [4]),
        ("labels is not empty", [1, 2, 3]),
        ("statusCategory != Done AND labels = a", [1]),
        ("statusCategory = Done", [2]),
        ('statusCategory in ("To Do", "In Progress")', [1, 3, 4]),
        ('status = "to do"', [1, 3, 4]),
        ("id in (10001, 10003)", [1, 3]),
        ("issuekey in (OPS-2, ops-3)", [2, 3]),
        ("key = OPS-1 OR labels = c", [1, 3]),
        ("NOT labels = a AND NOT (labels = c)", [4]),
        ("resolution = Unresolved", [1, 3, 4]),
        ("resolution = Done", [2]),
        ("creator = currentUser()", [1, 2, 3]),
        ("creator = person-1", [4]),
        ("created >= -30m", [4]),
        ('created < "2026-11-22 12:30"', [1, 2, 3]),
        ('summary ~ "third"', [3]),
        (r'labels = "q\"uote"', [1]),
        ("labels = 'a' ORDER BY key ASC", [1, 2]),
    ],
)
async def test_jql(jira: Jira, cloud: httpx.AsyncClient, clock: HandClock, text: str, keys: list[int]) -> None:
    """The clauses that the sandbox reads; a negation never finds an empty field."""
    await create(cloud, labels=["a", 'q"uote'])
    await create(cloud, labels=["a", "b"])
    await create(cloud, labels=["c"], summary="a third one")
    jira.person_transitions("OPS-2", "Done")
    clock.pass_by(3600)
    clone = jira.clone("OPS-1")
    jira.person_edits(clone.key, "labels", [])
    assert sorted(await found(cloud, text)) == [str(10000 + key) for key in keys]


async def test_order_is_newest_first_or_as_asked(jira: Jira, cloud: httpx.AsyncClient, clock: HandClock) -> None:
    """Several fields, each up or down."""
    for _ in range(3):
        await create(cloud)
        clock.pass_by(1)
    assert await found(cloud) == ["10003", "10002", "10001"]
    assert await found(cloud, f"{BOUNDED} ORDER BY priority, created ASC") == ["10001", "10002", "10003"]


@pytest.mark.parametrize(
    "text",
    [
        "labels",
        "labels =",
        "labels = a AND",
        "labels in (a",
        "labels = a b",
        "= a",
        "nonsense = 1",
        "labels = #!",
        "a %",
    ],
)
async def test_malformed_jql_is_400(cloud: httpx.AsyncClient, text: str) -> None:
    """With an error message, and never a traceback."""
    answer = await cloud.post("/search/jql", json={"jql": text})
    assert answer.status_code == 400
    assert answer.json()["errorMessages"]


@given(st.text(max_size=40))
def test_any_value_survives_quoting(value: str) -> None:
    """Quotes and backslashes escaped, whatever else, comes back as it was."""
    quoted = value.replace("\\", "\\\\").replace('"', '\\"')
    assert jql.parse(f'labels = "{quoted}"').where == jql.Clause("labels", "=", (value,))


@given(st.text(max_size=60))
def test_any_text_parses_or_is_malformed(text: str) -> None:
    """Hostile text raises one kind of error."""
    try:
        jql.parse(text)
    except jql.Malformed as malformed:
        assert str(malformed).startswith("Error in the JQL Query")
