"""Roll-backs, mixed backends, and certificates that come back."""

from datetime import timedelta

from incidentd.model.incident import IncidentState
from tests.stories.life import ADDRESSES, NAME, SWEEP, Life

DAY = timedelta(days=1)


async def test_a_rollback_reopens(life: Life) -> None:
    """Closed on proof, then the old one is deployed again: open again, never two at once."""
    old, new = life.issue(ends_in=50 * DAY), life.issue(ends_in=400 * DAY, begins=-DAY)
    await life.scene.serve(NAME, old, *ADDRESSES)
    await life.run_once()
    life.scene.deploy(new, NAME)
    await life.passes(4)
    assert life.open_tickets(old) == []
    life.scene.deploy(old, NAME, ADDRESSES[1])
    life.scene.clock.advance(DAY)
    await life.passes(2)
    assert len(life.open_tickets(old)) == 1
    assert len(life.tickets(old)) == (1 if life.kind == "jira" else 2)
    assert (await life.records())[0].reopenings == 1


async def test_an_address_that_alternates_neither_closes_nor_doubles(life: Life) -> None:
    """Old and new by turns behind one address: a mixed backend."""
    old, new = life.issue(ends_in=50 * DAY), life.issue(ends_in=400 * DAY, begins=-DAY)
    (endpoint,) = await life.scene.serve(NAME, old, ADDRESSES[0])
    life.config["sources"]["edge"]["targets"] = [{"host": ADDRESSES[0], "server_name": NAME}]
    life.configure()
    await life.run_once()
    for turn in range(6):
        life.scene.clock.advance(SWEEP)
        endpoint.deploy(new if turn % 2 == 0 else old)
        await life.run_once()
    endpoint.deploy(new)
    life.scene.clock.advance(SWEEP)
    await life.passes(6)
    assert len(life.open_tickets(old)) == 1
    assert len(life.tickets(old)) == 1
    writes = len(life.tracker.writes)
    life.scene.clock.advance(2 * DAY)
    await life.passes(16, apart=2 * SWEEP)
    assert life.open_tickets(old) == [], "20 in a row over 24 h are proof even there"
    assert len(life.tracker.writes) > writes


async def test_one_backend_of_two_that_is_old_keeps_it_open(life: Life) -> None:
    """Every address of a name is looked at."""
    old, new = life.issue(ends_in=50 * DAY), life.issue(ends_in=400 * DAY, begins=-DAY)
    await life.scene.serve(NAME, old, *ADDRESSES[:2])
    life.config["sources"]["edge"]["targets"] = [NAME]
    life.configure()
    await life.run_once()
    life.scene.deploy(new, NAME, ADDRESSES[0])
    await life.passes(5)
    assert len(life.open_tickets(old)) == 1
    life.scene.deploy(new, NAME, ADDRESSES[1])
    await life.passes(4)
    assert life.open_tickets(old) == []


async def test_something_else_in_its_place_is_no_replacement(life: Life) -> None:
    """A certificate for another name closes nothing: mismatch."""
    old = life.issue(ends_in=50 * DAY)
    await life.scene.serve(NAME, old, *ADDRESSES)
    await life.run_once()
    life.scene.deploy(life.issue(ends_in=400 * DAY, names=("parked.example.test",)), NAME)
    await life.passes(4)
    assert len(life.open_tickets(old)) == 1
    record = (await life.records())[0]
    assert record.state is IncidentState.OPEN
    assert record.stage == "mismatch"


async def test_a_successor_that_is_due_has_an_incident_of_its_own(life: Life) -> None:
    """Replaced by a certificate that ends soon too: one closes, the other opens."""
    old, new = life.issue(ends_in=20 * DAY), life.issue(ends_in=60 * DAY, begins=-DAY)
    await life.scene.serve(NAME, old, *ADDRESSES)
    await life.run_once()
    life.scene.deploy(new, NAME)
    await life.passes(4)
    assert life.open_tickets(old) == []
    assert len(life.open_tickets(new)) == 1
