"""Reopening: the same issue moved back, or exactly one new one in its place."""

from datetime import date, timedelta

import pytest

from incidentd.model.ticket import Retryable, TicketStatus, Uncertain
from incidentd.sandbox import faults
from incidentd.sandbox.jira.workflow import default_workflow
from tests.trackers.examples import AGAIN, FIXED, content
from tests.trackers.jira.stage import ISSUE, JiraStage, closed_for_good
from tests.trackers.stage import confirmed, ids


async def test_the_same_issue_is_reopened(stage: JiraStage) -> None:
    """Moved back, with its resolution gone."""
    made = await stage.opened()
    confirmed(await stage.tracker.close(made.ref, content().key, FIXED))
    back = confirmed(await stage.tracker.reopen(made.ref, content(), made.written, (AGAIN,)))
    assert back.ref == made.ref
    assert stage.issue(made.ref).fields["resolution"] is None
    assert stage.comments(made.ref) == [FIXED.text, AGAIN.text]


async def test_a_resolution_that_cannot_be_cleared_does_not_keep_it_closed(stage: JiraStage) -> None:
    """Open is a matter of the status; the screen does not offer the resolution."""
    workflow = default_workflow()
    stage.world.project.workflow = type(workflow)(workflow.statuses, workflow.transitions, clears_resolution=False)
    made = await stage.opened()
    confirmed(await stage.tracker.close(made.ref, content().key, FIXED))
    confirmed(await stage.tracker.reopen(made.ref, content(), made.written, ()))
    assert ids(stage.open_refs()) == [made.ref.id]


async def test_without_a_way_back_a_linked_issue_takes_its_place(stage: JiraStage) -> None:
    """One, however often it is asked for."""
    old = await closed_for_good(stage)
    back = confirmed(await stage.tracker.reopen(old, content(), {}, (AGAIN,)))
    again = confirmed(await stage.tracker.reopen(old, content(), back.written, (AGAIN,)))
    assert back.ref == again.ref != old
    assert ids(stage.open_refs()) == [back.ref.id]
    [link] = stage.world.links
    assert {str(link.inward), str(link.outward)} == {old.id, back.ref.id}
    assert stage.comments(back.ref) == [AGAIN.text]


@pytest.mark.parametrize("fault", [faults.lost_answer(), faults.lost_request()], ids=["made", "not made"])
async def test_a_successor_is_made_once_though_its_answer_was_lost(stage: JiraStage, fault: faults.Fault) -> None:
    """The claim on the old issue holds a second create back until the index has had time enough, twice."""
    stage.world.index_lag = timedelta(minutes=5)
    old = await closed_for_good(stage)
    stage.world.faults.add(fault, "POST", ISSUE)
    assert isinstance(await stage.tracker.reopen(old, content(), {}, ()), Uncertain)
    for passed in (0, 60, 120):
        waiting = await stage.tracker.reopen(old, content(), {}, ())
        assert isinstance(waiting, Retryable)
        assert waiting.after_seconds == 600 - passed
        stage.clock.pass_by(60)
    stage.clock.pass_by(600 - 180)
    back = confirmed(await stage.tracker.reopen(old, content(), {}, ()))
    assert ids(stage.open_refs()) == [back.ref.id]


async def test_a_comment_that_fails_does_not_lose_the_new_issue(stage: JiraStage) -> None:
    """Its id is what keeps a second one from being made while the index lags."""
    stage.world.index_lag = timedelta(minutes=5)
    old = await closed_for_good(stage)
    stage.world.faults.add(faults.answer(500), "POST", r"/rest/api/3/issue/[0-9]+/comment", times=None)
    back = confirmed(await stage.tracker.reopen(old, content(), {}, (AGAIN,)))
    assert ids(stage.open_refs()) == [back.ref.id]


async def test_a_due_date_of_ours_follows_and_links_that_are_off_stop_nothing(stage: JiraStage) -> None:
    """What we wrote ourselves is corrected; a convenience that fails is no failure."""
    old = await closed_for_good(stage)
    stage.world.faults.add(faults.answer(404), "POST", "/rest/api/3/issueLink")
    back = confirmed(await stage.tracker.reopen(old, content(), {}, ()))
    confirmed(await stage.tracker.update(back.ref, content(due_on=date(2026, 12, 1)), back.written, ()))
    assert stage.issue(back.ref).fields["duedate"] == "2026-12-01"


async def test_a_deleted_issue_is_missing_and_reopens_as_a_new_one(stage: JiraStage) -> None:
    """While the project can be seen, it is believed to be gone."""
    made = await stage.opened()
    stage.world.delete(made.ref.id)
    [ticket] = await stage.tracker.read([made.ref])
    assert ticket.status is TicketStatus.MISSING
    back = confirmed(await stage.tracker.reopen(made.ref, content(), made.written, (AGAIN,)))
    assert ids(stage.open_refs()) == [back.ref.id]
    again = confirmed(await stage.tracker.reopen(made.ref, content(), made.written, (AGAIN,)))
    assert again.ref == back.ref
    assert stage.comments(back.ref) == [AGAIN.text]


async def test_a_reopening_that_cannot_see_the_issue_makes_no_new_one(stage: JiraStage) -> None:
    """The right to browse is lost, the right to create is not: a 404 is no deletion."""
    made = await stage.opened()
    stage.hide()
    assert isinstance(await stage.tracker.reopen(made.ref, content(), made.written, ()), Retryable)
    assert len(stage.refs()) == 1


async def test_a_404_on_the_way_back_opens_no_new_issue(stage: JiraStage) -> None:
    """The issue was read a moment ago: what is not found is something else."""
    made = await stage.opened()
    confirmed(await stage.tracker.close(made.ref, content().key, FIXED))
    stage.world.faults.add(faults.answer(404), "POST", ".*/transitions")
    assert isinstance(await stage.tracker.reopen(made.ref, content(), made.written, (AGAIN,)), Retryable)
    assert len(stage.refs()) == 1
    back = confirmed(await stage.tracker.reopen(made.ref, content(), made.written, (AGAIN,)))
    assert back.ref == made.ref


@pytest.mark.parametrize("closed", [True, False], ids=["closed", "open"])
async def test_one_404_that_is_not_true_makes_no_second_issue(stage: JiraStage, closed: bool) -> None:
    """Found by its marker it is no deleted issue: the next attempt reads it again, and takes the same one."""
    made = await stage.opened()
    if closed:
        confirmed(await stage.tracker.close(made.ref, content().key, FIXED))
    stage.world.faults.add(faults.answer(404), "GET", f"{ISSUE}/{made.ref.id}")
    assert isinstance(await stage.tracker.reopen(made.ref, content(), made.written, (AGAIN,)), Retryable)
    assert len(stage.refs()) == 1
    back = confirmed(await stage.tracker.reopen(made.ref, content(), made.written, (AGAIN,)))
    assert ids(stage.open_refs()) == [back.ref.id] == [made.ref.id]


async def test_a_resolution_is_cleared_though_the_first_attempt_broke_off(stage: JiraStage) -> None:
    """Opened again, then cut: the second attempt finds it open, and with a resolution still."""
    workflow = default_workflow()
    stage.world.project.workflow = type(workflow)(workflow.statuses, workflow.transitions, clears_resolution=False)
    made = await stage.opened()
    confirmed(await stage.tracker.close(made.ref, content().key, FIXED))
    stage.world.project.add_field("resolution", "Resolution")
    stage.world.faults.add(faults.lost_request(), "PUT", f"{ISSUE}/.*")
    assert isinstance(await stage.tracker.reopen(made.ref, content(), made.written, ()), Uncertain)
    confirmed(await stage.tracker.reopen(made.ref, content(), made.written, ()))
    assert stage.issue(made.ref).fields["resolution"] is None


async def test_a_successor_that_was_deleted_gets_one_successor(stage: JiraStage) -> None:
    """The claim on the old issue names an issue that is gone: another one is made, once, though its answer is lost."""
    stage.world.index_lag = timedelta(minutes=5)
    old = await closed_for_good(stage)
    first = confirmed(await stage.tracker.reopen(old, content(), {}, ()))
    stage.world.delete(first.ref.id)
    stage.clock.pass_by(3600)
    stage.lose_answer_of_create()
    assert isinstance(await stage.tracker.reopen(old, content(), {}, ()), Uncertain)
    assert isinstance(await stage.tracker.reopen(old, content(), {}, ()), Retryable)
    stage.clock.pass_by(600)
    confirmed(await stage.tracker.reopen(old, content(), {}, ()))
    assert len(stage.open_refs()) == 1


async def test_what_was_deleted_comes_back_once_though_its_answer_was_lost(stage: JiraStage) -> None:
    """There is no old issue to write a claim on: this process remembers that it may have made one."""
    stage.world.index_lag = timedelta(minutes=5)
    made = await stage.opened()
    stage.world.delete(made.ref.id)
    stage.clock.pass_by(3600)
    stage.lose_answer_of_create()
    assert isinstance(await stage.tracker.reopen(made.ref, content(), made.written, ()), Uncertain)
    waiting = await stage.tracker.reopen(made.ref, content(), made.written, ())
    assert isinstance(waiting, Retryable)
    assert waiting.after_seconds == 600.0
    stage.clock.pass_by(600)
    confirmed(await stage.tracker.reopen(made.ref, content(), made.written, ()))
    assert len(stage.open_refs()) == 1
