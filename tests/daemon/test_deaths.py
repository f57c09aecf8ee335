"""A process may die at any step of a pass: the next one makes it whole, with one ticket, none lost, none false.

Each step with the database is died at. Between two of them lies at most one call of a tracker: it is died after, too.
"""

from __future__ import annotations

import pytest

from incidentd.model.incident import HeldBy, IncidentState
from tests.daemon.dying import AFTER_A_DEATH, DAY, MortalWorker, die, one_endpoint
from tests.stories.doubles import a_machine_closes, made_by_us, somebody_closes, somebody_takes
from tests.stories.life import ADDRESSES, NAME, SWEEP, Life

MOST_STEPS = 60


async def test_a_death_at_any_step_of_an_opening_leaves_one_ticket(life: Life) -> None:
    """Each round begins with an empty state and a certificate of its own, and dies one step later than the last."""
    await one_endpoint(life)
    served = await life.scene.serve(NAME, life.issue(ends_in=50 * DAY), ADDRESSES[0])
    for step in range(1, MOST_STEPS):
        life.forget_state()
        due = life.issue(ends_in=50 * DAY)
        served[0].deploy(due)
        died = await die(life, MortalWorker(step))
        life.scene.clock.advance(AFTER_A_DEATH)
        await life.run_once()
        life.scene.clock.advance(3 * SWEEP)
        passed = await life.run_once()
        assert passed.problems == ()
        assert len(life.open_tickets(due)) == len(life.tickets(due)) == 1, f"died at step {step}"
        if not died:
            return
    pytest.fail("a pass has more steps than were died at")


async def test_a_death_at_any_step_of_a_closing_closes_once_and_returns(life: Life) -> None:
    """Closed by the dead process or by the next; and when the certificate is back at once, it is not held against us.

    A closing whose confirmation died with its process is still ours, not an automation's and not a person's.
    """
    await one_endpoint(life)
    new = life.issue(ends_in=400 * DAY, begins=-DAY)
    served = await life.scene.serve(NAME, new, ADDRESSES[0])
    for step in range(1, MOST_STEPS):
        life.forget_state()
        due = life.issue(ends_in=50 * DAY)
        served[0].deploy(due)
        await life.run_once()
        served[0].deploy(new)
        life.scene.clock.advance(SWEEP)
        died = await die(life, MortalWorker(step))
        life.scene.clock.advance(AFTER_A_DEATH)
        served[0].deploy(due)
        await life.run_once()
        life.scene.clock.advance(SWEEP)
        await life.run_once()
        record = (await life.records())[0]
        assert len(life.open_tickets(due)) == 1, f"died at step {step}"
        assert record.state is IncidentState.OPEN
        assert record.automation_closings == 0, f"died at step {step}: our own closing was taken for a machine's"
        if not died:
            return
    pytest.fail("a pass has more steps than were died at")


async def test_a_death_at_any_step_of_a_reopening_leaves_one_open_ticket_that_can_be_closed(life: Life) -> None:
    """Reopened by the dead process or by the next; settled right afterwards, no ticket stays open for nobody."""
    await one_endpoint(life)
    new = life.issue(ends_in=400 * DAY, begins=-DAY)
    served = await life.scene.serve(NAME, new, ADDRESSES[0])
    for step in range(1, MOST_STEPS):
        life.forget_state()
        due = life.issue(ends_in=50 * DAY)
        for deployed in (due, new):
            served[0].deploy(deployed)
            await life.run_once()
            life.scene.clock.advance(SWEEP)
        assert life.open_tickets(due) == []
        served[0].deploy(due)
        died = await die(life, MortalWorker(step))
        life.scene.clock.advance(AFTER_A_DEATH)
        served[0].deploy(new)
        life.configure(policy={"exemptions": [_exempt(due.fingerprint)]})
        await life.run_once()
        life.scene.clock.advance(SWEEP)
        await life.run_once()
        assert life.open_tickets(due) == [], f"died at step {step}"
        await one_endpoint(life)
        if not died:
            return
    pytest.fail("a pass has more steps than were died at")


async def test_what_a_person_closes_after_a_death_at_any_step_of_its_reopening_stays_closed(life: Life) -> None:
    """Whatever the dead process had opened again, nobody had been told of it yet."""
    await one_endpoint(life)
    served = await life.scene.serve(NAME, life.issue(ends_in=50 * DAY), ADDRESSES[0])
    for step in range(1, MOST_STEPS):
        life.forget_state()
        due = life.issue(ends_in=50 * DAY)
        served[0].deploy(due)
        await life.run_once()
        a_machine_closes(life, life.tickets(due)[0])
        life.scene.clock.advance(SWEEP)
        died = await die(life, MortalWorker(step))
        life.scene.clock.advance(AFTER_A_DEATH)
        opened = life.open_tickets(due)
        for ticket in opened:
            somebody_closes(life, ticket)
        await life.passes(2)
        record = (await life.records())[0]
        assert len(life.open_tickets(due)) == (not opened), f"died at step {step}"
        assert record.held_by is (HeldBy.PERSON if opened else None), f"died at step {step}"
        if not died:
            assert opened
            return
    pytest.fail("a pass has more steps than were died at")


def _exempt(fingerprint: str) -> dict[str, str]:
    return {"fingerprint": fingerprint, "until": "2026-12-31", "reason": "it goes away", "owner": "storage"}


async def test_a_death_at_any_step_of_a_merge_leaves_one_open_ticket_that_the_ledger_follows(life: Life) -> None:
    """The younger one stays, so the ledger changes over. Our own closing is taken for nobody's, and said once."""
    await one_endpoint(life)
    served = await life.scene.serve(NAME, life.issue(ends_in=50 * DAY), ADDRESSES[0])
    for step in range(1, MOST_STEPS):
        life.forget_state()
        due = life.issue(ends_in=50 * DAY)
        served[0].deploy(due)
        await life.run_once()
        first, second = life.open_tickets(due)[0], made_by_us(life, due)
        somebody_takes(life, second)
        died = await die(life, MortalWorker(step))
        life.scene.clock.advance(AFTER_A_DEATH)
        await life.run_once()
        life.scene.clock.advance(3 * SWEEP)
        assert (await life.run_once()).problems == ()
        record = (await life.records())[0]
        assert life.open_tickets(due) == [second], f"died at step {step}"
        assert (record.ticket.id if record.ticket else "", record.state) == (str(second.id), IncidentState.OPEN)
        assert (record.reopenings, record.automation_closings) == (0, 0), f"died at step {step}"
        assert len([text for text in life.comments(first) if "duplicate" in text]) == 1, f"died at step {step}"
        if not died:
            return
    pytest.fail("a pass has more steps than were died at")
