"""Pages: one beside the ticket once it is bad enough, linked both ways, and resolved with the incident."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.stories.both import Both, both_trackers
from tests.stories.life import ADDRESSES, NAME

DAY = timedelta(days=1)


@pytest.fixture(params=["jira", "pagerduty"])
async def both(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Both]:
    """Tickets in one, pages in the other."""
    async with both_trackers(request.param, tmp_path) as fresh:
        yield fresh


async def test_one_page_beside_the_ticket_from_error_to_the_end(both: Both) -> None:
    """Nothing at a warning; one page at error, linked both ways; resolved with the ticket, on the same proof."""
    life = both.life
    old, new = life.issue(ends_in=50 * DAY), life.issue(ends_in=400 * DAY, begins=-DAY)
    await life.scene.serve(NAME, old, *ADDRESSES)
    await life.passes(2)
    assert (len(life.open_tickets(old)), both.pages(old)) == (1, [])
    life.scene.clock.advance(40 * DAY)
    await life.run_once()
    assert (len(life.open_tickets(old)), len(both.open_pages(old))) == (1, 1)
    writes = len(life.scene.jira.writes) + len(life.scene.pagerduty.writes)
    await life.passes(2)
    assert len(life.scene.jira.writes) + len(life.scene.pagerduty.writes) == writes
    life.scene.deploy(new, NAME)
    await life.passes(3)
    assert (life.open_tickets(old), both.open_pages(old)) == ([], [])
    assert (len(life.tickets(old)), len(both.pages(old))) == (1, 1)
