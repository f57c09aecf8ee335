"""Transitions: what is offered where, what screens ask for, who did it, and what goes wrong between two people."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from incidentd.sandbox.jira import Jira, default_workflow
from tests.sandbox.test_jira_issues import create, document


async def offered(cloud: httpx.AsyncClient, issue: str = "OPS-1") -> dict[str, dict[str, Any]]:
    """The transitions by name."""
    shown = await cloud.get(f"/issue/{issue}/transitions", params={"expand": "transitions.fields"})
    return {step["name"]: step for step in shown.json()["transitions"]}


async def go(cloud: httpx.AsyncClient, ident: str, **more: Any) -> httpx.Response:
    return await cloud.post("/issue/OPS-1/transitions", json={"transition": {"id": ident}, **more})


async def test_transitions_depend_on_the_status(jira: Jira, cloud: httpx.AsyncClient) -> None:
    """To Do → Done → To Do; done-ness is the category, and the resolution comes and goes with it."""
    await create(cloud)
    assert set(await offered(cloud)) == {"Start progress", "Done"}
    assert (await go(cloud, "31")).status_code == 204
    assert jira.is_done(jira.issue("OPS-1"))
    assert jira.issue("OPS-1").fields["resolution"] == "Done"
    assert set(await offered(cloud)) == {"Reopen"}
    assert (await go(cloud, "41")).status_code == 204
    assert jira.issue("OPS-1").fields["resolution"] is None
    assert jira.open_issues_with_label("l") == [jira.issue("OPS-1")]


@pytest.mark.parametrize("ident", ["41", "99", ""])
async def test_transition_that_is_not_offered_is_400(jira: Jira, cloud: httpx.AsyncClient, ident: str) -> None:
    """Wrong in this status, unknown, or missing."""
    await create(cloud)
    answer = await go(cloud, ident)
    assert (answer.status_code, jira.issue("OPS-1").changelog) == (400, [])


async def test_required_resolution(jira: Jira, cloud: httpx.AsyncClient) -> None:
    """The screen says what it wants; without it 400, with an unknown one too."""
    jira.project.workflow = default_workflow(resolution="required")
    await create(cloud)
    field = (await offered(cloud))["Done"]["fields"]["resolution"]
    assert field["required"]
    assert "Won't Do" in [value["name"] for value in field["allowedValues"]]
    assert (await go(cloud, "31")).json()["errors"] == {"resolution": "Resolution is required."}
    assert (await go(cloud, "31", fields={"resolution": {"name": "Nope"}})).status_code == 400
    assert (await go(cloud, "31", fields={"resolution": {"name": "Won't Do"}})).status_code == 204
    assert jira.issue("OPS-1").fields["resolution"] == "Won't Do"


async def test_resolution_off_the_screen_is_400(jira: Jira, cloud: httpx.AsyncClient) -> None:
    """Projects without a resolution screen refuse it by name."""
    await create(cloud)
    answer = await go(cloud, "31", fields={"resolution": {"name": "Done"}})
    text = "Field 'resolution' cannot be set. It is not on the appropriate screen, or unknown."
    assert (answer.status_code, answer.json()["errors"]) == (400, {"resolution": text})
    assert not jira.is_done(jira.issue("OPS-1"))


async def test_missing_reopen_hidden_and_translated(jira: Jira, cloud: httpx.AsyncClient) -> None:
    """A transition may not exist, be kept from us, or be called something else; the category stays."""
    jira.project.workflow = default_workflow(reopen=False).renamed({"Done": "Erledigt"}).hiding("Start progress")
    await create(cloud)
    steps = await offered(cloud)
    assert set(steps) == {"Erledigt"}
    assert steps["Erledigt"]["to"]["statusCategory"]["key"] == "done"
    await go(cloud, "31")
    assert await offered(cloud) == {}


async def test_without_permission_no_transition_is_offered(jira: Jira, cloud: httpx.AsyncClient) -> None:
    """An empty list, and 400 for trying."""
    await create(cloud)
    jira.revoke_permission("TRANSITION_ISSUES")
    assert await offered(cloud) == {}
    assert (await go(cloud, "31")).status_code == 400


async def test_concurrent_transition_is_409_once(jira: Jira, cloud: httpx.AsyncClient) -> None:
    """Somebody else was quicker; the next try counts."""
    await create(cloud)
    jira.desks.conflicts = 1
    assert (await go(cloud, "31")).status_code == 409
    assert not jira.is_done(jira.issue("OPS-1"))
    assert (await go(cloud, "31")).status_code == 204


async def test_comment_within_a_transition(jira: Jira, cloud: httpx.AsyncClient) -> None:
    """It is written with it, or neither is done."""
    await create(cloud)
    bad = {"comment": [{"add": {"body": "plain"}}]}
    assert (await go(cloud, "31", update=bad)).status_code == 400
    assert not jira.is_done(jira.issue("OPS-1"))
    good = {"comment": [{"add": {"body": document("fixed")}}]}
    assert (await go(cloud, "31", update=good)).status_code == 204
    assert [comment.body for comment in jira.issue("OPS-1").comments] == [document("fixed")]


async def test_changelog_tells_people_from_machines_and_ourselves(jira: Jira, cloud: httpx.AsyncClient) -> None:
    """By the author's account and its type; newest first in the issue, oldest first in the changelog."""
    await create(cloud)
    jira.person_transitions("OPS-1", "Done", resolution="Won't Do")
    jira.machine_transitions("OPS-1", "To Do")
    await go(cloud, "31")
    log = (await cloud.get("/issue/OPS-1/changelog")).json()
    authors = [(change["author"]["accountId"], change["author"]["accountType"]) for change in log["values"]]
    assert authors == [("person-1", "atlassian"), ("app-1", "app"), ("bot-1", "atlassian")]
    assert (log["total"], log["isLast"]) == (3, True)
    shown = (await cloud.get("/issue/OPS-1", params={"expand": "changelog"})).json()["changelog"]["histories"]
    assert [change["id"] for change in shown] == [change["id"] for change in log["values"]][::-1]
