"""Pages: one beside the ticket once it is bad enough, linked both ways, and resolved with the incident."""

from __future__ import annotations

import json
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


async def test_what_is_bad_on_day_one_is_told_in_one_pass(both: Both) -> None:
    """Ticket and page, each naming the other; and though the state is lost whole, there is no second of either."""
    life = both.life
    old = life.issue(ends_in=2 * DAY)
    await life.scene.serve(NAME, old, *ADDRESSES)
    await life.run_once()
    [ticket], [page] = life.open_tickets(old), both.open_pages(old)
    issue, incident = (ticket, page) if life.kind == "jira" else (page, ticket)
    said = [link["href"] for alert in incident.alerts for link in alert.event.get("links", ())]
    assert any(href.endswith(f"/browse/{issue.key}") for href in said)
    assert f"#{incident.number}" in json.dumps(issue.fields["description"])
    life.forget_state()
    await life.passes(2)
    assert (life.open_tickets(old), both.open_pages(old)) == ([ticket], [page])
    assert (len(life.tickets(old)), len(both.pages(old))) == (1, 1)


async def test_who_resolves_the_page_quiets_the_page_until_the_next_step(both: Both) -> None:
    """The ticket stays open; the page is back at critical; nobody is asked twice before."""
    life = both.life
    old = life.issue(ends_in=10 * DAY)
    await life.scene.serve(NAME, old, *ADDRESSES)
    await life.run_once()
    [page] = both.open_pages(old)
    if both.other.kind == "pagerduty":
        life.scene.pagerduty.person_resolves(page.id)
    else:
        life.scene.jira.person_transitions(page.key, "Done")
    await life.passes(3, apart=DAY)
    assert (len(life.open_tickets(old)), both.open_pages(old)) == (1, [])
    life.scene.clock.advance(6 * DAY)
    await life.passes(2)
    assert (len(life.open_tickets(old)), len(both.open_pages(old))) == (1, 1)
