"""Updating an issue: what is still ours follows, what people changed stays, everything is said once."""

from dataclasses import replace

from incidentd.model.assessment import Severity
from incidentd.model.ticket import Comment, Retryable
from incidentd.sandbox import faults
from incidentd.sandbox.jira import adf
from incidentd.trackers.jira.render import STANDING_IN
from tests.trackers.examples import FIXED, STEP_UP, WORSE, content
from tests.trackers.jira.stage import ISSUE, JiraStage
from tests.trackers.stage import confirmed

NOTE = {"type": "doc", "version": 1, "content": [{"type": "paragraph", "content": [{"type": "text", "text": "mine"}]}]}


async def test_what_people_changed_stays(stage: JiraStage) -> None:
    """Summary, priority, due date, labels taken away: none comes back; what is new is added."""
    made = await stage.opened()
    stage.world.person_edits(made.ref.id, "summary", "mine")
    stage.world.person_edits(made.ref.id, "priority", {"name": "Low"})
    stage.world.person_edits(made.ref.id, "duedate", "2027-01-01")
    stage.world.person_removes_label(made.ref.id, "env-prod")
    stage.world.person_labels(made.ref.id, "mine")
    confirmed(await stage.tracker.update(made.ref, content(**WORSE), made.written, ()))
    issue = stage.issue(made.ref)
    assert (issue.fields["summary"], issue.fields["priority"], issue.fields["duedate"]) == ("mine", "Low", "2027-01-01")
    assert set(issue.labels) == {"incidentd", content().marker, "cert-expiry", "sev-critical", "mine"}


async def test_the_marker_is_put_back(stage: JiraStage) -> None:
    """Without it the ticket could not be found again."""
    made = await stage.opened()
    stage.world.person_removes_label(made.ref.id, content().marker)
    confirmed(await stage.tracker.update(made.ref, content(), made.written, ()))
    assert content().marker in stage.issue(made.ref).labels


async def test_the_property_is_put_back(stage: JiraStage) -> None:
    """By label and property together it is found again; somebody who may edit it may take either away."""
    made = await stage.opened()
    [before] = await stage.tracker.read([made.ref])
    issue = stage.issue(made.ref)
    issue.content = replace(issue.content, properties={})
    [bare] = await stage.tracker.read([made.ref])
    assert (before.marker, bare.marker) == (content().marker, "")
    confirmed(await stage.tracker.update(made.ref, content(), made.written, ()))
    [after] = await stage.tracker.read([made.ref])
    found = await stage.tracker.find(content().key, content().marker)
    assert (after.marker, [ticket.ref for ticket in found]) == (content().marker, [made.ref])


async def test_priority_is_only_raised(stage: JiraStage) -> None:
    """It climbs with the severity and does not come down."""
    made = await stage.opened()
    worse = confirmed(await stage.tracker.update(made.ref, content(**WORSE), made.written, ()))
    assert stage.issue(made.ref).fields["priority"] == "Highest"
    confirmed(await stage.tracker.update(made.ref, content(severity=Severity.WARNING), worse.written, ()))
    assert stage.issue(made.ref).fields["priority"] == "Highest"


async def test_a_description_of_ours_is_rewritten_in_one_write(stage: JiraStage) -> None:
    """Level-triggered: fields, labels and property in one call."""
    made = await stage.opened()
    before = stage.writes()
    confirmed(await stage.tracker.update(made.ref, content(**WORSE), made.written, ()))
    assert stage.writes() == before + 1
    assert WORSE["headline"] in adf.plain(stage.issue(made.ref).fields["description"])


async def test_an_edited_description_is_left_alone_and_one_comment_stays_true(stage: JiraStage) -> None:
    """The comment is rewritten in its place; ticking a task is an edit too."""
    made = await stage.opened()
    stage.world.person_edits(made.ref.id, "description", NOTE)
    first = confirmed(await stage.tracker.update(made.ref, content(impact="first impact"), made.written, ()))
    second = confirmed(await stage.tracker.update(made.ref, content(impact="second impact"), first.written, ()))
    before = stage.writes()
    confirmed(await stage.tracker.update(made.ref, content(impact="second impact"), second.written, ()))
    assert stage.writes() == before
    assert stage.issue(made.ref).fields["description"] == NOTE
    [comment] = stage.comments(made.ref)
    assert comment.startswith(STANDING_IN)
    assert "second impact" in comment
    assert "first impact" not in comment


async def test_a_ledger_restored_from_yesterday_insults_nobody(stage: JiraStage) -> None:
    """What we wrote last stands in the issue's property too: the description is still known as ours."""
    made = await stage.opened()
    confirmed(await stage.tracker.update(made.ref, content(**WORSE), made.written, ()))
    for stale in (made.written, {}):
        confirmed(await stage.tracker.update(made.ref, content(impact=f"{len(stale)} known"), stale, ()))
    assert stage.comments(made.ref) == []
    assert "0 known" in adf.plain(stage.issue(made.ref).fields["description"])


async def test_of_what_stands_in_the_property_only_text_is_remembered(stage: JiraStage) -> None:
    """Whoever may edit the issue may write anything there; in the ledger it would be a row that nobody can read."""
    made = await stage.opened()
    issue = stage.issue(made.ref)
    ours = issue.properties["incidentd"]
    strange = {**ours["written"], "priority": 3, "duedate": None, "mine": {"a": 1}, "more": ["b"], "share": 0.5}
    stage.world.set_property(issue, "incidentd", {**ours, "written": strange})
    outcome = confirmed(await stage.tracker.update(made.ref, content(**WORSE), {}, ()))
    assert {type(text) for text in outcome.written.values()} == {str}
    assert outcome.written.keys() >= {"description", "labels"}
    assert stage.comments(made.ref) == [], "what is text there is still known as ours"


async def test_a_ledger_restored_from_yesterday_takes_no_label_for_one_that_a_person_took_away(
    stage: JiraStage,
) -> None:
    """We replaced it ourselves since: an issue always says how severe it is."""
    made = await stage.opened()
    confirmed(await stage.tracker.update(made.ref, content(**WORSE), made.written, ()))
    confirmed(await stage.tracker.update(made.ref, content(), made.written, ()))
    assert [label for label in stage.issue(made.ref).labels if label.startswith("sev-")] == ["sev-warning"]


async def test_a_field_that_left_the_screen_does_not_keep_back_the_others(stage: JiraStage) -> None:
    """The edit is made again without it."""
    made = await stage.opened()
    stage.world.project.take_off_screen("priority")
    outcome = confirmed(await stage.tracker.update(made.ref, content(**WORSE), made.written, ()))
    assert "sev-critical" in stage.issue(made.ref).labels
    assert stage.issue(made.ref).fields["priority"] == "Medium"
    before = stage.writes()
    confirmed(await stage.tracker.update(made.ref, content(**WORSE), outcome.written, ()))
    assert stage.writes() == before


async def test_comments_are_internal_and_said_once_among_many(stage: JiraStage) -> None:
    """A hundred and fifty comments of people, one with our very words, hide nothing."""
    made = await stage.opened()
    confirmed(await stage.tracker.comment(made.ref, (STEP_UP,)))
    for number in range(150):
        stage.world.person_comments(made.ref.id, f"{number}")
    stage.world.person_comments(made.ref.id, FIXED.text)
    confirmed(await stage.tracker.comment(made.ref, (STEP_UP, FIXED, Comment("empty", "  "))))
    ours = [one for one in stage.issue(made.ref).comments if one.author == stage.world.bot]
    assert [adf.plain(one.body) for one in ours] == [STEP_UP.text, FIXED.text]
    assert not any(one.public for one in ours)


async def test_too_many_writes_to_one_issue_are_waited_out(stage: JiraStage) -> None:
    """Jira's own limit for one issue, with its own Retry-After."""
    made = await stage.opened()
    for number in range(20):
        confirmed(await stage.tracker.comment(made.ref, (Comment(str(number), f"text {number}"),)))
    outcome = await stage.tracker.comment(made.ref, (STEP_UP,))
    assert isinstance(outcome, Retryable)
    assert outcome.after_seconds == 2.0


async def test_a_conflicting_edit_is_tried_again(stage: JiraStage) -> None:
    """409: certainly not done."""
    made = await stage.opened()
    stage.world.faults.add(faults.answer(409), "PUT", f"{ISSUE}/.*")
    outcome = await stage.tracker.update(made.ref, content(**WORSE), made.written, (STEP_UP,))
    assert isinstance(outcome, Retryable)
    assert stage.comments(made.ref) == []


async def test_two_comments_are_one_write_and_each_is_said_once(stage: JiraStage) -> None:
    """A step up and a new stage in one pass; said again later, alone or in other company, neither is repeated."""
    made = await stage.opened()
    stage_entered = Comment("stage:mismatch", "MISMATCH: another certificate is served.\nSee the table.")
    before = stage.writes()
    first = confirmed(await stage.tracker.update(made.ref, content(**WORSE), made.written, (STEP_UP, stage_entered)))
    assert stage.writes() - before == 2
    again = (stage_entered, STEP_UP)
    confirmed(await stage.tracker.update(made.ref, content(**WORSE), first.written, again))
    confirmed(await stage.tracker.comment(made.ref, (STEP_UP,)))
    assert stage.writes() - before == 2
    [said] = stage.comments(made.ref)
    assert STEP_UP.text in said
    assert all(line in said for line in stage_entered.text.splitlines())


async def test_comments_that_do_not_fit_together_are_said_apart(stage: JiraStage) -> None:
    """None is cut for the sake of another."""
    made = await stage.opened()
    two = (Comment("a", "a" * 2_000), Comment("b", "b" * 2_000))
    for _ in range(2):
        confirmed(await stage.tracker.comment(made.ref, two))
    assert stage.comments(made.ref) == [one.text for one in two]
