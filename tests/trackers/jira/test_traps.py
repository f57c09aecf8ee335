"""Jira Cloud's traps, each behind a switch of the sandbox: asked to wait, told little, told it otherwise."""

from datetime import timedelta
from typing import Any

import pytest

from incidentd.errors import TrackerError, TrackerFailure
from incidentd.model.ticket import Closer, Retryable, Uncertain
from incidentd.sandbox.jira import adf, limits
from incidentd.sandbox.jira.workflow import default_workflow
from incidentd.trackers.jira.reading import is_untouched
from incidentd.trackers.jira.render import STANDING_IN
from tests.trackers.examples import FIXED, STEP_UP, WORSE, content
from tests.trackers.jira.stage import BASE_URL, ISSUE, JiraStage
from tests.trackers.stage import confirmed

ASKS_OF_ALL = ("burst", "quota-global", "quota-tenant", "gateway")
WAIT_SECONDS = 1860
"""Half an hour and a minute: a gateway's time has no seconds."""


@pytest.mark.parametrize("kind", ASKS_OF_ALL)
async def test_every_429_is_waited_out_by_all_calls(stage: JiraStage, kind: str) -> None:
    """A create was not made; nothing is sent to the site until the time that it said, by header or by reset."""
    stage.world.switches()["limit"]({"kind": kind, "seconds": WAIT_SECONDS, "path": ISSUE})
    outcome = await stage.tracker.open(content())
    assert isinstance(outcome, Retryable)
    assert limits.REASONS.get(kind, "HTTP 429") in outcome.text
    before = len(stage.world.journal)
    stage.clock.pass_by(WAIT_SECONDS - 60)
    assert isinstance(await stage.tracker.open(content()), Retryable)
    with pytest.raises(TrackerError) as caught:
        await stage.tracker.find(content().key, content().marker)
    assert caught.value.kind is TrackerFailure.RATE_LIMITED
    assert len(stage.world.journal) == before
    stage.clock.pass_by(60)
    await stage.opened()
    assert len(stage.refs()) == 1


async def test_no_429_silences_us_for_longer_than_an_hour(stage: JiraStage) -> None:
    """Retry-After can be up to an hour; what is beyond it is nonsense."""
    stage.world.switches()["limit"]({"kind": "quota-global", "seconds": 9_999_999, "path": ISSUE})
    assert isinstance(await stage.tracker.open(content()), Retryable)
    stage.clock.pass_by(3600)
    await stage.opened()


async def test_a_429_of_one_issue_holds_back_no_other(stage: JiraStage) -> None:
    """`jira-per-issue-on-write`: that issue waits for its time, the others go on."""
    made, other = await stage.opened(content("a" * 64)), await stage.opened(content("b" * 64))
    stage.world.switches()["limit"]({"kind": "per-issue", "seconds": 30, "path": f"{ISSUE}/{made.ref.id}/comment"})
    outcome = await stage.tracker.comment(made.ref, (STEP_UP,))
    assert isinstance(outcome, Retryable)
    assert outcome.after_seconds == 30.0
    confirmed(await stage.tracker.comment(other.ref, (STEP_UP,)))


async def test_a_503_that_says_when_is_waited_out(stage: JiraStage) -> None:
    """A create may have been made behind it, so it is looked for, once the time has come."""
    stage.world.switches()["limit"]({"kind": "unavailable", "seconds": 90, "path": ISSUE})
    assert isinstance(await stage.tracker.open(content()), Uncertain)
    before = len(stage.world.journal)
    stage.clock.pass_by(89)
    with pytest.raises(TrackerError):
        await stage.tracker.find(content().key, content().marker)
    assert len(stage.world.journal) == before
    stage.clock.pass_by(1)
    assert await stage.tracker.find(content().key, content().marker) == ()


async def test_a_captcha_is_said_with_what_to_do(stage: JiraStage) -> None:
    """Good credentials are not believed until a person has logged in: nothing is missing, nothing is rejected."""
    made = await stage.opened()
    stage.world.captcha = True
    with pytest.raises(TrackerError) as caught:
        await stage.tracker.read([made.ref])
    assert caught.value.kind is TrackerFailure.FORBIDDEN
    assert "answer the CAPTCHA" in str(caught.value)
    assert isinstance(await stage.tracker.open(content("b" * 64)), Retryable)
    stage.world.captcha = False
    await stage.opened(content("b" * 64))


async def test_an_issue_that_takes_no_more_comments_goes_on_without(stage: JiraStage) -> None:
    """413: fields are written, it is closed, and that something could not be said is told."""
    made = await stage.opened()
    stage.world.desks.most_comments = 0
    worse = confirmed(await stage.tracker.update(made.ref, content(**WORSE), made.written, (STEP_UP,)))
    assert worse.left_out == ("a comment: the issue holds as many as it may",)
    assert "sev-critical" in stage.issue(made.ref).labels
    assert confirmed(await stage.tracker.comment(made.ref, (STEP_UP,))).left_out == worse.left_out
    assert isinstance(await stage.tracker.close(made.ref, content().key, FIXED), Retryable)
    assert stage.open_refs() == []
    confirmed(await stage.tracker.close(made.ref, content().key, FIXED))


@pytest.mark.parametrize("hours", [-3.0, 5.75])
async def test_times_are_read_in_whatever_zone_they_are_written(stage: JiraStage, hours: float) -> None:
    """`2026-09-25T22:42:39.399-0300`: the account's zone, without a colon."""
    stage.world.switches()["zone_hours"](hours)
    made = await stage.opened()
    stage.clock.pass_by(3600)
    stage.person_closes(made.ref)
    [ticket] = await stage.tracker.read([made.ref])
    assert (ticket.closed_by, ticket.closed_at) == (Closer.PERSON, stage.clock.now())
    assert ticket.created_at == stage.clock.now() - timedelta(hours=1)


async def test_priorities_are_those_of_the_projects_scheme(stage: JiraStage) -> None:
    """Two are enough: the middle one of few is the lower, and critical the first."""
    stage.world.project.priorities = ("High", "Low")
    made = await stage.opened()
    assert stage.issue(made.ref).fields["priority"] == "Low"
    confirmed(await stage.tracker.update(made.ref, content(**WORSE), made.written, ()))
    assert stage.issue(made.ref).fields["priority"] == "High"


async def test_a_moved_issue_keeps_the_priority_that_its_new_scheme_knows(stage: JiraStage) -> None:
    """The other project has no Highest: the rest of the update is written, and that is said."""
    made = await stage.opened()
    stage.world.add_project("SEC").priorities = ("Medium", "Low")
    stage.world.person_moves(made.ref.id, "SEC")
    worse = confirmed(await stage.tracker.update(made.ref, content(**WORSE), made.written, ()))
    assert worse.left_out == ("priority",)
    assert stage.issue(made.ref).fields["priority"] == "Medium"
    assert "sev-critical" in stage.issue(made.ref).labels


async def test_a_lost_permission_to_move_issues_is_said(stage: JiraStage) -> None:
    """Jira lists no transitions then, as if there were none: it is tried again once the permission is back."""
    made = await stage.opened()
    stage.world.revoke_permission("TRANSITION_ISSUES")
    outcome = await stage.tracker.close(made.ref, content().key, FIXED)
    assert isinstance(outcome, Retryable)
    assert "no transition that this account can take" in outcome.text
    stage.world.restore()
    confirmed(await stage.tracker.close(made.ref, content().key, FIXED))


async def test_a_project_without_resolutions_on_any_screen_is_closed_by_its_category(stage: JiraStage) -> None:
    """As team-managed projects are: no resolution is sent where no screen has one."""
    stage.world.project.workflow = default_workflow(resolution="none").renamed({"Done": "完了"})
    made = await stage.opened()
    confirmed(await stage.tracker.close(made.ref, content().key, FIXED))
    assert stage.open_refs() == []
    assert all(b"resolution" not in entry.request.body for entry in stage.world.writes)


async def test_labels_and_settings_of_others_stay(stage: JiraStage) -> None:
    """A person's labels beside ours, in the middle of an update: added and removed one by one."""
    made = await stage.opened()
    stage.world.person_labels(made.ref.id, "team-blue")
    stage.world.person_removes_label(made.ref.id, "cert-expiry")
    confirmed(await stage.tracker.update(made.ref, content(**WORSE), made.written, ()))
    labels = stage.issue(made.ref).labels
    assert "team-blue" in labels
    assert "cert-expiry" not in labels
    assert {"sev-critical", content().marker} <= set(labels)
    assert "sev-warning" not in labels


async def test_the_comments_are_internal_in_every_project(stage: JiraStage) -> None:
    """`sd.public.comment`: in a service project no customer ever reads one."""
    made = await stage.opened()
    stage.world.person_edits(made.ref.id, "description", None)
    confirmed(await stage.tracker.update(made.ref, content(**WORSE), made.written, (STEP_UP,)))
    confirmed(await stage.tracker.close(made.ref, content().key, FIXED))
    comments = stage.issue(made.ref).comments
    assert len(comments) == 3
    assert not any(comment.public for comment in comments)


async def test_a_wrong_host_for_a_scoped_token_is_said_with_the_right_one(stage: JiraStage) -> None:
    """Such a token is nobody at the site's own address: 401, with the base URL that it needs."""
    tracker = stage.over(stage.transport, BASE_URL, api_token=lambda: "scoped-elsewhere")
    outcome = await tracker.open(content())
    assert isinstance(outcome, Retryable)
    assert "https://api.atlassian.com/ex/jira/<cloudId>" in outcome.text


async def test_a_description_that_jira_stores_otherwise_is_still_ours(stage: JiraStage) -> None:
    """A field with another renderer gives back one paragraph: the changelog knows that nobody edited it."""
    stage.world.switches()["renders_plainly"](True)
    made = await stage.opened()
    worse = confirmed(await stage.tracker.update(made.ref, content(**WORSE), made.written, ()))
    assert WORSE["headline"] in adf.plain(stage.issue(made.ref).fields["description"])
    before = stage.writes()
    confirmed(await stage.tracker.update(made.ref, content(**WORSE), worse.written, ()))
    assert stage.writes() == before
    assert stage.comments(made.ref) == []


async def test_a_persons_words_in_such_a_description_are_left_alone(stage: JiraStage) -> None:
    """The last one to change it was not us: our own comment says the facts instead, also after a machine's edit."""
    stage.world.switches()["renders_plainly"](True)
    made = await stage.opened()
    note = {"type": "doc", "version": 1, "content": [{"type": "paragraph", "content": [{"type": "text", "text": "x"}]}]}
    stage.clock.pass_by(60)
    stage.world.person_edits(made.ref.id, "description", note, account="app-1")
    confirmed(await stage.tracker.update(made.ref, content(**WORSE), made.written, ()))
    assert stage.issue(made.ref).fields["description"] == note
    [comment] = stage.comments(made.ref)
    assert comment.startswith(STANDING_IN)


@pytest.mark.parametrize(
    ("total", "histories", "untouched"),
    [
        (0, [], True),
        (3, [], False),
        (1, [{"author": {"accountId": "bot"}, "items": [{"field": "labels"}]}], True),
        (9, [{"author": {"accountId": "bot"}, "items": [{"field": "description"}]}], True),
        (9, [{"author": {"accountId": "ann"}, "items": [{"field": "description"}]}], False),
        (None, None, False),
    ],
)
def test_only_a_changelog_that_tells_proves_that_nobody_edited(
    total: int | None, histories: list[Any] | None, untouched: bool
) -> None:
    """One that was cut short, or is not there, proves nothing: when it cannot be told, it was a person."""
    issue = {"changelog": {"total": total, "histories": histories}}
    assert is_untouched(issue, "description", "bot") is untouched
