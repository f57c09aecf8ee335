"""A 200 that says nothing, as a gateway gives it, is not done."""

import pytest

from incidentd.model.ticket import Confirmed
from incidentd.sandbox import faults
from tests.trackers.examples import STEP_UP
from tests.trackers.pagerduty.stage import PagerDutyStage
from tests.trackers.stage import confirmed


@pytest.mark.parametrize("body", ["{}", "[]", "null"])
async def test_a_note_that_the_answer_does_not_name_is_said_again(stage: PagerDutyStage, body: str) -> None:
    """And only once where it was said after all."""
    made = await stage.opened()
    stage.world.faults.add(faults.answer(200, body=body), "POST", ".*/notes")
    stage.world.faults.add(faults.answer(200, body=body, commit=True), "POST", ".*/notes", nth=2)
    for _ in range(2):
        assert not isinstance(await stage.tracker.comment(made.ref, (STEP_UP,)), Confirmed)
    confirmed(await stage.tracker.comment(made.ref, (STEP_UP,)))
    assert stage.comments(made.ref) == [STEP_UP.text]
