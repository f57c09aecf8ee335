"""A 200 that says nothing, as a gateway gives it, is not done."""

import pytest

from incidentd.model.ticket import Confirmed, TicketStatus
from incidentd.sandbox import faults
from tests.trackers.examples import AGAIN, FIXED, STEP_UP, WORSE, content
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


async def test_an_account_that_shows_nulls_is_worked_with(stage: PagerDutyStage) -> None:
    """Any field may be null: told of its step, and closed with the other alert of its incident left alone."""
    stage.world.nulls = True
    stage.world.service.alert_grouping = True
    ours, other = await stage.opened(content("a" * 64)), await stage.opened(content("b" * 64))
    worse = confirmed(await stage.tracker.update(ours.ref, content("a" * 64, **WORSE), ours.written, (STEP_UP,)))
    confirmed(await stage.tracker.close(ours.ref, content("a" * 64).key, FIXED, worse.written))
    assert [alert.status for alert in stage.world.alerts] == ["resolved", "triggered"]
    assert len(stage.open_refs()) == 1
    confirmed(await stage.tracker.close(other.ref, content("b" * 64).key, AGAIN, other.written))
    [ticket] = await stage.tracker.read([other.ref])
    assert ticket.status is TicketStatus.CLOSED
