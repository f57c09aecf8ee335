"""A release's own issue: people's, in any project. Told once and linked; edited with leave, never against them."""

from dataclasses import replace
from typing import Any

import pytest

from incidentd.model.ticket import Comment, Confirmed, Link, TicketContent, TicketRef, Uncertain
from incidentd.sandbox import faults
from incidentd.trackers.interface import TellsReleases
from tests.trackers.examples import content
from tests.trackers.jira.stage import JiraStage
from tests.trackers.stage import confirmed

LATE = Comment("late", "RELEASE LATE at 2026-11-01 12:00 UTC:\napi expires 2026-12-01.")
TOLD = replace(content(), labels=(), links=(Link("incident OPS-1 in queue", "https://queue.example/OPS-1"),))
EDITED = replace(TOLD, labels=("certificate-update",))


def theirs(stage: JiraStage, project: str = "OPS", **fields: Any) -> Any:
    """An issue that people made."""
    if project not in stage.world.projects:
        stage.world.add_project(project)
    made = {"summary": "Release R", **fields}
    return stage.world.create(stage.world.projects[project], "Task", made, stage.world.person())


async def tell(stage: JiraStage, named: str, what: TicketContent = TOLD) -> Any:
    """What came of telling it."""
    tracker = stage.tracker
    assert isinstance(tracker, TellsReleases)
    return await tracker.tell_release(TicketRef(named, named), what, [LATE])


@pytest.mark.parametrize(
    ("named", "ours"),
    [("OPS-7", True), ("A_B2-12", True), ("ops-7", False), ("#12", False), ("Q12", False), ("", False)],
)
def test_what_is_shaped_as_a_key_is_an_issue(stage: JiraStage, named: str, ours: bool) -> None:
    """Of any project."""
    assert isinstance(stage.tracker, TellsReleases)
    assert stage.tracker.holds(named) is ours


async def test_it_is_told_once_and_linked_once(stage: JiraStage) -> None:
    """A second run writes nothing but the link, which stands once by its globalId; fields stay as they are."""
    issue = theirs(stage, "REL", priority="Low")
    made = confirmed(await tell(stage, issue.key))
    assert (made.ref.id, made.ref.key, made.left_out) == (str(issue.id), issue.key, ())
    confirmed(await tell(stage, issue.key))
    assert len(stage.comments(made.ref)) == len(issue.remote_links) == 1
    assert issue.remote_links[0].document["object"]["url"] == "https://queue.example/OPS-1"
    assert (issue.labels, issue.fields["priority"], issue.fields.get("duedate")) == ((), "Low", None)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"priority": "Low"}, ("Medium", "due")),
        ({"priority": "Highest", "duedate": "2020-01-01"}, ("Highest", "2020-01-01")),
        ({"priority": "Low", "duedate": "2099-01-01"}, ("Medium", "due")),
    ],
)
async def test_with_labels_it_is_edited_for_the_sooner_only(
    stage: JiraStage, before: dict[str, str], after: tuple[str, str]
) -> None:
    """The label is added, the priority raised, the due date brought forward; a second run writes no edit."""
    issue = theirs(stage, labels=["theirs"], **before)
    confirmed(await tell(stage, issue.key, EDITED))
    due = EDITED.due_on.isoformat() if after[1] == "due" else after[1]
    assert issue.labels == ("theirs", "certificate-update")
    assert (issue.fields["priority"], issue.fields["duedate"]) == (after[0], due)
    edits = sum(entry.request.method == "PUT" for entry in stage.app.journal)
    confirmed(await tell(stage, issue.key, EDITED))
    assert sum(entry.request.method == "PUT" for entry in stage.app.journal) == edits


async def test_what_is_on_no_screen_there_is_left_out(stage: JiraStage) -> None:
    """The rest is written all the same."""
    issue = theirs(stage, priority="Low")
    stage.world.project.take_off_screen("duedate")
    made = confirmed(await tell(stage, issue.key, EDITED))
    assert "duedate" in made.left_out and issue.labels == ("certificate-update",)


async def test_an_issue_of_a_certificate_is_no_release_s(stage: JiraStage) -> None:
    """Whoever announces a release under its key: by its label or by its property, of whichever installation it is."""
    issue = stage.world.issue((await stage.opened()).ref.id)
    foreign = theirs(stage, labels=[f"incidentd-elsewhere-{'0' * 40}"])
    for one in (issue, foreign):
        before = (one.labels, one.fields.get("duedate"), len(one.comments))
        told = confirmed(await tell(stage, one.key, EDITED))
        assert "an incident's own" in told.left_out[0]
        assert (one.labels, one.fields.get("duedate"), len(one.comments), one.remote_links) == (*before, [])


async def test_an_issue_that_is_not_there_is_left_out(stage: JiraStage) -> None:
    """Once: it is people's, and worth no second attempt."""
    made = await tell(stage, "OPS-4711")
    assert isinstance(made, Confirmed) and "OPS-4711" in made.left_out[0]


async def test_a_link_that_is_refused_costs_nothing_else(stage: JiraStage) -> None:
    """Links may be off; what failed in passing is tried again, and nothing is said twice."""
    issue = theirs(stage)
    stage.app.faults.add(faults.answer(403), "POST", ".*/remotelink", times=None)
    assert confirmed(await tell(stage, issue.key)).left_out == ("the link to incident OPS-1 in queue",)
    stage.app.faults.clear()
    stage.app.faults.add(faults.unavailable(), "POST", ".*/remotelink", times=None)
    assert isinstance(await tell(stage, issue.key), Uncertain)
    stage.app.faults.clear()
    assert len(stage.comments(confirmed(await tell(stage, issue.key)).ref)) == 1
