"""Closing an issue: a transition into done, whatever the workflow is like, believed when it is read."""

import pytest

from incidentd.model.ticket import Retryable
from incidentd.sandbox import faults
from incidentd.sandbox.jira.workflow import Transition, default_workflow
from tests.trackers.examples import FIXED, content
from tests.trackers.jira.stage import BASE_URL, JiraStage
from tests.trackers.stage import confirmed


@pytest.mark.parametrize("resolution", ["none", "optional", "required"])
async def test_a_closing_fills_what_its_screen_asks_for(stage: JiraStage, resolution: str) -> None:
    """A resolution that says fixed, where there is one; names may be in any language."""
    names = {"Done": "Erledigt", "To Do": "Offen", "In Progress": "In Arbeit"}
    stage.world.project.workflow = default_workflow(resolution=resolution).renamed(names)
    made = await stage.opened()
    confirmed(await stage.tracker.close(made.ref, content().key, FIXED))
    assert stage.open_refs() == []
    assert stage.issue(made.ref).fields["resolution"] == "Done"


async def test_a_closing_waits_for_a_workflow_that_allows_it(stage: JiraStage) -> None:
    """No transition, or one that requires what nobody knows: said, and closed once it can be."""
    made = await stage.opened()
    workflow = stage.world.project.workflow
    stage.world.project.workflow = workflow.hiding("Done")
    outcome = await stage.tracker.close(made.ref, content().key, FIXED)
    assert isinstance(outcome, Retryable)
    assert "transition" in outcome.text
    stage.world.project.add_field("customfield_10060", "Root cause")
    asking = Transition("31", "Done", "10001", (), ("customfield_10060",), ("customfield_10060",))
    stage.world.project.workflow = type(workflow)(workflow.statuses, (asking,))
    assert isinstance(await stage.tracker.close(made.ref, content().key, FIXED), Retryable)
    told = stage.over(stage.transport, BASE_URL, fields={"customfield_10060": "expiry"})
    confirmed(await told.close(made.ref, content().key, FIXED))
    assert stage.comments(made.ref) == [FIXED.text]


async def test_a_conflict_on_closing_is_tried_again(stage: JiraStage) -> None:
    """409: somebody else was quicker; the note is not said twice."""
    made = await stage.opened()
    stage.world.desks.conflicts = 1
    assert isinstance(await stage.tracker.close(made.ref, content().key, FIXED), Retryable)
    confirmed(await stage.tracker.close(made.ref, content().key, FIXED))
    assert stage.comments(made.ref) == [FIXED.text]


async def test_a_closing_whose_answer_was_lost_is_confirmed_by_reading(stage: JiraStage) -> None:
    """The status is what counts, not the answer."""
    made = await stage.opened()
    stage.world.faults.add(faults.lost_answer(), "POST", ".*/transitions")
    confirmed(await stage.tracker.close(made.ref, content().key, FIXED))
    assert stage.open_refs() == []


async def test_a_transition_that_was_refused_changes_nothing_and_waits(stage: JiraStage) -> None:
    """400: workflows change under our hands; the note stays said once."""
    made = await stage.opened()
    stage.world.faults.add(faults.answer(400, body='{"errorMessages": ["no"]}'), "POST", ".*/transitions")
    assert isinstance(await stage.tracker.close(made.ref, content().key, FIXED), Retryable)
    confirmed(await stage.tracker.close(made.ref, content().key, FIXED))
    assert stage.comments(made.ref) == [FIXED.text]


@pytest.mark.parametrize("permitted", [True, False], ids=["too many comments", "no permission"])
async def test_a_note_that_is_refused_does_not_keep_an_issue_open(stage: JiraStage, permitted: bool) -> None:
    """It is closed all the same; what is wrong is said once."""
    made = await stage.opened()
    if permitted:
        stage.world.faults.add(faults.answer(413), "POST", ".*/comment", times=None)
    else:
        stage.world.revoke_permission("ADD_COMMENTS")
    assert isinstance(await stage.tracker.close(made.ref, content().key, FIXED), Retryable)
    assert stage.open_refs() == []
    confirmed(await stage.tracker.close(made.ref, content().key, FIXED))
