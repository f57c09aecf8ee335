"""Some of the stories again, for the other Jiras: Data Center, and Cloud by a scoped token."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from incidentd.sandbox.clock import MovedClock
from incidentd.sandbox.jira import DataCenter, Jira
from incidentd.trackers.jira import wiki
from tests.conformance.judge import judged
from tests.stories.life import ADDRESSES, NAME, Life, living
from tests.stories.test_accept import test_an_accepted_risk_closes_the_ticket_and_comes_back_at_its_end
from tests.stories.test_people import test_a_machines_closing_is_undone_once
from tests.stories.test_renewal import test_one_ticket_from_the_opening_of_the_window_to_the_proof
from tests.stories.test_repair import (
    test_a_forgotten_ticket_of_what_is_due_is_taken_up,
    test_a_forgotten_ticket_of_what_was_replaced_is_closed_on_proof,
)

__all__ = [
    "test_a_forgotten_ticket_of_what_is_due_is_taken_up",
    "test_a_forgotten_ticket_of_what_was_replaced_is_closed_on_proof",
    "test_a_machines_closing_is_undone_once",
    "test_an_accepted_risk_closes_the_ticket_and_comes_back_at_its_end",
    "test_one_ticket_from_the_opening_of_the_window_to_the_proof",
]

DAY = timedelta(days=1)
BASE_PATH = "/ex/jira/11223344-a1b2-3b33-c444-def123456789"
SITE_URL = "https://acme.example"


def datacenter(clock: MovedClock) -> Jira:
    """A Data Center, called with a personal access token."""
    return judged(DataCenter(now=clock.now, sleep=clock.sleep), "jira-dc-v2")


def scoped(clock: MovedClock) -> Jira:
    """Cloud, where a scoped token finds it; people find it elsewhere."""
    site = Jira(now=clock.now, sleep=clock.sleep, base_path=BASE_PATH, site_url=SITE_URL)
    return judged(site, "jira-cloud-v3")


@pytest.fixture
async def life(tmp_path: Path) -> AsyncIterator[Life]:
    """A fresh life on Data Center, for the stories that are told of it too."""
    async with living("jira", tmp_path, site=datacenter) as fresh:
        yield fresh


async def test_a_scoped_token_calls_one_address_and_people_are_sent_to_another(tmp_path: Path) -> None:
    """Every call goes below /ex/jira/{cloudId}, from opening to closing; every link leads to the site itself."""
    async with living("jira", tmp_path, site=scoped) as life:
        old = life.issue(ends_in=50 * DAY)
        await life.scene.serve(NAME, old, *ADDRESSES)
        assert (await life.run_once()).problems == ()
        [ticket] = life.open_tickets(old)
        [record] = await life.records()
        assert record.ticket is not None
        assert record.ticket.url == f"{SITE_URL}/browse/{ticket.key}"
        life.scene.deploy(life.issue(ends_in=400 * DAY, begins=-DAY), NAME)
        await life.passes(4)
        assert life.open_tickets(old) == []
        paths = {entry.request.path for entry in life.scene.jira.journal}
        assert paths and all(path.startswith(f"{BASE_PATH}/rest/api/3/") for path in paths)


async def test_a_scoped_token_at_the_sites_own_address_is_told_where_to_go(tmp_path: Path) -> None:
    """401 there, and the hint names the base URL."""
    async with living("jira", tmp_path, site=scoped) as life:
        life.config["trackers"]["queue"]["base_url"] = life.scene.jira_url
        life.configure()
        await life.scene.serve(NAME, life.issue(ends_in=50 * DAY), *ADDRESSES)
        problems = (await life.run_once(timedelta(0))).problems
        assert any("401" in problem and "/ex/jira/" in problem for problem in problems)


async def test_data_center_is_told_in_its_own_markup(tmp_path: Path) -> None:
    """What the daemon writes there says what it says elsewhere, and is no document."""
    async with living("jira", tmp_path, site=datacenter) as life:
        old = life.issue(ends_in=50 * DAY)
        await life.scene.serve(NAME, old, *ADDRESSES)
        await life.run_once()
        [ticket] = life.open_tickets(old)
        text = ticket.fields["description"]
        assert text.startswith("{panel:")
        assert NAME in wiki.plain(text)
