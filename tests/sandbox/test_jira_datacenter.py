"""The sandbox's Data Center: v2 only, wiki markup, counted pages, users by name, and who nobody is."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from incidentd.sandbox.__main__ import JIRAS
from incidentd.sandbox.jira import API_TOKEN, EMAIL, DataCenter
from incidentd.sandbox.jira.datacenter import RateLimit
from tests.sandbox.conftest import HandClock
from tests.sandbox.inprocess import InProcess

FIELDS: dict[str, Any] = {"project": {"key": "OPS"}, "issuetype": {"name": "Task"}, "summary": "s", "labels": ["l"]}
DOCUMENT = {"type": "doc", "version": 1, "content": []}
PAT = {"Authorization": f"Bearer {API_TOKEN}"}
LIMIT = 32_767


@pytest.fixture
def site(clock: HandClock) -> DataCenter:
    return DataCenter(now=clock.now, sleep=clock.sleep)


@pytest.fixture
async def caller(site: DataCenter) -> AsyncIterator[httpx.AsyncClient]:
    transport = InProcess(site)
    async with httpx.AsyncClient(transport=transport, base_url="http://jira/rest/api/2", headers=PAT) as client:
        yield client


async def create(caller: httpx.AsyncClient, **fields: Any) -> httpx.Response:
    """One more issue, or why not."""
    return await caller.post("/issue", json={"fields": {**FIELDS, **fields}})


async def found(caller: httpx.AsyncClient, **asked: Any) -> dict[str, Any]:
    """A page of a search."""
    answer = await caller.post("/search", json={"jql": 'labels = "l" ORDER BY id ASC', **asked})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def test_there_is_no_v3_and_nothing_that_only_cloud_has(caller: httpx.AsyncClient) -> None:
    """404, as for any other path that is not there."""
    paths = ("http://jira/rest/api/3/myself", "/search/jql", "/issue/bulkfetch", "/search/approximate-count")
    assert [(await caller.post(path, json={})).status_code for path in paths] == [404, 404, 405, 404]


async def test_texts_are_wiki_markup(caller: httpx.AsyncClient, site: DataCenter) -> None:
    """A string is taken as it is; an Atlassian document, or too long a text, is not."""
    assert (await create(caller, description="h1. *text*")).status_code == 201
    assert (await caller.get("/issue/OPS-1")).json()["fields"]["description"] == "h1. *text*"
    refused = await create(caller, description=DOCUMENT)
    assert (refused.status_code, list(refused.json()["errors"])) == (400, ["description"])
    bodies: tuple[Any, ...] = ("c", DOCUMENT, "x" * LIMIT, "x" * (LIMIT + 1), "")
    said = [(await caller.post("/issue/OPS-1/comment", json={"body": body})).status_code for body in bodies]
    assert said == [201, 400, 201, 400, 400]
    assert (await create(caller, description="\U0001f512" * 16_384)).status_code == 400
    assert site.person_comments("OPS-1", "said").body == "said"


async def test_search_counts_its_pages(caller: httpx.AsyncClient) -> None:
    """startAt, maxResults and total; by GET too; a thousand at most."""
    for _ in range(3):
        await create(caller)
    page = await found(caller, startAt=1, maxResults=1, fields=["summary"])
    assert [issue["key"] for issue in page["issues"]] == ["OPS-2"]
    assert (page["startAt"], page["maxResults"], page["total"]) == (1, 1, 3)
    assert (await found(caller, maxResults=5_000))["maxResults"] == 1_000
    got = await caller.get("/search", params={"jql": "labels = l", "startAt": "2", "fields": "status,labels"})
    assert [list(issue["fields"]) for issue in got.json()["issues"]] == [["labels", "status"]]
    assert (await caller.post("/search", json={"jql": "labels = l", "nextPageToken": "t"})).status_code == 400
    assert (await caller.post("/search", json={"jql": "labels = ("})).status_code == 400


async def test_an_unknown_id_makes_a_query_wrong_unless_nobody_asks(
    caller: httpx.AsyncClient, site: DataCenter
) -> None:
    """validateQuery: false leaves out what is gone."""
    await create(caller)
    await create(caller)
    site.delete("OPS-2")
    for query in ("id in (10001, 10002)", "id in (10001, 99999)"):
        assert (await caller.post("/search", json={"jql": query})).status_code == 400
        assert (await found(caller, jql=query, validateQuery=False))["total"] == 1


async def test_users_go_by_name(caller: httpx.AsyncClient, site: DataCenter) -> None:
    """A key that stays and a name; an account id is no name."""
    about = (await caller.get("/myself")).json()
    assert (about["name"], about["key"], "accountId" in about) == ("bot-1", "JIRAUSER10100", False)
    await create(caller, assignee={"name": "person-1"})
    assert site.issue("OPS-1").fields["assignee"] == "person-1"
    assert (await create(caller, assignee={"accountId": "person-1"})).status_code == 400
    assert (await create(caller, assignee=None)).status_code == 201


async def test_screens_and_permissions_are_told_whole(caller: httpx.AsyncClient) -> None:
    """createmeta in `values`; all permissions without being asked for one; `Server` is what it is."""
    types = (await caller.get("/issue/createmeta/OPS/issuetypes")).json()
    assert types["values"][0]["name"] == "Task"
    fields = (await caller.get("/issue/createmeta/OPS/issuetypes/10001")).json()["values"]
    assert {field["fieldId"]: field["schema"]["type"] for field in fields}["description"] == "string"
    permissions = (await caller.get("/mypermissions", params={"projectKey": "OPS"})).json()["permissions"]
    assert permissions["BROWSE_PROJECTS"]["havePermission"] is True
    assert (await caller.get("/serverInfo")).json()["deploymentType"] == "Server"


async def test_a_name_and_a_password_do_too(site: DataCenter) -> None:
    """By the account's name, or by its mail address."""
    for name, status in (("bot-1", 200), (EMAIL, 200), ("person-1", 401)):
        async with httpx.AsyncClient(transport=InProcess(site), auth=(name, API_TOKEN)) as client:
            assert (await client.get("http://jira/rest/api/2/myself")).status_code == status


async def test_who_is_nobody_is_told_so(caller: httpx.AsyncClient, site: DataCenter) -> None:
    """X-AUSERNAME names the caller; bad credentials are refused, or make an anonymous one."""
    await create(caller)
    assert (await caller.get("/issue/OPS-1")).headers["X-AUSERNAME"] == "bot-1"
    bad = {"Authorization": "Bearer another"}
    refused = await caller.get("/issue/OPS-1", headers=bad)
    assert (refused.status_code, refused.headers["X-AUSERNAME"]) == (401, "anonymous")
    site.anonymous_downgrade = True
    unseen = await caller.get("/issue/OPS-1", headers=bad)
    assert (unseen.status_code, unseen.headers["X-AUSERNAME"]) == (404, "anonymous")
    assert (await caller.get("/mypermissions", headers=bad)).status_code == 401
    assert (await caller.get("/serverInfo", headers=bad)).status_code == 200


async def test_a_rate_limit_says_what_is_left(caller: httpx.AsyncClient, site: DataCenter, clock: HandClock) -> None:
    """Off by default; then so many calls an interval, and after them 429 with how long to wait."""
    assert "X-RateLimit-Limit" not in (await caller.get("/myself")).headers
    site.switches()["rate_limit"]({"calls": 2, "interval_seconds": 60})
    answers = [await caller.get("/myself") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert [answer.headers["X-RateLimit-Remaining"] for answer in answers] == ["1", "0", "0"]
    assert answers[2].headers["Retry-After"] == "60"
    clock.pass_by(60)
    assert (await caller.get("/myself")).status_code == 200
    site.switches()["rate_limit"](None)
    assert "X-RateLimit-Limit" not in (await caller.get("/myself")).headers
    site.rate_limit = RateLimit(calls=1, interval_seconds=60)
    site.reset()
    assert site.rate_limit is None


async def test_a_changelog_tells_systems_and_comes_oldest_first(caller: httpx.AsyncClient, site: DataCenter) -> None:
    """What an integration changed names its generator (HistoryMetadata)."""
    await create(caller)
    site.person_transitions("OPS-1", "In Progress")
    site.machine_transitions("OPS-1", "Done")
    histories = (await caller.get("/issue/OPS-1", params={"expand": "changelog"})).json()["changelog"]["histories"]
    assert [history["author"]["name"] for history in histories] == ["person-1", "app-1"]
    assert ["historyMetadata" in history for history in histories] == [False, True]
    site.index_lag = timedelta(minutes=1)
    assert site.state()["issues"][0]["changelog"]["total"] == 2


@pytest.mark.parametrize(("kind", "path"), [("cloud", "/rest/api/3"), ("datacenter", "/rest/api/2")])
async def test_the_switch_makes_the_other_jira(clock: HandClock, kind: str, path: str) -> None:
    """`--jira`: what is told of it is how a tracker is configured."""
    make, base_path = JIRAS[kind]
    site = make(now=clock.now, base_path=base_path)
    assert ("flavour" in site.settings("http://h")) == (kind == "datacenter")
    async with httpx.AsyncClient(transport=InProcess(site), headers=PAT) as client:
        assert (await client.get(f"http://jira{path}/myself")).status_code == 200


async def test_below_a_base_path_nothing_else_is_known(clock: HandClock) -> None:
    """Scoped tokens: 401 at any other address, `self` below the path, and the site's own URL for people."""
    make, base_path = JIRAS["scoped"]
    site = make(now=clock.now, base_path=base_path, site_url="https://acme.example")
    assert site.settings("http://jira")["base_url"] == f"http://jira{base_path}"
    async with httpx.AsyncClient(transport=InProcess(site), headers=PAT) as client:
        assert (await client.get("http://jira/rest/api/3/myself")).status_code == 401
        made = await client.post(f"http://jira{base_path}/rest/api/3/issue", json={"fields": FIELDS})
        assert made.json()["self"] == f"http://jira{base_path}/rest/api/3/issue/10001"
        about = await client.get(f"http://jira{base_path}/rest/api/3/serverInfo")
        assert about.json()["baseUrl"] == "https://acme.example"
    assert [entry.request.method for entry in site.writes] == ["POST"]
