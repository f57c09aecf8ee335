"""Moving: an incident goes on in another tracker; the old ticket is closed once the new one stands."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from incidentd.cli.accept import accepted_until
from incidentd.errors import IncidentdError
from incidentd.model.incident import IncidentState
from incidentd.sandbox.faults import answer, lost_answer, unavailable
from incidentd.settings import load_settings
from incidentd.wiring import installed
from tests.stories.both import Both, both_trackers
from tests.stories.life import ADDRESSES, NAME

DAY = timedelta(days=1)
NONSENSE = (
    (NAME, "nowhere", "there is no tracker nowhere"),
    (NAME, "queue", "it stands there already"),
    ("other.example.test", "oncall", "no open incident matches"),
)
CREATE = {"pagerduty": "/v2/enqueue", "jira": "/rest/api/3/issue"}


@pytest.fixture(params=["jira", "pagerduty"])
async def both(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Both]:
    """An incident stands in one of two trackers; nothing pages."""
    async with both_trackers(request.param, tmp_path) as fresh:
        fresh.life.configure(routes=[{"tracker": "queue"}])
        yield fresh


async def test_a_moved_incident_has_one_ticket_and_ends_where_it_went(both: Both) -> None:
    """Opened in the other tracker, then closed in the first with a note that leads there; closed on proof later."""
    life = both.life
    old, new = life.issue(ends_in=50 * DAY), life.issue(ends_in=400 * DAY, begins=-DAY)
    await life.scene.serve(NAME, old, *ADDRESSES)
    await life.run_once()
    [first] = life.open_tickets(old)
    await both.move(NAME, "oncall")
    assert both.open_everywhere(old) == [first]
    await life.run_once()
    [second] = both.other.open_tickets(old)
    assert both.open_everywhere(old) == [second]
    assert any("on call takes over (alice)" in text for text in life.comments(first))
    writes = len(life.scene.jira.writes) + len(life.scene.pagerduty.writes)
    await life.passes(2)
    assert len(life.scene.jira.writes) + len(life.scene.pagerduty.writes) == writes
    life.scene.deploy(new, NAME)
    await life.passes(3)
    assert both.open_everywhere(old) == []
    record = next(row for row in await life.records() if row.of_certificate)
    assert (record.tracker, record.state) == ("oncall", IncidentState.CLOSED)
    assert record.moved_at is not None
    assert record.opened_at < record.moved_at


@pytest.mark.parametrize("both", ["jira"], indirect=True)
async def test_who_moved_it_and_why_stands_in_the_audit_and_its_history(both: Both) -> None:
    """One entry, and one event. A move that makes no sense leaves neither."""
    life = both.life
    old = life.issue(ends_in=50 * DAY)
    await life.scene.serve(NAME, old, *ADDRESSES)
    await life.run_once()
    for cert, tracker, why in NONSENSE:
        with pytest.raises(IncidentdError, match=why):
            await both.move(cert, tracker)
    await both.move(old.fingerprint[:12], "oncall", reason="night shift")
    loaded = load_settings(life.scene.folder / "incidentd.yaml", {})
    async with installed(loaded, life.scene.world, read_only=True) as installation:
        (entry,) = installation.store.audit()
        (told,) = [event for row, events in installation.store.history() if row.of_certificate for event in events[-1:]]
    assert (entry.who, entry.command, entry.reason) == ("alice", "move", "night shift")
    assert entry.about == f"incidentd:default:{old.fingerprint}"
    assert told.what == "moved"
    assert told.text.endswith("in queue to oncall by alice: night shift")


async def test_a_lost_answer_of_the_new_ticket_makes_no_second_one(both: Both) -> None:
    """The old ticket stands until it is known that the new one does."""
    life = both.life
    old = life.issue(ends_in=50 * DAY)
    await life.scene.serve(NAME, old, *ADDRESSES)
    await life.run_once()
    await both.move(NAME, "oncall")
    both.other.tracker.faults.add(lost_answer(), "POST", CREATE[both.other.kind])
    await life.passes(4)
    assert len(both.other.tickets(old)) == 1
    assert both.open_everywhere(old) == both.other.open_tickets(old)


async def test_moved_there_and_back_it_is_one_ticket_again(both: Both) -> None:
    """One move after the other: while the first ticket is still to be closed, another move has to wait."""
    life = both.life
    old = life.issue(ends_in=50 * DAY)
    await life.scene.serve(NAME, old, *ADDRESSES)
    await life.run_once()
    await both.move(NAME, "oncall")
    closing = {"jira": r".*/transitions", "pagerduty": "/v2/enqueue"}[life.kind]
    life.tracker.faults.add(unavailable(), "POST", closing, times=None)
    await life.run_once()
    with pytest.raises(IncidentdError, match="an earlier move is not done"):
        await both.move(NAME, "queue")
    life.tracker.faults.clear()
    await life.passes(2)
    await both.move(NAME, "queue")
    await life.passes(2)
    assert len(both.open_everywhere(old)) == 1
    assert len(life.open_tickets(old)) == 1


async def test_a_move_to_where_nothing_can_be_opened_is_taken_back(both: Both) -> None:
    """The ticket that it was about to leave is its own again: kept true, and closed on proof."""
    life = both.life
    old = life.issue(ends_in=16 * DAY)
    await life.scene.serve(NAME, old, *ADDRESSES)
    await life.run_once()
    [first] = life.open_tickets(old)
    both.other.tracker.faults.add(answer(400), "POST", CREATE[both.other.kind], times=None)
    await both.move(NAME, "oncall")
    await life.passes(2)
    assert both.open_everywhere(old) == [first]
    await both.move(NAME, "queue")
    both.other.tracker.faults.clear()
    life.scene.clock.advance(3 * DAY)
    await life.passes(2)
    assert both.open_everywhere(old) == [first]
    assert "step:error" in next(row for row in await life.records() if row.active).told
    life.scene.deploy(life.issue(ends_in=400 * DAY, begins=-DAY), NAME)
    await life.passes(3)
    assert both.open_everywhere(old) == []


@pytest.mark.parametrize("both", ["jira"], indirect=True)
async def test_a_move_to_where_nothing_can_be_opened_is_led_on(both: Both) -> None:
    """To a third tracker: the first ticket stands until that one has the incident, and is closed then."""
    life = both.life
    life.configure(trackers={**life.config["trackers"], "desk": {"kind": "local"}})
    old = life.issue(ends_in=50 * DAY)
    await life.scene.serve(NAME, old, *ADDRESSES)
    await life.run_once()
    both.other.tracker.faults.add(answer(400), "POST", CREATE[both.other.kind], times=None)
    await both.move(NAME, "oncall")
    await life.run_once()
    await both.move(NAME, "desk")
    await life.passes(2)
    assert both.open_everywhere(old) == []
    [record] = [row for row in await life.records() if row.active]
    assert (record.tracker, record.ticket and record.ticket.key) == ("desk", "LOCAL-1")


async def test_what_is_accepted_is_closed_where_it_was_and_opened_where_it_went(both: Both) -> None:
    """Moved before the pass that was to close it: the words of the acceptance close it all the same."""
    life = both.life
    old = life.issue(ends_in=50 * DAY)
    await life.scene.serve(NAME, old, *ADDRESSES)
    await life.run_once()
    [first] = life.open_tickets(old)
    until = life.scene.clock.now() + 10 * DAY
    await life.by_command(
        lambda here: accepted_until(here, NAME, until, "payments", "a spare", "alice", through_expiry=False)
    )
    await both.move(NAME, "oncall")
    await life.passes(2)
    assert both.open_everywhere(old) == []
    assert any("Accepted risk until" in text for text in life.comments(first))
    life.scene.clock.advance(10 * DAY)
    await life.passes(2)
    assert both.open_everywhere(old) == both.other.open_tickets(old)
    assert len(both.other.open_tickets(old)) == 1


@pytest.mark.parametrize("both", ["pagerduty"], indirect=True)
async def test_what_left_the_configuration_is_moved_without_its_old_ticket(both: Both) -> None:
    """Nobody can close that one; the incident goes on all the same, and the problem says how."""
    life = both.life
    old = life.issue(ends_in=50 * DAY)
    await life.scene.serve(NAME, old, *ADDRESSES)
    await life.run_once()
    trackers = life.config["trackers"]
    life.configure(trackers={"oncall": trackers["oncall"]}, routes=[{"tracker": "oncall"}])
    passed = await life.run_once()
    assert any("incidentd move CERT TRACKER" in problem for problem in passed.problems)
    done = await both.move(NAME, "oncall")
    assert not done.leaves
    assert (await life.run_once()).problems == ()
    assert len(both.other.open_tickets(old)) == 1
