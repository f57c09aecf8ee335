"""People win: what they close stays closed until the next step; what a machine closes is opened again once."""

from datetime import timedelta

from incidentd.model.incident import HeldBy, IncidentState
from incidentd.sandbox.faults import answer
from tests.stories.doubles import a_machine_closes, somebody_closes
from tests.stories.life import ADDRESSES, NAME, SWEEP, Life

DAY = timedelta(days=1)


async def test_a_persons_closing_holds_until_the_next_step(life: Life) -> None:
    """One comment says what is still there; nothing else happens until the severity climbs."""
    old = life.issue(ends_in=50 * DAY)
    await life.scene.serve(NAME, old, *ADDRESSES)
    await life.run_once()
    somebody_closes(life, life.tickets(old)[0])
    await life.passes(3, apart=DAY)
    assert life.open_tickets(old) == []
    record = (await life.records())[0]
    assert (record.state, record.held_by) == (IncidentState.HELD, HeldBy.PERSON)
    said = [text for text in life.comments(life.tickets(old)[0]) if "while the certificate is in place" in text]
    assert len(said) == 1
    life.scene.clock.advance(40 * DAY)
    await life.passes(2)
    assert len(life.open_tickets(old)) == 1
    assert (await life.records())[0].step.label == "error"


async def test_once_critical_a_persons_closing_holds_a_day(life: Life) -> None:
    """Closed at critical: it comes back after 24 hours, not before."""
    old = life.issue(ends_in=50 * DAY)
    await life.scene.serve(NAME, old, *ADDRESSES)
    await life.run_once()
    life.scene.clock.advance(47 * DAY + timedelta(hours=1))
    await life.run_once()
    somebody_closes(life, life.open_tickets(old)[0])
    life.scene.clock.advance(timedelta(hours=20))
    await life.passes(2)
    assert life.open_tickets(old) == []
    life.scene.clock.advance(timedelta(hours=5))
    await life.passes(2)
    assert len(life.open_tickets(old)) == 1


async def test_a_machines_closing_is_undone_once(life: Life) -> None:
    """Opened again the first time; the second time it waits for the next step."""
    old = life.issue(ends_in=50 * DAY)
    await life.scene.serve(NAME, old, *ADDRESSES)
    await life.run_once()
    a_machine_closes(life, life.open_tickets(old)[0])
    await life.passes(2)
    assert len(life.open_tickets(old)) == 1
    a_machine_closes(life, life.open_tickets(old)[0])
    await life.passes(3, apart=DAY)
    assert life.open_tickets(old) == []
    assert (await life.records())[0].held_by is HeldBy.AUTOMATION


async def test_what_a_person_closed_ends_quietly_once_replaced(life: Life) -> None:
    """Held, then renewed everywhere: the ledger closes it, and the tracker is not called for it."""
    old, new = life.issue(ends_in=50 * DAY), life.issue(ends_in=400 * DAY, begins=-DAY)
    await life.scene.serve(NAME, old, *ADDRESSES)
    await life.run_once()
    somebody_closes(life, life.tickets(old)[0])
    await life.passes(2)
    writes = len(life.tracker.writes)
    life.scene.deploy(new, NAME)
    await life.passes(4)
    assert (await life.records())[0].state is IncidentState.CLOSED
    assert len(life.tracker.writes) == writes


async def test_a_ticket_that_is_not_found_once_is_closed_when_it_is_found_again(life: Life) -> None:
    """The proof was complete just when the tracker did not know its own ticket: nothing is left behind open."""
    old = life.issue(ends_in=50 * DAY)
    await life.scene.serve(NAME, old, *ADDRESSES)
    await life.run_once()
    life.scene.deploy(life.issue(ends_in=400 * DAY, begins=-DAY), NAME)
    await life.passes(2)
    life.scene.clock.advance(SWEEP)
    [ticket] = life.tickets(old)
    missing, path = answer(404), f"/incidents/{ticket.id}"
    if life.kind == "jira":
        missing, path = answer(200, body='{"issues": [], "issueErrors": []}'), "/rest/api/3/issue/bulkfetch"
    life.tracker.faults.add(missing, path=path)
    await life.passes(4)
    assert life.open_tickets(old) == []
    assert len(life.tickets(old)) == 1
