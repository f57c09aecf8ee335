"""PagerDuty's own habits, over days: time-outs, maintenance, grouping. Nobody is paged twice for the same thing."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from incidentd.model.incident import HeldBy, IncidentState
from tests.stories.life import ADDRESSES, NAME, SWEEP, Life, living

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@pytest.fixture
async def life(tmp_path: Path) -> AsyncIterator[Life]:
    """Under PagerDuty alone."""
    async with living("pagerduty", tmp_path) as lived:
        yield lived


async def test_a_service_that_resolves_by_itself_pages_no_more_than_twice(life: Life) -> None:
    """The vendor's default is four hours: opened again once, then it waits for its next step, and is told of."""
    life.scene.pagerduty.service.auto_resolve_timeout = 14_400
    old = life.issue(ends_in=50 * DAY)
    await life.scene.serve(NAME, old, *ADDRESSES[:1])
    await life.passes(9, apart=5 * HOUR)
    assert len(life.tickets(old)) == 2
    assert life.open_tickets(old) == []
    record = (await life.records())[0]
    assert (record.state, record.held_by) == (IncidentState.HELD, HeldBy.AUTOMATION)


async def test_an_acknowledgement_that_times_out_is_the_services_own_affair(life: Life) -> None:
    """It is triggered again every half hour by PagerDuty; we write nothing."""
    life.scene.pagerduty.service.acknowledgement_timeout = 1_800
    old = life.issue(ends_in=50 * DAY)
    await life.scene.serve(NAME, old, *ADDRESSES[:1])
    await life.run_once()
    [ticket] = life.tickets(old)
    before = len(life.tracker.writes)
    for _ in range(4):
        life.scene.pagerduty.person_acknowledges(ticket.id)
        life.scene.clock.advance(HOUR)
        await life.run_once()
    assert ticket.status == "triggered"
    assert (len(life.tickets(old)), len(life.tracker.writes)) == (1, before)


async def test_a_maintenance_window_is_survived(life: Life) -> None:
    """What it swallowed is never counted as delivered, is said, and goes out once when it is over."""
    life.scene.pagerduty.service.status = "maintenance"
    old = life.issue(ends_in=50 * DAY)
    await life.scene.serve(NAME, old, *ADDRESSES[:1])
    said: list[str] = []
    for _ in range(3):
        passed = await life.run_once(timedelta(0))
        assert passed.reconciled.undelivered == 1
        said += passed.reconciled.problems
        life.scene.clock.advance(SWEEP)
    assert any("the service Certificates is in maintenance" in text for text in said)
    assert (await life.records())[0].ticket is None
    life.scene.pagerduty.service.status = "active"
    await life.passes(2)
    assert len(life.tickets(old)) == len(life.open_tickets(old)) == 1
    assert (await life.records())[0].ticket is not None


async def test_two_certificates_may_share_an_incident(life: Life) -> None:
    """Alert grouping: the first that is replaced leaves the incident to the other one."""
    life.scene.pagerduty.service.alert_grouping = True
    one, two = life.issue(ends_in=50 * DAY), life.issue(ends_in=51 * DAY)
    await life.scene.serve(NAME, one, ADDRESSES[0])
    await life.scene.serve(NAME, two, ADDRESSES[1])
    await life.passes(2)
    assert life.open_tickets(one) == life.open_tickets(two) != []
    await life.scene.serve(NAME, life.issue(ends_in=400 * DAY), ADDRESSES[0])
    await life.passes(4)
    assert len(life.open_tickets(two)) == 1
    assert sorted(record.state for record in await life.records()) == [IncidentState.CLOSED, IncidentState.OPEN]


async def test_a_new_routing_key_pages_nobody_again(life: Life) -> None:
    """The key is changed while the incident is open: its step and its end go through the earlier one."""
    old = life.issue(ends_in=50 * DAY)
    await life.scene.serve(NAME, old, *ADDRESSES[:1])
    await life.run_once()
    pagerduty, before = life.scene.pagerduty, life.scene.pagerduty.routing_key
    pagerduty.add_integration(pagerduty.service, "n" * 32)
    trackers = {**life.config["trackers"]["queue"], "routing_key": "n" * 32, "earlier_routing_keys": [before]}
    life.configure(trackers={"queue": trackers})
    life.scene.clock.advance(47 * DAY + HOUR)
    await life.run_once()
    [ticket] = life.tickets(old)
    assert (ticket.alerts[0].severity, ticket.urgency) == ("critical", "high")
    await life.scene.serve(NAME, life.issue(ends_in=400 * DAY), *ADDRESSES[:1])
    await life.passes(4)
    assert (len(life.tickets(old)), life.open_tickets(old)) == (1, [])
    assert (await life.records())[0].state is IncidentState.CLOSED
