"""Faults on demand: each strikes the request it was scripted for, and the journal knows what really happened."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from incidentd.sandbox import faults
from incidentd.sandbox.jira import API_TOKEN, EMAIL, Jira
from incidentd.sandbox.pagerduty import PagerDuty
from incidentd.sandbox.serving import serving
from tests.sandbox.conftest import HandClock

ISSUE = {"fields": {"project": {"key": "OPS"}, "issuetype": {"name": "Task"}, "summary": "s", "labels": ["l"]}}


async def create(cloud: httpx.AsyncClient) -> httpx.Response:
    return await cloud.post("/issue", json=ISSUE)


@pytest.mark.parametrize(
    ("fault", "status", "committed"),
    [
        (faults.too_many(30), 429, False),
        (faults.too_many(), 429, False),
        (faults.unavailable(5), 503, False),
        (faults.unauthorized(), 401, False),
        (faults.redirect("https://login.example.net/"), 302, False),
        (faults.answer(500, body="{}"), 500, False),
        (faults.answer(500, body="{}", commit=True), 500, True),
        (faults.answer_after_commit(), 502, True),
        (faults.answer_after_commit(500), 500, True),
        (faults.wrong_content_type(), 201, True),
        (faults.truncated(), 201, True),
    ],
    ids=lambda value: value.kind if isinstance(value, faults.Fault) else None,
)
async def test_fault_answers_before_or_after_the_work(
    jira: Jira, cloud: httpx.AsyncClient, fault: faults.Fault, status: int, committed: bool
) -> None:
    """What the caller is told and what was done are two things."""
    jira.faults.add(fault, method="POST", path="/rest/api/3/issue")
    answer = await create(cloud)
    assert (answer.status_code, len(jira.issues)) == (status, int(committed))
    assert (jira.journal[0].fault, jira.journal[0].committed, jira.journal[0].status) == (fault.kind, committed, status)
    assert (await create(cloud)).status_code == 201


async def test_retry_after_is_sent_only_where_it_was_asked_for(jira: Jira, cloud: httpx.AsyncClient) -> None:
    """429 with seconds, with any text, and without."""
    for wish in (30, "Sun, 22 Nov 2026 12:10:00 GMT", None):
        jira.faults.add(faults.too_many(wish))
        assert (await cloud.get("/myself")).headers.get("retry-after") == (None if wish is None else str(wish))


async def test_gateway_speaks_html(jira: Jira, cloud: httpx.AsyncClient) -> None:
    """A 502 after the commit is no JSON."""
    jira.faults.add(faults.answer_after_commit())
    answer = await create(cloud)
    assert (answer.headers["content-type"], answer.text[:6]) == ("text/html", "<html>")


async def test_truncated_body_is_no_json(jira: Jira, cloud: httpx.AsyncClient) -> None:
    """Its length agrees with what is there, so that only a parser notices."""
    jira.faults.add(faults.truncated(10))
    answer = await create(cloud)
    assert answer.headers["content-length"] == "10"
    with pytest.raises(ValueError, match="Unterminated"):
        answer.json()


@pytest.mark.parametrize(("fault", "issues"), [(faults.lost_answer(), 1), (faults.lost_request(), 0)])
async def test_cut_connection_raises_in_process(
    jira: Jira, cloud: httpx.AsyncClient, fault: faults.Fault, issues: int
) -> None:
    """The documented exception comes out of the application after the work, or before it."""
    jira.faults.add(fault)
    with pytest.raises(httpx.ReadError) as caught:
        await create(cloud)
    assert isinstance(caught.value.__cause__, faults.AnswerLost)
    assert (len(jira.issues), jira.journal[0].status) == (issues, None)


@pytest.mark.parametrize(
    ("fault", "issues"), [(faults.lost_answer(), 1), (faults.lost_request(), 0), (faults.half_answer(), 1)]
)
async def test_cut_connection_over_a_socket(jira: Jira, fault: faults.Fault, issues: int) -> None:
    """The socket closes without a whole answer, and the next call on a new one is served."""
    jira.faults.add(fault, method="POST")
    async with serving(jira) as url, httpx.AsyncClient(base_url=f"{url}/rest/api/3", auth=(EMAIL, API_TOKEN)) as client:
        with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
            await create(client)
        assert len(jira.issues) == issues
        assert (await create(client)).status_code == 201


async def test_delays_wait_by_the_given_sleep(jira: Jira, cloud: httpx.AsyncClient, clock: HandClock) -> None:
    """Before the work, after it, or both; the issue is dated between."""
    jira.faults.add(faults.delayed(before_seconds=30, after_seconds=90))
    started_at = clock.now()
    await create(cloud)
    assert clock.slept == [30, 90]
    assert (jira.issue("OPS-1").content.created - started_at).total_seconds() == 30


async def test_delay_without_a_sleep_says_what_is_missing(clock: HandClock) -> None:
    """A sandbox that cannot wait must not pretend that it did."""
    app = PagerDuty(now=clock.now)
    app.faults.add(faults.delayed(1))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://pd") as client:
        with pytest.raises(ValueError, match="without `sleep`"):
            await client.get("/abilities")


@pytest.mark.parametrize(
    ("rule", "struck"),
    [
        ({}, [1]),
        ({"nth": 2}, [2]),
        ({"nth": 2, "times": 2}, [2, 3]),
        ({"times": None}, [1, 2, 3, 4]),
        ({"method": "POST"}, []),
        ({"method": "GET", "path": "/rest/api/3/.*"}, [1]),
        ({"path": "/rest"}, []),
    ],
)
async def test_rule_strikes_the_requests_it_names(
    jira: Jira, cloud: httpx.AsyncClient, rule: dict[str, Any], struck: list[int]
) -> None:
    """By method, whole path and occurrence."""
    jira.faults.add(faults.unavailable(), **rule)
    statuses = [(await cloud.get("/myself")).status_code for _ in range(4)]
    assert [number for number, status in enumerate(statuses, 1) if status == 503] == struck


async def test_first_rule_wins_and_all_rules_count(jira: Jira, cloud: httpx.AsyncClient) -> None:
    """Two rules on the same call: the earlier one strikes, the later one has seen it too."""
    jira.faults.add(faults.answer(500))
    later = jira.faults.add(faults.unavailable(), nth=2)
    assert [(await cloud.get("/myself")).status_code for _ in range(3)] == [500, 503, 200]
    assert later.seen == 3


@pytest.mark.parametrize(
    ("switch", "read", "write"),
    [("down", 503, 503), ("unauthorized", 401, 401), ("forbidden", 403, 403), ("read_only", 200, 403)],
)
async def test_wholesale_switches(jira: Jira, cloud: httpx.AsyncClient, switch: str, read: int, write: int) -> None:
    """The whole site is down, closed or read-only, and says so in the vendor's shape."""
    setattr(jira, switch, True)
    assert (await cloud.get("/myself")).status_code == read
    refused = await create(cloud)
    assert (refused.status_code, jira.issues) == (write, {})
    assert refused.json()["errorMessages"]


async def test_search_is_no_write_and_create_is_one(jira: Jira, cloud: httpx.AsyncClient) -> None:
    """`writes` counts what asks for a change, not what happens to be a POST."""
    await cloud.post("/search/jql", json={"jql": "project = OPS"})
    await cloud.post("/issue/bulkfetch", json={"issueIdsOrKeys": ["OPS-1"]})
    assert jira.writes == []
    await create(cloud)
    assert [entry.request.path for entry in jira.writes] == ["/rest/api/3/issue"]


async def test_journal_keeps_no_secret(jira: Jira, cloud: httpx.AsyncClient) -> None:
    """Credentials are masked before they are kept, in any form."""
    await cloud.get("/myself")
    kept = repr(jira.journal) + str([entry.as_json() for entry in jira.journal])
    assert API_TOKEN not in kept
    assert httpx.BasicAuth(EMAIL, API_TOKEN)._auth_header.split()[1] not in kept
