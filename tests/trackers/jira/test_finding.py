"""Finding and reading issues: which are ours, where they went, and who closed them."""

from datetime import timedelta

import pytest

from incidentd.model.ticket import Closer, TicketStatus, Uncertain
from tests.trackers.examples import FIXED, content
from tests.trackers.jira.stage import JiraStage
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
