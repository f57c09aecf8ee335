"""Finding and reading issues: which are ours, where they went, and who closed them."""

from datetime import timedelta

import pytest

from incidentd.errors import TrackerError, TrackerFailure
from incidentd.model.ticket import Closer, Retryable, TicketStatus, Uncertain
from incidentd.sandbox import faults
from tests.trackers.examples import FIXED, content
from tests.trackers.jira.stage import BASE_URL, ISSUE, JiraStage
from tests.trackers.stage import confirmed, ids


async def test_what_the_index_does_not_know_yet_is_not_found(stage: JiraStage) -> None:
    """The settle window is the lag; after it the lost create is found."""
    stage.world.index_lag = timedelta(minutes=5)
    stage.lose_answer_of_create()
    assert isinstance(await stage.tracker.open(content()), Uncertain)
    assert await stage.tracker.find(content().key, content().marker) == ()
    stage.clock.pass_by(stage.tracker.settle_window.total_seconds())
    assert len(await stage.tracker.find(content().key, content().marker)) == 1


@pytest.mark.parametrize("properties", [False, True])
async def test_a_clone_is_not_ours(stage: JiraStage, properties: bool) -> None:
    """A person's clone carries the labels, perhaps the property; its creator is the person."""
    made = await stage.opened()
    stage.world.clone(made.ref.id, properties=properties)
    found = await stage.tracker.find(content().key, content().marker)
    assert ids([ticket.ref for ticket in found]) == [made.ref.id]


async def test_a_label_alone_does_not_make_it_ours(stage: JiraStage) -> None:
    """The property must agree: a label can be written by anyone."""
    made = await stage.opened()
    other = content("b" * 64)
    stage.world.person_labels(made.ref.id, other.marker)
    assert await stage.tracker.find(other.key, other.marker) == ()


@pytest.mark.parametrize("marker", ['x" OR project = "OPS', "a b", "", "incidentd-Ä", "x\n"])
async def test_only_a_marker_goes_into_jql(stage: JiraStage, marker: str) -> None:
    """Anything but a-z, 0-9 and - is refused before a call is made."""
    with pytest.raises(ValueError, match="marker"):
        await stage.tracker.find("key", marker)
    assert stage.world.journal == []


async def test_short_pages_of_search_are_read_to_the_end(stage: JiraStage) -> None:
    """A page may be empty and not the last."""
    await stage.opened()
    stage.world.desks.short_pages = True
    assert len(await stage.tracker.find(content().key, content().marker)) == 1


async def test_a_moved_issue_is_followed_by_id(stage: JiraStage) -> None:
    """The ref comes back with its new key; find has it as well."""
    made = await stage.opened()
    key = stage.world.person_moves(made.ref.id, "SEC")
    [ticket] = await stage.tracker.read([made.ref])
    assert (ticket.ref.id, ticket.ref.key, ticket.status) == (made.ref.id, key, TicketStatus.OPEN)
    assert [ticket.ref for ticket in await stage.tracker.find(content().key, content().marker)] == [ticket.ref]
    confirmed(await stage.tracker.close(made.ref, content().key, FIXED))


@pytest.mark.parametrize("resolution", ["Won't Do"])
async def test_wont_do_is_an_acceptance(stage: JiraStage, resolution: str) -> None:
    """By resolution once it is closed, by label at any time."""
    made, other = await stage.opened(content("a" * 64)), await stage.opened(content("b" * 64))
    stage.world.person_transitions(made.ref.id, "Done", resolution=resolution)
    stage.world.person_labels(other.ref.id, "incidentd-accepted")
    read = await stage.tracker.read([made.ref, other.ref])
    assert [ticket.accepted for ticket in read] == [True, True]
    assert [ticket.status for ticket in read] == [TicketStatus.CLOSED, TicketStatus.OPEN]


async def test_our_own_closing_is_known_as_ours(stage: JiraStage) -> None:
    """By the account in the changelog."""
    made = await stage.opened()
    confirmed(await stage.tracker.close(made.ref, content().key, FIXED))
    [ticket] = await stage.tracker.read([made.ref])
    assert ticket.closed_by is Closer.OURSELVES


async def test_a_search_that_cannot_see_the_project_proves_nothing(stage: JiraStage) -> None:
    """The right to browse is lost, the right to create is not: believed, it would make a second ticket."""
    await stage.opened()
    stage.hide()
    with pytest.raises(TrackerError) as caught:
        await stage.tracker.find(content().key, content().marker)
    assert caught.value.kind is TrackerFailure.FORBIDDEN


async def test_a_search_as_nobody_proves_nothing(stage: JiraStage) -> None:
    """A token that ended makes an anonymous caller, to whom the index shows nothing."""
    await stage.opened()
    await stage.tracker.find(content().key, content().marker)
    stage.world.anonymous_downgrade = True
    token, stage.world.api_token = stage.world.api_token, "another"
    tracker = stage.over(stage.transport, BASE_URL, api_token=lambda: token)
    with pytest.raises(TrackerError):
        await tracker.find(content().key, content().marker)


async def test_an_api_that_was_taken_away_is_no_deletion(stage: JiraStage) -> None:
    """410 is said as what it is, and nothing is opened in the place of what cannot be read."""
    made = await stage.opened()
    stage.world.faults.add(faults.answer(410), "GET", f"{ISSUE}/.*", times=None)
    outcome = await stage.tracker.reopen(made.ref, content(), made.written, ())
    assert isinstance(outcome, Retryable)
    assert "newer incidentd" in outcome.text
    assert len(stage.refs()) == 1


async def test_who_closed_it_does_not_depend_on_the_changelogs_order(stage: JiraStage) -> None:
    """Closed by a machine, reopened, closed by a person: the newest counts, wherever it stands."""
    made = await stage.opened()
    stage.machine_closes(made.ref)
    stage.clock.pass_by(60)
    stage.world.person_transitions(made.ref.id, "To Do")
    stage.clock.pass_by(60)
    stage.person_closes(made.ref)
    stage.issue(made.ref).changelog.reverse()
    [ticket] = await stage.tracker.read([made.ref])
    assert ticket.closed_by is Closer.PERSON
    assert ticket.closed_at == stage.clock.now()


async def test_an_acceptance_is_dated_by_the_changelog(stage: JiraStage) -> None:
    """When the label was put on, in any case, the last time; taken off and put on again counts anew."""
    made = await stage.opened()
    for label in ("other", "Incidentd-Accepted"):
        stage.clock.pass_by(3600)
        stage.world.person_labels(made.ref.id, label)
    said_at = stage.clock.now()
    stage.clock.pass_by(3600)
    stage.world.person_labels(made.ref.id, "one-more")
    [ticket] = await stage.tracker.read([made.ref])
    assert (ticket.status, ticket.accepted, ticket.accepted_at) == (TicketStatus.OPEN, True, said_at)
    stage.world.person_removes_label(made.ref.id, "Incidentd-Accepted")
    [ticket] = await stage.tracker.read([made.ref])
    assert not ticket.accepted


async def test_a_resolution_that_was_left_over_accepts_nothing(stage: JiraStage) -> None:
    """Closed as Won't do and opened again by somebody, in a workflow that clears nothing; set anew, it counts."""
    workflow = stage.world.project.workflow
    stage.world.project.workflow = type(workflow)(workflow.statuses, workflow.transitions, clears_resolution=False)
    made = await stage.opened()
    stage.world.person_transitions(made.ref.id, "Done", resolution="Won't Do")
    stage.clock.pass_by(60)
    [closed] = await stage.tracker.read([made.ref])
    assert (closed.accepted, closed.accepted_at) == (True, closed.closed_at)
    stage.world.person_transitions(made.ref.id, "To Do")
    [opened] = await stage.tracker.read([made.ref])
    assert (opened.status, opened.accepted) == (TicketStatus.OPEN, False)
    stage.clock.pass_by(60)
    stage.world.person_edits(made.ref.id, "resolution", None)
    stage.world.person_edits(made.ref.id, "resolution", {"name": "Won't Do"})
    [anew] = await stage.tracker.read([made.ref])
    assert (anew.status, anew.accepted, anew.accepted_at) == (TicketStatus.OPEN, True, stage.clock.now())
