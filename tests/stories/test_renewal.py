"""The story that incidentd exists for: renewed in the store, deployed late, closed on proof and not before."""

from datetime import timedelta

from incidentd.model.assessment import Stage
from incidentd.model.incident import IncidentState
from tests.stories.life import ADDRESSES, NAME, SWEEP, Life

DAY = timedelta(days=1)


async def test_one_ticket_from_the_opening_of_the_window_to_the_proof(life: Life) -> None:
    """Seen, due, opened, renewed in the store, still open, 2 of 3 deployed, still open, all, closed."""
    scene = life.scene
    old = life.issue(ends_in=100 * DAY)
    await scene.serve(NAME, old, *ADDRESSES)
    scene.store("api.pem", old)

    seen = await life.run_once()
    assert seen.problems == ()
    assert life.tickets(old) == []

    scene.clock.advance(20 * DAY)
    assert (await life.run_once()).problems == ()
    assert len(life.open_tickets(old)) == 1

    new = life.issue(ends_in=400 * DAY, begins=-DAY)
    scene.store("api.pem", new)
    await life.passes(4)
    assert len(life.open_tickets(old)) == 1
    assert (await life.records())[0].stage is Stage.RENEWED_NOT_DEPLOYED

    scene.deploy(new, NAME, *ADDRESSES[:2])
    await life.passes(4)
    assert len(life.open_tickets(old)) == 1
    assert (await life.records())[0].stage is Stage.PARTLY_DEPLOYED

    scene.deploy(new, NAME)
    await life.run_once()
    assert len(life.open_tickets(old)) == 1, "one look is no proof"
    scene.clock.advance(SWEEP)
    await life.passes(3)
    assert life.open_tickets(old) == []
    assert len(life.tickets(old)) == 1
    record = (await life.records())[0]
    assert record.state is IncidentState.CLOSED
    assert "to spare" in record.close_text
    assert any("Replaced by" in said for said in life.comments(life.tickets(old)[0]))
    assert life.tickets(new) == []


async def test_a_pass_with_nothing_to_change_writes_nothing(life: Life) -> None:
    """Zero write calls, and an empty plan."""
    old = life.issue(ends_in=50 * DAY)
    await life.scene.serve(NAME, old, *ADDRESSES)
    await life.passes(2)
    before = len(life.tracker.writes)
    await life.passes(3)
    assert len(life.tracker.writes) == before
    decision = await life.plan()
    assert decision.plan.empty
    assert decision.plan.left == 1
