"""What a caller asks before it writes: who it is, what the project has, what it may do."""

from __future__ import annotations

import httpx
import pytest

from incidentd.sandbox.jira import Jira


async def test_create_screen_says_what_there_is(jira: Jira, cloud: httpx.AsyncClient) -> None:
    """Issue types by name, fields in pages, required ones marked, allowed priorities listed."""
    types = (await cloud.get("/issue/createmeta/OPS/issuetypes")).json()["issueTypes"]
    assert [kind["name"] for kind in types] == ["Task", "Bug", "Story"]
    path = f"/issue/createmeta/OPS/issuetypes/{types[0]['id']}"
    first = (await cloud.get(path, params={"maxResults": 2})).json()
    rest = (await cloud.get(path, params={"startAt": 2})).json()
    fields = {field["fieldId"]: field for field in [*first["fields"], *rest["fields"]]}
    assert (len(first["fields"]), first["total"]) == (2, len(fields))
    assert {name for name, field in fields.items() if field["required"]} == {"project", "issuetype", "summary"}
    assert "High" in [value["name"] for value in fields["priority"]["allowedValues"]]
    assert (await cloud.get("/issue/createmeta/OPS/issuetypes/404")).status_code == 400
    jira.revoke_permission("CREATE_ISSUES")
    assert (await cloud.get("/issue/createmeta/OPS/issuetypes")).status_code == 400


async def test_server_says_that_it_is_a_cloud(cloud: httpx.AsyncClient) -> None:
    """With the clock that was given."""
    about = (await cloud.get("/serverInfo")).json()
    assert (about["deploymentType"], about["baseUrl"]) == ("Cloud", "http://jira")
    assert about["serverTime"] == "2026-11-22T12:00:00.000+0000"


async def test_priorities_can_be_searched(cloud: httpx.AsyncClient) -> None:
    """By page and by id, from most to least urgent."""
    shown = (await cloud.get("/priority/search", params={"maxResults": 2})).json()
    assert ([value["name"] for value in shown["values"]], shown["isLast"]) == (["Highest", "High"], False)
    assert [value["name"] for value in (await cloud.get("/priority/search?id=3")).json()["values"]] == ["Medium"]
    assert [value["name"] for value in (await cloud.get("/priority")).json()][-1] == "Lowest"


async def test_resolutions_hold_the_word_for_acceptance(cloud: httpx.AsyncClient) -> None:
    """Done and Won't Do among them."""
    assert {"Done", "Won't Do"} <= {value["name"] for value in (await cloud.get("/resolution")).json()}


@pytest.mark.parametrize(("wanted", "status"), [("OPS", 200), ("ops", 200), ("10000", 200), ("NOPE", 404)])
async def test_project_by_key_or_id(cloud: httpx.AsyncClient, wanted: str, status: int) -> None:
    """Any case; what is not there, or not for us, is 404."""
    assert (await cloud.get(f"/project/{wanted}")).status_code == status


@pytest.mark.parametrize("query", ["", "?permissions=FLY"])
async def test_permissions_have_to_be_named(cloud: httpx.AsyncClient, query: str) -> None:
    """None named, or an unknown one: 400."""
    assert (await cloud.get(f"/mypermissions{query}")).status_code == 400


async def test_bearer_token_is_taken_too(jira: Jira, cloud: httpx.AsyncClient) -> None:
    """As scoped tokens and service accounts send it."""
    headers = {"Authorization": f"Bearer {jira.api_token}"}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=jira), base_url="http://jira") as client:
        assert (await client.get("/rest/api/3/myself", headers=headers)).json()["accountId"] == "bot-1"
        assert (await client.get("/rest/api/3/myself")).status_code == 401
