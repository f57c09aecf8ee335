"""Two tickets of ours for one certificate are merged at the next reconcile; what is a person's is left alone."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from incidentd.daemon.clockwatch import ClockWatch
from incidentd.daemon.passes import reconcile
from incidentd.model.incident import HeldBy, IncidentState
from incidentd.model.plan import ActionKind, Hold
from incidentd.planning.documents import plan_document
from incidentd.sandbox.ca import Issued
from incidentd.sandbox.faults import Fault, answer, answer_after_commit, lost_answer, lost_request, unavailable
from incidentd.settings import load_settings
from incidentd.wiring import installed
from tests.stories.askew import Askew
from tests.stories.doubles import (
    is_joined,
    made_by_a_person,
    made_by_us,
    somebody_closes,
    somebody_says,
    somebody_takes,
)
from tests.stories.life import ADDRESSES, NAME, SWEEP, Life

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
LAG = timedelta(minutes=5)


async def _opened(life: Life) -> tuple[Issued, Any]:
    """A certificate that is due, and its ticket."""
    due = life.issue(ends_in=50 * DAY)
    await life.scene.serve(NAME, due, *ADDRESSES)
    await life.run_once()
    life.scene.clock.advance(MINUTE)
    return due, life.open_tickets(due)[0]


async def _ledger(life: Life) -> tuple[IncidentState, str]:
    """Where the newest row stands, and which ticket it follows."""
    record = (await life.records())[0]
    assert record.ticket is not None
    return record.state, record.ticket.id


async def test_a_second_ticket_of_ours_is_merged_into_the_older_one(life: Life) -> None:
    """At the next pass: a note, a link, closed; the plan said so before, and afterwards nothing more is written."""
    due, first = await _opened(life)
    second = made_by_us(life, due)
    assert len(life.open_tickets(due)) == 2
    [item] = plan_document((await life.plan()).plan)["close"]
    assert (item["action"], item["reasons"], len(item["duplicates"])) == ("merge", ["duplicate"], 1)
    await life.run_once()
    assert life.open_tickets(due) == [first]
    assert is_joined(life, second, first)
    assert len([text for text in life.comments(second) if "duplicate" in text]) == 1
    assert await _ledger(life) == (IncidentState.OPEN, str(first.id))
    writes = len(life.tracker.writes)
    await life.passes(2)
    assert (len(life.tracker.writes), (await life.plan()).plan.empty) == (writes, True)
    assert "merged" in [event.what for event in await life.history()]


@pytest.mark.parametrize("properties", [False, True])
async def test_a_persons_copy_is_left_alone(life: Life, properties: bool) -> None:
    """Its labels, its title, even its property say nothing: a person made it."""
    due, first = await _opened(life)
    copy = made_by_a_person(life, due, properties=properties)
    writes = len(life.tracker.writes)
    await life.passes(3)
    assert (len(life.tracker.writes), life.is_open(copy), life.is_open(first)) == (writes, True, True)


@pytest.mark.parametrize("deed", [somebody_says, somebody_takes])
async def test_the_one_that_a_person_works_on_wins(life: Life, deed: Any) -> None:
    """Even the younger one. The ledger follows it, keeps it true, and closes it on proof."""
    due, first = await _opened(life)
    second = made_by_us(life, due)
    life.scene.clock.advance(MINUTE)
    deed(life, second, *(("We are on it.",) if deed is somebody_says else ()))
    await life.run_once()
    assert life.open_tickets(due) == [second]
    assert is_joined(life, first, second)
    assert await _ledger(life) == (IncidentState.OPEN, str(second.id))
    await life.run_once()
    assert (await life.plan()).plan.empty
    life.scene.deploy(life.issue(ends_in=400 * DAY, begins=-DAY), NAME)
    await life.passes(4)
    assert life.open_tickets(due) == []
    assert await _ledger(life) == (IncidentState.CLOSED, str(second.id))


async def test_three_are_merged_into_one(life: Life) -> None:
    """In one pass."""
    if life.kind == "pagerduty":
        life.scene.pagerduty.add_integration(life.scene.pagerduty.service, "z" * 32)
    due, first = await _opened(life)
    made_by_us(life, due)
    if life.kind == "jira":
        life.scene.jira.clone(first.id, account=life.scene.jira.bot.account_id, properties=True)
    else:
        life.scene.pagerduty.accept({**first.alerts[0].event, "routing_key": "z" * 32})
    assert len(life.open_tickets(due)) == 3
    await life.run_once()
    assert life.open_tickets(due) == [first]


async def test_a_duplicate_of_what_a_person_closed_is_closed_too(life: Life) -> None:
    """Their word holds for the certificate: nothing is open until its next step, and then one ticket is."""
    due, first = await _opened(life)
    second = made_by_us(life, due)
    somebody_closes(life, first)
    await life.passes(3)
    assert life.open_tickets(due) == []
    record = (await life.records())[0]
    assert (record.state, record.held_by) == (IncidentState.HELD, HeldBy.PERSON)
    assert any("duplicate" in text for text in life.comments(second))
    life.scene.clock.advance(40 * DAY)
    await life.passes(2)
    assert len(life.open_tickets(due)) == 1


async def test_an_open_one_that_a_person_works_on_is_not_closed_for_one_that_was_closed(life: Life) -> None:
    """Who closes one of two and works on the other has merged them by hand: the incident goes on there."""
    due, first = await _opened(life)
    second = made_by_us(life, due)
    somebody_takes(life, second)
    life.scene.clock.advance(MINUTE)
    somebody_closes(life, first)
    await life.passes(3)
    assert life.open_tickets(due) == [second]
    assert await _ledger(life) == (IncidentState.OPEN, str(second.id))


async def test_what_an_automation_closed_gives_way_to_the_open_one(life: Life) -> None:
    """It is not opened again beside it."""
    due, first = await _opened(life)
    second = made_by_us(life, due)
    if life.kind == "jira":
        life.scene.jira.machine_transitions(first.key, "Done")
    else:
        life.scene.pagerduty.machine_resolves(first.id)
    await life.passes(3)
    assert life.open_tickets(due) == [second]
    assert await _ledger(life) == (IncidentState.OPEN, str(second.id))


async def test_both_are_closed_when_the_certificate_is_replaced(life: Life) -> None:
    """First the duplicate, then, with its proof, the incident."""
    due, first = await _opened(life)
    life.scene.deploy(life.issue(ends_in=400 * DAY, begins=-DAY), NAME)
    await life.passes(2)
    second = made_by_us(life, due)
    life.scene.clock.advance(SWEEP)
    await life.passes(2)
    assert life.open_tickets(due) == []
    assert any("Fixed." in text for text in life.comments(first))
    assert not any("Fixed." in text for text in life.comments(second))


FAULTS = [answer_after_commit(500), lost_answer(), lost_request(), unavailable(), answer(400, body='{"errors": {}}')]


def _merging(life: Life) -> tuple[str, str]:
    """Method and path of the request that closes a duplicate."""
    return ("PUT", "/incidents/.*") if life.kind == "pagerduty" else ("POST", "/rest/api/3/issue/.*/transitions")


@pytest.mark.parametrize("fault", FAULTS)
async def test_whatever_becomes_of_the_answer_one_is_left(life: Life, fault: Fault) -> None:
    """Said once, closed once, whichever answer was lost."""
    due, first = await _opened(life)
    second = made_by_us(life, due)
    life.tracker.faults.add(fault, *_merging(life))
    await life.passes(2)
    assert life.open_tickets(due) == [first]
    assert len([text for text in life.comments(second) if "duplicate" in text]) == 1
    assert (await life.run_once()).problems == ()


async def test_a_note_that_is_refused_keeps_no_duplicate_open(life: Life) -> None:
    """What cannot be said is not said."""
    due, first = await _opened(life)
    made_by_us(life, due)
    life.tracker.faults.add(answer(403), method="POST", path=".*/(notes|comment)", times=None)
    await life.run_once()
    assert life.open_tickets(due) == [first]


async def test_a_duplicate_that_cannot_be_closed_does_not_keep_back_the_severity(life: Life) -> None:
    """It is said in each pass, and the ticket that stands is kept true meanwhile."""
    due, first = await _opened(life)
    made_by_us(life, due)
    life.tracker.faults.add(unavailable(), *_merging(life), times=None)
    assert (await life.run_once(timedelta(seconds=1))).problems != ()
    life.scene.clock.advance(40 * DAY)
    await life.run_once(timedelta(seconds=1))
    await life.run_once(timedelta(seconds=1))
    assert (await life.records())[0].step.label == "error"
    assert "step:error" in (await life.records())[0].told
    life.tracker.faults.clear()
    life.scene.clock.advance(3 * LAG)
    await life.passes(2)
    assert life.open_tickets(due) == [first]


async def test_under_a_distrusted_clock_nothing_is_merged(life: Life) -> None:
    """Held, as closings are, and the ledger does not follow yet."""
    due, _ = await _opened(life)
    second = made_by_us(life, due)
    somebody_says(life, second, "We are on it.")
    before = await _ledger(life)
    loaded = load_settings(life.scene.folder / "incidentd.yaml", {})
    async with installed(loaded, life.scene.world) as installation:
        done = await reconcile(installation, ClockWatch(Askew(life.scene.clock, 2 * DAY)), None)
    assert [(held.action.kind, held.hold) for held in done.decision.plan.held] == [
        (ActionKind.MERGE, Hold.CLOCK_DISTRUSTED)
    ]
    assert len(life.open_tickets(due)) == 2
    assert await _ledger(life) == before


async def test_who_only_observes_merges_nothing(life: Life) -> None:
    """It is shown."""
    due, _ = await _opened(life)
    made_by_us(life, due)
    life.configure(mode="observe")
    writes = len(life.tracker.writes)
    passed = await life.run_once()
    assert [action.kind for action in passed.reconciled.decision.plan.actions] == [ActionKind.MERGE]
    assert len(life.tracker.writes) == writes


async def test_an_index_that_lags_only_delays_the_merge(life: Life) -> None:
    """What search still calls open is read by id, and left; a new duplicate is found once it is indexed."""
    life.scene.jira.index_lag = LAG
    due, first = await _opened(life)
    life.scene.clock.advance(LAG)
    made_by_us(life, due)
    await life.passes(4, apart=2 * MINUTE)
    assert life.open_tickets(due) == [first]
    writes = len(life.tracker.writes)
    await life.passes(4, apart=2 * MINUTE)
    assert len(life.tracker.writes) == writes


async def test_two_processes_at_once_merge_once(life: Life) -> None:
    """The second finds one ticket."""
    due, first = await _opened(life)
    second = made_by_us(life, due)
    await asyncio.gather(*(life.run_once(timedelta(seconds=20)) for _ in range(2)))
    assert life.open_tickets(due) == [first]
    assert len([text for text in life.comments(second) if "duplicate" in text]) == 1


async def test_a_state_restored_from_before_the_merge_opens_nothing_again(life: Life) -> None:
    """It still follows the ticket that was closed as a duplicate: the open one is found, and followed."""
    due, first = await _opened(life)
    life.keep_state()
    second = made_by_us(life, due)
    life.scene.clock.advance(MINUTE)
    somebody_takes(life, second)
    await life.passes(2)
    assert life.open_tickets(due) == [second]
    life.restore_state()
    await life.passes(3)
    assert life.open_tickets(due) == [second]
    assert await _ledger(life) == (IncidentState.OPEN, str(second.id if life.kind == "jira" else first.id))


async def test_a_search_that_fails_is_said_and_holds_up_nothing_else(life: Life) -> None:
    """What was read stands; duplicates are looked for in the next pass."""
    due, first = await _opened(life)
    made_by_us(life, due)
    path = "/rest/api/3/search/jql" if life.kind == "jira" else "/incidents/.*/alerts"
    life.tracker.faults.add(answer(403), path=path)
    problems = (await life.run_once()).problems
    assert len(problems) == 1
    assert "duplicates" in problems[0]
    await life.run_once()
    assert life.open_tickets(due) == [first]
