"""Opening an issue: one create call that carries everything, and what its answers mean."""

import pytest

from incidentd.model.ticket import Rejected, Retryable, Uncertain
from incidentd.sandbox import faults
from incidentd.trackers.jira.render import STANDING_IN
from tests.trackers.examples import WORSE, content
from tests.trackers.jira.stage import BASE_URL, ISSUE, JiraStage, ref_to
from tests.trackers.stage import confirmed


async def test_the_create_call_carries_everything(stage: JiraStage) -> None:
    """One write: label, property, summary, priority by position, due date."""
    made = await stage.opened()
    issue = stage.issue(made.ref)
    assert stage.writes() == 1
    assert issue.labels == ("incidentd", content().marker, *content().labels)
    assert issue.properties["incidentd"]["key"] == content().key
    assert issue.fields["summary"] == content().title
    assert (issue.fields["priority"], issue.fields["duedate"]) == ("Medium", "2026-11-27")
    assert made.ref == ref_to(issue)


async def test_the_create_screen_is_read_once(stage: JiraStage) -> None:
    """And again after ten minutes, or once something was refused."""
    await stage.opened(content("a" * 64))
    await stage.opened(content("b" * 64))
    asked = [entry for entry in stage.world.journal if "createmeta" in entry.request.path]
    assert len(asked) == 2
    stage.clock.pass_by(601)
    await stage.opened(content("c" * 64))
    assert len([entry for entry in stage.world.journal if "createmeta" in entry.request.path]) == 4


async def test_fields_that_the_screen_does_not_offer_are_left_out(stage: JiraStage) -> None:
    """No priority, no due date, no description: the ticket opens all the same, and updates go on."""
    for name in ("priority", "duedate", "description"):
        stage.world.project.take_off_screen(name)
    made = await stage.opened()
    assert set(made.written) == {"labels"}
    first = confirmed(await stage.tracker.update(made.ref, content(**WORSE), made.written, ()))
    before = stage.writes()
    confirmed(await stage.tracker.update(made.ref, content(**WORSE), first.written, ()))
    assert stage.writes() == before
    assert STANDING_IN in stage.comments(made.ref)[0]


async def test_a_required_field_is_given_from_the_settings(stage: JiraStage) -> None:
    """Rejected with Jira's own words without it; opened with it."""
    stage.world.project.add_field("customfield_10050", "Team", required=True)
    refused = await stage.tracker.open(content())
    assert isinstance(refused, Rejected)
    assert "Team is required" in refused.text
    tracker = stage.over(stage.transport, BASE_URL, fields={"customfield_10050": "sre", "labels": ["extra"]})
    made = confirmed(await tracker.open(content()))
    assert stage.issue(made.ref).fields["customfield_10050"] == "sre"
    assert "extra" in stage.issue(made.ref).labels


async def test_a_label_that_is_on_no_screen_is_rejected(stage: JiraStage) -> None:
    """Without its marker a ticket could never be found again: it is not opened."""
    stage.world.project.take_off_screen("labels")
    outcome = await stage.tracker.open(content())
    assert isinstance(outcome, Rejected)
    assert "labels" in outcome.text
    assert stage.refs() == []


async def test_a_permission_to_create_that_is_lost_is_waited_for(stage: JiraStage) -> None:
    """Jira says 400; it is a permission, not the ticket."""
    stage.world.revoke_permission("CREATE_ISSUES")
    assert isinstance(await stage.tracker.open(content()), Retryable)


@pytest.mark.parametrize("status", [500, 502, 503, 504])
async def test_a_gateways_error_on_a_create_is_uncertain(stage: JiraStage, status: int) -> None:
    """Whatever the number, it may hide a commit."""
    stage.world.faults.add(faults.answer_after_commit(status), "POST", ISSUE)
    assert isinstance(await stage.tracker.open(content()), Uncertain)
    assert len([entry for entry in stage.world.writes if entry.request.path == ISSUE]) == 1


async def test_a_create_whose_answer_is_cut_short_is_uncertain(stage: JiraStage) -> None:
    """201 without a readable id."""
    stage.world.faults.add(faults.truncated(5), "POST", ISSUE)
    assert isinstance(await stage.tracker.open(content()), Uncertain)


async def test_a_create_that_nobody_is_refused_is_waited_for(stage: JiraStage) -> None:
    """An anonymous caller is told that fields cannot be set; who asks afresh learns that it is nobody."""
    await stage.opened()
    refusal = '{"errors": {"summary": "Field \'summary\' cannot be set."}}'
    stage.world.faults.add(faults.answer(400, body=refusal), "POST", ISSUE, times=None)
    assert isinstance(await stage.tracker.open(content("b" * 64)), Rejected)
    stage.world.faults.add(faults.unauthorized(), "GET", "/rest/api/3/myself", times=None)
    assert isinstance(await stage.tracker.open(content("b" * 64)), Retryable)


@pytest.mark.parametrize("field", ["priority", "duedate", "description"])
async def test_a_field_that_the_create_refuses_is_left_out_the_next_time(stage: JiraStage, field: str) -> None:
    """The screen that is kept is older than the project: a ticket without a due date is better than none."""
    await stage.opened(content("b" * 64))
    stage.world.project.take_off_screen(field)
    assert isinstance(await stage.tracker.open(content()), Retryable)
    made = confirmed(await stage.tracker.open(content()))
    assert field not in made.written


async def test_a_field_that_the_screen_offers_and_the_create_refuses_stops_nothing(stage: JiraStage) -> None:
    """The description of the screen may lie."""
    refusal = '{"errors": {"duedate": "Field \'duedate\' cannot be set."}}'
    stage.world.faults.add(faults.answer(400, body=refusal), "POST", ISSUE)
    assert isinstance(await stage.tracker.open(content()), Retryable)
    assert set(confirmed(await stage.tracker.open(content())).written) == {"labels", "priority", "description"}


async def test_a_create_that_ran_out_of_time_is_uncertain(stage: JiraStage) -> None:
    """408 from a gateway: the site behind it may have been quicker."""
    stage.world.faults.add(faults.answer(408, commit=True), "POST", ISSUE)
    assert isinstance(await stage.tracker.open(content()), Uncertain)


async def test_a_name_beyond_the_basic_plane_fits_into_a_summary(stage: JiraStage) -> None:
    """Jira counts UTF-16 units: two hundred emoji are four hundred."""
    made = await stage.opened(content(title="\N{FIRE}" * 200))
    assert len(str(stage.issue(made.ref).fields["summary"]).encode("utf-16-le")) // 2 <= 254


async def test_what_jira_asked_to_wait_for_is_waited_for(stage: JiraStage) -> None:
    """After a 429 with a time, nothing is sent until then; it says how long that is."""
    stage.throttle_create(1847)
    assert isinstance(await stage.tracker.open(content()), Retryable)
    before = len(stage.world.journal)
    stage.clock.pass_by(1800)
    again = await stage.tracker.open(content())
    assert isinstance(again, Retryable)
    assert again.after_seconds == 47.0
    assert len(stage.world.journal) == before
    stage.clock.pass_by(47)
    await stage.opened()
