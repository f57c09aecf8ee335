"""Duplicates in Jira: what search proposes, what is believed, and what becomes of links, labels and projects."""

from datetime import timedelta

import pytest

from incidentd.errors import TrackerError
from incidentd.model.ticket import Standing, TicketRef
from incidentd.sandbox import faults
from tests.trackers.contract_healing import NOTE, standing
from tests.trackers.examples import content
from tests.trackers.jira.stage import JiraStage
from tests.trackers.stage import confirmed, ids

SEARCH = "/rest/api/3/search/jql"


def searches(stage: JiraStage) -> int:
    """How often the index was asked."""
    return sum(entry.request.path == SEARCH for entry in stage.world.journal)


async def test_the_index_is_asked_once_in_its_lag(stage: JiraStage) -> None:
    """It would not know more any sooner; a fresh process asks at once."""
    made = await stage.opened()
    for _ in range(10):
        assert await stage.tracker.duplicates([standing(made.ref)]) == {}
        stage.clock.pass_by(60)
    assert searches(stage) == 2


async def test_a_hundred_markers_go_into_one_question(stage: JiraStage) -> None:
    """And a hundred and one into two."""
    made = await stage.opened()
    known = [standing(made.ref), *(standing(TicketRef(str(n), ""), f"{n:040x}{0:024x}") for n in range(100))]
    assert await stage.tracker.duplicates(known[:100]) == {}
    assert searches(stage) == 1
    stage.clock.pass_by(300)
    assert await stage.tracker.duplicates(known) == {}
    assert searches(stage) == 3


async def test_only_markers_go_into_jql(stage: JiraStage) -> None:
    """What could be anything else is not asked for."""
    strange = Standing("k", 'x") OR project = "OPS', TicketRef("1", "OPS-1"))
    assert await stage.tracker.duplicates([strange]) == {}
    assert stage.world.journal == []


@pytest.mark.parametrize("properties", [False, True])
async def test_a_persons_clone_is_no_duplicate(stage: JiraStage, properties: bool) -> None:
    """It carries the labels, perhaps the property; its creator is the person."""
    made = await stage.opened()
    stage.world.clone(made.ref.id, properties=properties)
    assert await stage.tracker.duplicates([standing(made.ref)]) == {}


async def test_a_label_alone_makes_no_duplicate(stage: JiraStage) -> None:
    """An issue of ours for another certificate, which somebody gave our label as well."""
    made, other = await stage.opened(), await stage.opened(content("b" * 64))
    stage.world.person_labels(other.ref.id, content().marker)
    assert await stage.tracker.duplicates([standing(made.ref)]) == {}


async def test_what_was_closed_since_the_index_looked_is_no_duplicate(stage: JiraStage) -> None:
    """Search still says that it is open; by id it is done."""
    made = await stage.opened()
    other = stage.duplicate(made.ref)
    stage.clock.pass_by(600)
    stage.world.index_lag = timedelta(minutes=5)
    stage.person_closes(other)
    assert await stage.tracker.duplicates([standing(made.ref)]) == {}
    assert searches(stage) == 1


async def test_one_that_was_moved_to_another_project_is_found_all_the_same(stage: JiraStage) -> None:
    """No project is named in the question."""
    made = await stage.opened()
    other = stage.duplicate(made.ref)
    key = stage.world.person_moves(other.id, "SEC")
    told = (await stage.tracker.duplicates([standing(made.ref)]))[content().key]
    assert {ticket.ref.key for ticket in told} == {made.ref.key, key}
    confirmed(await stage.tracker.merge(made.ref, [other], content().key, NOTE))
    assert ids(stage.open_refs()) == [made.ref.id]


@pytest.mark.parametrize(
    ("author", "counts"), [("person-1", True), ("bot-1", False), ("app-1", False)], ids=["person", "ourselves", "app"]
)
async def test_only_what_people_did_counts_as_work(stage: JiraStage, author: str, counts: bool) -> None:
    """By changelog and comments; neither an automation nor we ourselves are people."""
    made = await stage.opened()
    commented, moved = stage.duplicate(made.ref), stage.duplicate(made.ref)
    stage.clock.pass_by(60)
    stage.world.person_comments(commented.id, "Ours?", author)
    if author == "app-1":
        stage.world.machine_transitions(moved.id, "In Progress")
    else:
        stage.world.person_transitions(moved.id, "In Progress", author)
    told = (await stage.tracker.duplicates([standing(made.ref)]))[content().key]
    touched = {ticket.ref.id for ticket in told if ticket.touched_at is not None}
    assert touched == ({commented.id, moved.id} if counts else set())


async def test_the_two_are_linked_once(stage: JiraStage) -> None:
    """By the type that says duplicate, the right way round; a second attempt finds the link."""
    made = await stage.opened()
    other = stage.duplicate(made.ref)
    stage.world.faults.add(faults.answer(409), "POST", ".*/transitions")
    await stage.tracker.merge(made.ref, [other], content().key, NOTE)
    confirmed(await stage.tracker.merge(made.ref, [other], content().key, NOTE))
    links = [link for link in stage.world.links if link.type == "Duplicate"]
    assert [(str(link.inward), str(link.outward)) for link in links] == [(other.id, made.ref.id)]
    asked = [entry for entry in stage.world.journal if entry.request.path == "/rest/api/3/issueLink"]
    assert (len(asked), stage.comments(other)) == (1, [NOTE.text])


@pytest.mark.parametrize(
    "answer",
    [
        faults.answer(200, body='{"issueLinkTypes": [{"id": "1", "name": "Blocks"}, null]}'),
        faults.answer(200, body='{"issueLinkTypes": null}'),
        faults.answer(404),
    ],
    ids=["no such type", "nothing", "links are off"],
)
async def test_without_a_type_of_link_the_note_says_it(stage: JiraStage, answer: faults.Fault) -> None:
    """No other type is taken instead: it would say something else."""
    made = await stage.opened()
    other = stage.duplicate(made.ref)
    before = len(stage.world.links)
    stage.world.faults.add(answer, "GET", ".*/issueLinkType")
    confirmed(await stage.tracker.merge(made.ref, [other], content().key, NOTE))
    assert (len(stage.world.links), stage.comments(other)) == (before, [NOTE.text])
    assert ids(stage.open_refs()) == [made.ref.id]


@pytest.mark.parametrize("deed", ["another account", "no property"])
async def test_what_is_not_ours_any_more_is_left_alone(stage: JiraStage, deed: str) -> None:
    """Between the decision and the request: it is read before it is touched."""
    made = await stage.opened()
    if deed == "another account":
        other = str(stage.world.clone(made.ref.id, properties=True).id)
    else:
        other = str(stage.world.clone(made.ref.id, account=stage.world.bot.account_id).id)
    before = stage.writes()
    confirmed(await stage.tracker.merge(made.ref, [TicketRef(other, "")], content().key, NOTE))
    assert stage.writes() == before


async def test_a_duplicate_that_is_hidden_is_not_taken_for_merged(stage: JiraStage) -> None:
    """404 looks the same as a lost permission: that is sorted out first."""
    made = await stage.opened()
    other = stage.duplicate(made.ref)
    stage.hide()
    outcome = await stage.tracker.merge(made.ref, [other], content().key, NOTE)
    assert "cannot be seen" in str(outcome)


async def test_a_search_that_fails_is_made_again_in_the_next_pass(stage: JiraStage) -> None:
    """What was not asked is not taken for answered."""
    made = await stage.opened()
    stage.duplicate(made.ref)
    stage.world.faults.add(faults.answer(403), "POST", SEARCH)
    with pytest.raises(TrackerError):
        await stage.tracker.duplicates([standing(made.ref)])
    assert content().key in await stage.tracker.duplicates([standing(made.ref)])
