"""What the configuration adds to an issue, and what its screens will not have: left out and said, never failed."""

from typing import Any

import pytest

from incidentd.model.ticket import Rejected, Retryable
from incidentd.sandbox import faults
from tests.trackers.examples import STEP_UP, WORSE, content
from tests.trackers.jira.stage import BASE_URL, ISSUE, JiraStage
from tests.trackers.stage import confirmed

BOARD = "https://certs.example.net"
PAGE = f"{BOARD}/c/{content().key.rpartition(':')[2]}"


async def test_watchers_are_added_once_and_a_stranger_is_said(stage: JiraStage) -> None:
    """As strings or as Jira names users; one that nobody knows keeps no issue from being opened."""
    watchers: list[Any] = ["person-1", {"accountId": "bot-1"}, "nobody-9"]
    tracker = stage.over(stage.transport, BASE_URL, fields={"watchers": watchers})
    made = confirmed(await tracker.open(content()))
    assert stage.issue(made.ref).watchers == ["person-1", "bot-1"]
    assert made.left_out == ("watchers nobody-9",)
    before = stage.writes()
    confirmed(await tracker.update(made.ref, content(), made.written, ()))
    assert stage.writes() == before


async def test_assignee_and_components_are_static_values(stage: JiraStage) -> None:
    """Sent with the create call."""
    stage.world.project.components = ["edge"]
    fields = {"assignee": {"accountId": "person-1"}, "components": [{"name": "edge"}]}
    made = confirmed(await stage.over(stage.transport, BASE_URL, fields=fields).open(content()))
    assert stage.issue(made.ref).fields["assignee"] == "person-1"
    assert stage.issue(made.ref).fields["components"] == ["edge"]
    assert made.left_out == ()


async def test_the_service_is_the_component_where_the_project_has_it(stage: JiraStage) -> None:
    """Whatever the case; a project without it is left as it is."""
    assert not stage.issue((await stage.opened(content("a" * 64))).ref).fields.get("components")
    stage.world.project.components = ["Payments-API", "edge"]
    stage.clock.pass_by(601)
    made = await stage.opened(content("b" * 64, component="payments-api"))
    assert stage.issue(made.ref).fields["components"] == ["Payments-API"]


async def test_what_no_screen_shows_is_left_out_and_said(stage: JiraStage) -> None:
    """Configured fields, and our own: one create call, and their names."""
    stage.world.project.add_field("customfield_10050", "Team")
    for name in ("customfield_10050", "priority", "duedate"):
        stage.world.project.take_off_screen(name)
    tracker = stage.over(stage.transport, BASE_URL, fields={"customfield_10050": "sre", "customfield_10051": "x"})
    made = confirmed(await tracker.open(content()))
    assert stage.writes() == 1
    assert made.left_out == ("customfield_10050", "customfield_10051", "duedate", "priority")


@pytest.mark.parametrize("required", [False, True])
async def test_a_value_that_jira_refuses_costs_the_field_not_the_issue(stage: JiraStage, required: bool) -> None:
    """Unless the field is required: then nobody but the operator can mend it, and Jira's words say what."""
    if required:
        stage.world.project.required.add("components")
    tracker = stage.over(stage.transport, BASE_URL, fields={"components": [{"name": "no such"}]})
    refused = await tracker.open(content())
    if required:
        assert isinstance(refused, Rejected)
        assert "no such" in refused.text
        return
    assert isinstance(refused, Retryable)
    assert confirmed(await tracker.open(content())).left_out == ("components",)


async def test_a_label_that_jira_would_refuse_is_left_out(stage: JiraStage) -> None:
    """With a blank, or too long: the issue carries the others."""
    labels = ["fine", "not fine", "x" * 256, ""]
    made = confirmed(await stage.over(stage.transport, BASE_URL, fields={"labels": labels}).open(content()))
    assert stage.issue(made.ref).labels[-1] == "fine"
    assert made.left_out == ("label 'not fine'", f"label '{'x' * 256}'", "label ''")


async def test_what_the_edit_screen_lacks_is_left_out_and_said(stage: JiraStage) -> None:
    """The rest is written."""
    made = await stage.opened()
    stage.world.project.take_off_screen("priority")
    again = confirmed(await stage.tracker.update(made.ref, content(**WORSE), made.written, (STEP_UP,)))
    assert again.left_out == ("priority",)
    assert "sev-critical" in stage.issue(made.ref).labels


async def test_an_issue_links_to_its_page_on_the_board(stage: JiraStage) -> None:
    """By its globalId once; where the first attempt failed, the next update makes it."""
    tracker = stage.over(stage.transport, BASE_URL, board_url=BOARD)
    made = confirmed(await tracker.open(content()))
    [link] = stage.issue(made.ref).remote_links
    assert (link.global_id, link.document["object"]["url"]) == (content().key, PAGE)
    before = stage.writes()
    confirmed(await tracker.update(made.ref, content(), made.written, ()))
    assert stage.writes() == before
    confirmed(await tracker.update(made.ref, content(), {**made.written, "board": ""}, ()))
    assert len(stage.issue(made.ref).remote_links) == 1


async def test_a_link_that_is_refused_is_said_and_made_later(stage: JiraStage) -> None:
    """Links may be off: the issue stands."""
    tracker = stage.over(stage.transport, BASE_URL, board_url=BOARD)
    stage.world.faults.add(faults.answer(404), "POST", f"{ISSUE}/.*/remotelink")
    made = confirmed(await tracker.open(content()))
    assert made.left_out == ("the link to the board",)
    again = confirmed(await tracker.update(made.ref, content(), made.written, ()))
    assert again.written["board"] == PAGE
    assert len(stage.issue(made.ref).remote_links) == 1
