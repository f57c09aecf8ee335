"""Lost answers, lost states and two processes at once make one ticket each."""

import asyncio
from datetime import timedelta

import pytest

from incidentd.sandbox.faults import Fault, answer_after_commit, lost_answer, lost_request, unauthorized, unavailable
from tests.stories.life import ADDRESSES, NAME, Life

DAY = timedelta(days=1)
LAG = timedelta(minutes=5)


def _create_path(life: Life) -> str:
    return "/v2/enqueue" if life.kind == "pagerduty" else "/rest/api/3/issue"


@pytest.mark.parametrize("fault", [answer_after_commit(500), answer_after_commit(502), lost_answer(), lost_request()])
async def test_a_lost_answer_makes_one_ticket(life: Life, fault: Fault) -> None:
    """Whatever becomes of the answer to the create, in the end there is one ticket."""
    old = life.issue(ends_in=50 * DAY)
    await life.scene.serve(NAME, old, *ADDRESSES)
    life.tracker.faults.add(fault, method="POST", path=_create_path(life))
    await life.run_once()
    life.scene.clock.advance(3 * LAG)
    await life.passes(2)
    assert len(life.open_tickets(old)) == len(life.tickets(old)) == 1
    assert (await life.records())[0].ticket is not None


@pytest.mark.parametrize("fault", [answer_after_commit(500), lost_answer()])
async def test_a_lost_answer_and_an_index_that_lags_make_one_ticket(life: Life, fault: Fault) -> None:
    """A search that finds nothing proves nothing until the window has passed."""
    life.scene.jira.index_lag = LAG
    life.scene.pagerduty.processing_delay = LAG
    life.config["trackers"] = {"queue": dict(life.scene.tracker_settings(life.kind))}
    life.configure()
    old = life.issue(ends_in=50 * DAY)
    await life.scene.serve(NAME, old, *ADDRESSES)
    life.tracker.faults.add(fault, method="POST", path=_create_path(life))
    for _ in range(14):
        await life.run_once(timedelta(seconds=1))
        life.scene.clock.advance(timedelta(minutes=1))
    await life.run_once()
    assert len(life.open_tickets(old)) == len(life.tickets(old)) == 1


async def test_the_state_lost_whole_makes_no_second_ticket(life: Life) -> None:
    """The tracker is asked for the marker before anything is created."""
    old = life.issue(ends_in=50 * DAY)
    await life.scene.serve(NAME, old, *ADDRESSES)
    await life.run_once()
    life.forget_state()
    life.scene.clock.advance(DAY)
    await life.passes(3)
    assert len(life.open_tickets(old)) == len(life.tickets(old)) == 1
    life.forget_state()
    life.scene.deploy(life.issue(ends_in=400 * DAY, begins=-DAY), NAME)
    await life.passes(4)
    assert len(life.open_tickets(old)) == 1, "a state that never saw the old one served has no proof"


async def test_a_lost_state_does_not_forget_what_a_person_closed(life: Life) -> None:
    """Their closing is found with the ticket, and respected."""
    old = life.issue(ends_in=50 * DAY)
    await life.scene.serve(NAME, old, *ADDRESSES)
    await life.run_once()
    ticket = life.tickets(old)[0]
    if life.kind == "pagerduty":
        life.scene.pagerduty.person_resolves(ticket.id)
    else:
        life.scene.jira.person_transitions(ticket.key, "Done")
    life.forget_state()
    await life.passes(3)
    assert life.open_tickets(old) == []
    assert len(life.tickets(old)) == 1


async def test_two_processes_at_once_make_one_ticket(life: Life) -> None:
    """Both wait for the lease; the second finds nothing to do."""
    old = life.issue(ends_in=50 * DAY)
    await life.scene.serve(NAME, old, *ADDRESSES)
    await asyncio.gather(*(life.run_once(timedelta(seconds=20)) for _ in range(2)))
    assert len(life.open_tickets(old)) == len(life.tickets(old)) == 1


@pytest.mark.parametrize("fault", [unauthorized(), unavailable(), lost_request()])
async def test_an_outage_loses_nothing(life: Life, fault: Fault) -> None:
    """Said once, kept in the outbox, delivered once the tracker is back."""
    old = life.issue(ends_in=50 * DAY)
    await life.scene.serve(NAME, old, *ADDRESSES)
    rule = life.tracker.faults.add(fault, times=None)
    failed = await life.run_once(timedelta(seconds=1))
    assert failed.problems != ()
    assert len(failed.problems) == len(set(failed.problems))
    assert life.tickets(old) == []
    life.tracker.faults.rules.remove(rule)
    life.scene.clock.advance(3 * LAG)
    assert (await life.run_once()).problems == ()
    assert len(life.open_tickets(old)) == 1
