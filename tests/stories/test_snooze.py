"""`snooze`: the whole way under either tracker. On PagerDuty the incident itself is snoozed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from incidentd.cli.snooze import Snoozed, snoozed_until
from incidentd.errors import IncidentdError
from incidentd.sandbox.faults import lost_answer
from tests.stories.both import both_trackers
from tests.stories.life import ADDRESSES, NAME, Life, living

DAY = timedelta(days=1)
WEEK = 7 * DAY


@pytest.fixture(params=["jira", "pagerduty"])
async def life(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Life]:
    """One vendor after the other."""
    async with living(request.param, tmp_path) as fresh:
        yield fresh


async def snooze(life: Life, lasts: timedelta) -> Snoozed:
    """As `incidentd snooze` decides it."""
    wanted = life.scene.clock.now() + lasts
    return await life.by_command(partial(snoozed_until, cert=NAME, wanted=wanted, reason="freeze", by="alice"))


async def test_it_is_quiet_until_the_end_and_then_all_is_told(life: Life) -> None:
    """One note; not a write while severity climbs; then the step. An entry in the audit."""
    old = life.issue(ends_in=18 * DAY)
    await life.scene.serve(NAME, old, *ADDRESSES)
    await life.run_once()
    [ticket] = life.open_tickets(old)
    done = await snooze(life, 6 * DAY)
    assert not done.cut
    await life.run_once()
    assert any("Snoozed until 2026-03-07" in said for said in life.comments(ticket))
    writes = len(life.tracker.writes)
    life.scene.clock.advance(5 * DAY)
    await life.passes(2)
    assert len(life.tracker.writes) == writes
    assert (await life.records())[0].step.label == "error"
    if life.kind == "pagerduty":
        assert ticket.status == "acknowledged"
    life.scene.clock.advance(2 * DAY)
    await life.passes(2)
    assert len(life.tracker.writes) > writes
    assert (await life.records())[0].snoozed_until is None
    if life.kind == "pagerduty":
        assert ticket.status == "triggered"
    else:
        assert "SEVERITY UP warning -> error" in life.comments(ticket)[-1]
    assert [(entry.command, entry.who) for entry in await life.audit()] == [("snooze", "alice")]


async def test_it_never_reaches_past_the_next_critical_step(life: Life) -> None:
    """Cut, and told so; a held incident is not snoozed."""
    old = life.issue(ends_in=50 * DAY)
    await life.scene.serve(NAME, old, *ADDRESSES)
    await life.run_once()
    not_after = (await life.records())[0].not_after
    assert not_after is not None
    done = await snooze(life, 60 * DAY)
    assert (done.cut, done.until) == (True, not_after - 3 * DAY)
    [ticket] = life.open_tickets(old)
    await life.run_once()
    if life.kind == "pagerduty":
        assert ticket.snoozed_until is not None
        assert ticket.snoozed_until <= life.scene.clock.now() + WEEK
        life.scene.pagerduty.person_resolves(ticket.id)
    else:
        life.scene.jira.person_transitions(ticket.key, "Done")
    await life.run_once()
    with pytest.raises(IncidentdError, match="it is held by person"):
        await snooze(life, DAY)


async def test_a_lost_answer_says_it_once(life: Life) -> None:
    """Whatever was lost is tried again, and stands there once."""
    old = life.issue(ends_in=50 * DAY)
    await life.scene.serve(NAME, old, *ADDRESSES)
    await life.run_once()
    [ticket] = life.open_tickets(old)
    await snooze(life, DAY)
    life.tracker.faults.add(lost_answer(), "POST", ".*/(notes|comment|snooze)")
    await life.passes(3)
    assert sum("Snoozed until" in said for said in life.comments(ticket)) == 1


async def test_a_snoozed_incident_pages_nobody_and_quiets_its_page(tmp_path: Path) -> None:
    """No page is raised meanwhile; one that stands is snoozed with it, once."""
    async with both_trackers("jira", tmp_path) as both:
        life = both.life
        old = life.issue(ends_in=18 * DAY)
        await life.scene.serve(NAME, old, *ADDRESSES)
        await life.run_once()
        await snooze(life, 5 * DAY)
        life.scene.clock.advance(4.5 * DAY)
        await life.passes(2)
        assert both.pages(old) == []
        life.scene.clock.advance(DAY)
        await life.passes(2)
        [page] = both.open_pages(old)
        await snooze(life, 2 * DAY)
        await life.passes(2)
        assert page.status == "acknowledged"
        assert sum("Snoozed until" in note.content for note in page.notes) == 1
