"""`repair`: a state that forgot its tickets is put right under either tracker, and nothing is closed without proof."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from incidentd.cli.repair import Repaired, looked_at, repaired
from incidentd.errors import IncidentdError
from incidentd.planning.repairing import Flaw
from incidentd.sandbox.ca import Issued
from tests.stories.life import ADDRESSES, NAME, Life, living

DAY = timedelta(days=1)


@pytest.fixture(params=["jira", "pagerduty"])
async def life(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Life]:
    """One vendor after the other."""
    async with living(request.param, tmp_path) as fresh:
        yield fresh


async def forgotten(life: Life) -> Issued:
    """Its ticket stands open, and the state is lost."""
    old = life.issue(ends_in=50 * DAY)
    await life.scene.serve(NAME, old, *ADDRESSES)
    await life.run_once()
    life.forget_state()
    life.scene.clock.advance(timedelta(minutes=30))  # the index has caught up
    return old


async def apply(life: Life) -> Repaired:
    """As `incidentd repair --apply` does it."""
    return await life.by_command(partial(repaired, reason="the state was lost", by="alice"))


async def test_a_forgotten_ticket_of_what_is_due_is_taken_up(life: Life) -> None:
    """Shown first, and nothing written; then it is the incident's ticket, and a second repair finds nothing."""
    old = await forgotten(life)
    life.configure(mode="observe")
    await life.run_once()
    [one] = (await life.by_command(looked_at)).found
    assert (one.flaw, one.mends) == (Flaw.ORPHAN, True)
    with pytest.raises(IncidentdError, match="mode observe"):
        await apply(life)
    life.configure(mode="act")
    done = await apply(life)
    assert (done.applied, done.something_left, len(done.found)) == (True, False, 1)
    [ticket] = life.tickets(old)
    assert life.is_open(ticket)
    record = (await life.records())[0]
    assert record.ticket is not None and record.ticket == one.ticket
    assert [entry.command for entry in await life.audit()] == ["repair"]
    again = await apply(life)
    assert (again.found, again.something_left) == ((), False)


async def test_a_forgotten_ticket_of_what_was_replaced_is_closed_on_proof(life: Life) -> None:
    """With the closing note; the proof was seen while nothing was written."""
    old = await forgotten(life)
    life.configure(mode="observe")
    await life.run_once()
    life.scene.deploy(life.issue(ends_in=400 * DAY, begins=-DAY), NAME)
    await life.passes(4)
    assert len(life.open_tickets(old)) == 1
    life.configure(mode="act")
    done = await apply(life)
    assert not done.something_left
    assert life.open_tickets(old) == []
    assert any("Fixed. Replaced by" in said for said in life.comments(life.tickets(old)[0]))


async def test_a_forgotten_ticket_of_what_nobody_saw_is_left(life: Life) -> None:
    """Replaced before the new state looked: nothing is known of it, so a person is told."""
    old = await forgotten(life)
    life.scene.deploy(life.issue(ends_in=400 * DAY, begins=-DAY), NAME)
    await life.run_once()
    done = await apply(life)
    [one] = done.found
    assert (one.mends, done.something_left) == (False, True)
    assert "never seen" in one.text
    assert len(life.open_tickets(old)) == 1


async def test_a_tracker_that_cannot_be_asked_is_said(life: Life) -> None:
    """Nothing is concluded from what could not be seen."""
    await forgotten(life)
    life.config["trackers"]["queue"]["api_token"] = "wrong"
    life.configure()
    done = await life.by_command(looked_at)
    assert done.something_left
    assert any("cannot be asked for all tickets of ours" in problem for problem in done.problems)


async def test_a_marker_that_a_person_took_away_is_put_back(tmp_path: Path) -> None:
    """Jira carries it as a label; without it the issue would not be found again if the state were lost."""
    async with living("jira", tmp_path) as life:
        old = life.issue(ends_in=50 * DAY)
        await life.scene.serve(NAME, old, *ADDRESSES)
        await life.run_once()
        [issue] = life.open_tickets(old)
        life.scene.jira.person_removes_label(issue.key, f"incidentd-default-{old.fingerprint[:40]}")
        assert life.open_tickets(old) == []
        done = await apply(life)
        assert [(one.flaw, one.mends) for one in done.found] == [(Flaw.DRIFT, True)]
        assert life.open_tickets(old) == [issue]
        assert (await apply(life)).found == ()
