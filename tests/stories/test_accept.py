"""`accept`: the whole way under either tracker, from a person's word to the incident's return."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from incidentd.cli.accept import accepted_until
from incidentd.errors import IncidentdError, UsageError
from incidentd.model.incident import HeldBy, IncidentState
from incidentd.sandbox.faults import lost_answer
from tests.stories.life import ADDRESSES, NAME, START, Life, living

DAY = timedelta(days=1)
CLOSES = {"pagerduty": "/v2/enqueue", "jira": "/rest/api/3/issue/.*/transitions"}


@pytest.fixture(params=["jira", "pagerduty"])
async def life(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Life]:
    """One vendor after the other."""
    async with living(request.param, tmp_path) as fresh:
        yield fresh


async def accept(life: Life, lasts: timedelta, cert: str = NAME, *, through_expiry: bool = False) -> None:
    """As `incidentd accept` decides it."""
    until = life.scene.clock.now() + lasts
    terms = partial(
        accepted_until,
        cert=cert,
        until=until,
        owner="payments",
        reason="retired in May",
        by="alice",
        through_expiry=through_expiry,
    )
    await life.by_command(terms)


async def test_an_accepted_risk_closes_the_ticket_and_comes_back_at_its_end(life: Life) -> None:
    """One note, no further write, then open again; and one entry in the audit."""
    old = life.issue(ends_in=50 * DAY)
    await life.scene.serve(NAME, old, *ADDRESSES)
    await life.run_once()
    [ticket] = life.open_tickets(old)
    await accept(life, 20 * DAY)
    await life.run_once()
    assert life.open_tickets(old) == []
    assert any("Accepted risk until 2026-03-21" in said and "payments" in said for said in life.comments(ticket))
    record = (await life.records())[0]
    assert (record.state, record.held_by) == (IncidentState.HELD, HeldBy.ACCEPTANCE)
    writes = len(life.tracker.writes)
    life.scene.clock.advance(19 * DAY)
    await life.passes(2)
    assert len(life.tracker.writes) == writes
    life.scene.clock.advance(2 * DAY)
    await life.passes(2)
    assert len(life.open_tickets(old)) == 1
    [entry] = await life.audit()
    assert (entry.who, entry.command, entry.reason) == ("alice", "accept", "retired in May")
    assert (entry.at.date(), entry.text) == (START.date(), "until 2026-03-21 12:00 UTC, owned by payments")


async def test_a_lost_answer_of_its_closing_opens_nothing(life: Life) -> None:
    """What became of it is found out, and it is held all the same."""
    old = life.issue(ends_in=50 * DAY)
    await life.scene.serve(NAME, old, *ADDRESSES)
    await life.run_once()
    await accept(life, 20 * DAY)
    life.tracker.faults.add(lost_answer(), "POST", CLOSES[life.kind])
    await life.passes(3)
    assert life.open_tickets(old) == []
    assert len(life.tickets(old)) == 1
    assert (await life.records())[0].state is IncidentState.HELD


async def test_an_acceptance_ends_before_expiry_unless_a_person_says_otherwise(life: Life) -> None:
    """7 days at least; an end that has passed makes no sense at all; nothing is written for what is refused."""
    old = life.issue(ends_in=50 * DAY)
    await life.scene.serve(NAME, old, *ADDRESSES)
    await life.run_once()
    with pytest.raises(IncidentdError, match="an acceptance ends 7 days before, 2026-04-13 12:00 UTC"):
        await accept(life, 44 * DAY)
    with pytest.raises(UsageError, match="that has passed"):
        await accept(life, timedelta(0))
    with pytest.raises(IncidentdError, match="no open incident matches"):
        await accept(life, DAY, "'; DROP TABLE incidents; --")
    assert await life.audit() == []
    assert (await life.records())[0].state is IncidentState.OPEN
    await accept(life, 60 * DAY, through_expiry=True)
    life.scene.clock.advance(55 * DAY)
    await life.passes(2)
    assert life.open_tickets(old) == []
