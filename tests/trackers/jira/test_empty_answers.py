"""A 200 that says nothing, as a gateway gives it, is neither done nor "there is none"."""

import pytest

from incidentd.model.ticket import Confirmed
from incidentd.sandbox import faults
from tests.trackers.examples import AGAIN, FIXED, STEP_UP, content
from tests.trackers.jira.stage import ISSUE, JiraStage
from tests.trackers.stage import confirmed, ids

EMPTY = pytest.mark.parametrize("body", ["{}", "[]", "null"])


@EMPTY
async def test_an_answer_without_transitions_does_not_say_that_none_leads_back(stage: JiraStage, body: str) -> None:
    """The closed issue is moved back once it is asked again; no other one takes its place."""
    made = await stage.opened()
    confirmed(await stage.tracker.close(made.ref, content().key, FIXED))
    stage.world.faults.add(faults.answer(200, body=body), "GET", f"{ISSUE}/.*/transitions")
    assert not isinstance(await stage.tracker.reopen(made.ref, content(), made.written, (AGAIN,)), Confirmed)
    back = confirmed(await stage.tracker.reopen(made.ref, content(), made.written, (AGAIN,)))
    assert ids(stage.refs()) == [back.ref.id] == [made.ref.id]


@EMPTY
async def test_a_comment_that_the_answer_does_not_name_is_said_again(stage: JiraStage, body: str) -> None:
    """And only once where it was said after all."""
    made = await stage.opened()
    stage.world.faults.add(faults.answer(200, body=body), "POST", f"{ISSUE}/.*/comment")
    stage.world.faults.add(faults.answer(200, body=body, commit=True), "POST", f"{ISSUE}/.*/comment", nth=2)
    for _ in range(2):
        assert not isinstance(await stage.tracker.comment(made.ref, (STEP_UP,)), Confirmed)
    confirmed(await stage.tracker.comment(made.ref, (STEP_UP,)))
    assert stage.comments(made.ref) == [STEP_UP.text]
