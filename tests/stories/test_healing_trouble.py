"""Merging in trouble: lost answers, refusals, a clock that lies, an index that lags, two processes, an old state."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from incidentd.daemon.clockwatch import ClockWatch
from incidentd.daemon.passes import reconcile
from incidentd.model.incident import IncidentState
from incidentd.model.plan import ActionKind, Hold
from incidentd.sandbox.faults import Fault, answer, answer_after_commit, lost_answer, lost_request, unavailable
from incidentd.settings import load_settings
from incidentd.wiring import installed
from tests.stories.askew import Askew
from tests.stories.doubles import ledger, made_by_us, opened, somebody_says, somebody_takes
from tests.stories.life import Life

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
LAG = timedelta(minutes=5)


FAULTS = [answer_after_commit(500), lost_answer(), lost_request(), unavailable(), answer(400, body='{"errors": {}}')]


def _merging(life: Life) -> tuple[str, str]:
    """Method and path of the request that closes a duplicate."""
    return ("PUT", "/incidents/.*") if life.kind == "pagerduty" else ("POST", "/rest/api/3/issue/.*/transitions")


@pytest.mark.parametrize("fault", FAULTS)
async def test_whatever_becomes_of_the_answer_one_is_left(life: Life, fault: Fault) -> None:
    """Said once, closed once, whichever answer was lost."""
    due, first = await opened(life)
    second = made_by_us(life, due)
    life.tracker.faults.add(fault, *_merging(life))
    await life.passes(2)
    assert life.open_tickets(due) == [first]
    assert len([text for text in life.comments(second) if "duplicate" in text]) == 1
    assert (await life.run_once()).problems == ()


async def test_a_note_that_is_refused_keeps_no_duplicate_open(life: Life) -> None:
    """What cannot be said is not said."""
    due, first = await opened(life)
    made_by_us(life, due)
    life.tracker.faults.add(answer(403), method="POST", path=".*/(notes|comment)", times=None)
    await life.run_once()
    assert life.open_tickets(due) == [first]


async def test_a_duplicate_that_cannot_be_closed_does_not_keep_back_the_severity(life: Life) -> None:
    """It is said in each pass, and the ticket that stands is kept true meanwhile."""
    due, first = await opened(life)
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
    due, _ = await opened(life)
    second = made_by_us(life, due)
    somebody_says(life, second, "We are on it.")
    before = await ledger(life)
    loaded = load_settings(life.scene.folder / "incidentd.yaml", {})
    async with installed(loaded, life.scene.world) as installation:
        done = await reconcile(installation, ClockWatch(Askew(life.scene.clock, 2 * DAY)), None)
    assert [(held.action.kind, held.hold) for held in done.decision.plan.held] == [
        (ActionKind.MERGE, Hold.CLOCK_DISTRUSTED)
    ]
    assert len(life.open_tickets(due)) == 2
    assert await ledger(life) == before


async def test_who_only_observes_merges_nothing(life: Life) -> None:
    """It is shown."""
    due, _ = await opened(life)
    made_by_us(life, due)
    life.configure(mode="observe")
    writes = len(life.tracker.writes)
    passed = await life.run_once()
    assert [action.kind for action in passed.reconciled.decision.plan.actions] == [ActionKind.MERGE]
    assert len(life.tracker.writes) == writes


async def test_an_index_that_lags_only_delays_the_merge(life: Life) -> None:
    """What search still calls open is read by id, and left; a new duplicate is found once it is indexed."""
    life.scene.jira.index_lag = LAG
    due, first = await opened(life)
    life.scene.clock.advance(LAG)
    made_by_us(life, due)
    await life.passes(4, apart=2 * MINUTE)
    assert life.open_tickets(due) == [first]
    writes = len(life.tracker.writes)
    await life.passes(4, apart=2 * MINUTE)
    assert len(life.tracker.writes) == writes


async def test_two_processes_at_once_merge_once(life: Life) -> None:
    """The second finds one ticket."""
    due, first = await opened(life)
    second = made_by_us(life, due)
    await asyncio.gather(*(life.run_once(timedelta(seconds=20)) for _ in range(2)))
    assert life.open_tickets(due) == [first]
    assert len([text for text in life.comments(second) if "duplicate" in text]) == 1


async def test_a_state_restored_from_before_the_merge_opens_nothing_again(life: Life) -> None:
    """It still follows the ticket that was closed as a duplicate: the open one is found, and followed."""
    due, first = await opened(life)
    life.keep_state()
    second = made_by_us(life, due)
    life.scene.clock.advance(MINUTE)
    somebody_takes(life, second)
    await life.passes(2)
    assert life.open_tickets(due) == [second]
    life.restore_state()
    await life.passes(3)
    assert life.open_tickets(due) == [second]
    assert await ledger(life) == (IncidentState.OPEN, str(second.id if life.kind == "jira" else first.id))


async def test_a_search_that_fails_is_said_and_holds_up_nothing_else(life: Life) -> None:
    """What was read stands; duplicates are looked for in the next pass."""
    due, first = await opened(life)
    made_by_us(life, due)
    path = "/rest/api/3/search/jql" if life.kind == "jira" else "/incidents/.*/alerts"
    life.tracker.faults.add(answer(403), path=path)
    problems = (await life.run_once()).problems
    assert len(problems) == 1
    assert "duplicates" in problems[0]
    await life.run_once()
    assert life.open_tickets(due) == [first]
