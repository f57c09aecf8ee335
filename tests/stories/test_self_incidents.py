"""What incidentd is blind to is one ticket a cause in `self_tracker`: it opens, rests, and closes when it is over.

Told for both vendors: where the certificates' incidents go to the one, incidentd's own troubles go to the other.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from incidentd.daemon.clockwatch import ClockWatch
from incidentd.daemon.passes import reconcile
from incidentd.model.blindness import CauseKind, Signs
from incidentd.model.plan import Hold
from incidentd.sandbox.faults import lost_answer, unavailable
from incidentd.settings import load_settings
from incidentd.wiring import installed
from tests.stories.life import ADDRESSES, NAME
from tests.stories.own import OwnLife, two_trackers

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
IMPATIENT = timedelta(seconds=1)


@pytest.fixture(params=["pagerduty", "jira"])
async def own(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[OwnLife]:
    """A life with a tracker of its own for its own troubles."""
    async with two_trackers(request.param, tmp_path) as made:
        yield made


async def _passes(own: OwnLife, count: int, apart: timedelta = HOUR) -> None:
    """So many passes, each a while after the one before."""
    for _ in range(count):
        own.life.scene.clock.advance(apart)
        await own.life.run_once(IMPATIENT)


def _only_stored(own: OwnLife) -> None:
    """One certificate on disk, and no endpoints."""
    own.life.scene.store("a.pem", own.life.issue(ends_in=50 * DAY))
    own.life.configure(sources={"vault": {**own.life.config["sources"]["vault"], "paths": ["store/*.pem"]}})


def _take_away(own: OwnLife) -> None:
    """The source has nothing left that it could look at."""
    own.life.scene.store_folder.rename(own.life.scene.folder / "away")


def _bring_back(own: OwnLife) -> None:
    (own.life.scene.folder / "away").rename(own.life.scene.store_folder)


async def test_a_source_that_fails_is_one_ticket_until_it_works_again(own: OwnLife) -> None:
    """It says what fails, since when and what to do; it rests meanwhile, and its closing says what ended."""
    _only_stored(own)
    await own.life.run_once()
    assert own.all_tickets() == []
    _take_away(own)
    await own.life.run_once()
    [ticket] = own.open_tickets(CauseKind.SOURCE, "vault")
    assert "cannot look at source vault since 2026-03-01 12:0" in own.text(ticket)
    assert "Mend what the error names" in own.text(ticket)
    writes = len(own.tracker.writes)
    await _passes(own, 3)
    assert len(own.tracker.writes) == writes
    _bring_back(own)
    await _passes(own, 3)
    assert own.is_open(ticket)
    await _passes(own, 1)
    assert own.all_tickets() == [ticket]
    assert not own.is_open(ticket)
    assert "source vault was swept again without failing" in own.text(ticket)


async def test_a_source_that_fails_every_second_sweep_is_one_ticket_that_stays(own: OwnLife) -> None:
    """Not one an hour: one opening, and not a single write after it."""
    _only_stored(own)
    writes = set()
    for _ in range(4):
        _take_away(own)
        await _passes(own, 1)
        _bring_back(own)
        await _passes(own, 1)
        writes.add(len(own.tracker.writes))
    assert len(writes) == 1
    assert len(own.open_tickets(CauseKind.SOURCE, "vault")) == len(own.all_tickets()) == 1


async def test_places_out_of_sight_are_one_ticket_and_not_one_a_place(own: OwnLife) -> None:
    """After `policy.blind_after`; an error where it is all of them; over once they are seen again."""
    old = own.life.issue(ends_in=300 * DAY)
    endpoints = await own.life.scene.serve(NAME, old, *ADDRESSES)
    await own.life.run_once()
    ports = dict(own.life.scene.network.ports)
    for endpoint in endpoints[:2]:
        own.life.scene.network.ports.pop((endpoint.address, 443))
    await _passes(own, 2)
    assert own.all_tickets() == []
    await _passes(own, 1, apart=23 * HOUR)
    [ticket] = own.open_tickets(CauseKind.BLIND, "edge")
    assert "2 of 3 production places unseen for too long" in own.text(ticket)
    writes = len(own.tracker.writes)
    await _passes(own, 3)
    assert len(own.tracker.writes) == writes
    own.life.scene.network.ports.pop((endpoints[2].address, 443))
    await _passes(own, 2, apart=25 * HOUR)
    assert "SEVERITY UP warning -> error" in own.text(ticket)
    own.life.scene.network.ports.update(ports)
    await _passes(own, 4)
    assert own.all_tickets() == [ticket]
    assert not own.is_open(ticket)


async def test_a_tracker_that_cannot_be_read_is_told_elsewhere(own: OwnLife) -> None:
    """After a quarter of an hour, and not in itself; what waits for it is the same trouble."""
    _only_stored(own)
    await own.life.run_once()
    own.life.tracker.down = True
    await own.life.run_once(IMPATIENT)
    assert own.all_tickets() == []
    await _passes(own, 2, apart=16 * MINUTE)
    [ticket] = own.open_tickets(CauseKind.TRACKER, "queue")
    assert own.all_tickets() == [ticket]
    own.life.tracker.down = False
    await _passes(own, 2, apart=16 * MINUTE)
    assert not own.is_open(ticket)
    assert "tracker queue can be read again" in own.text(ticket)


async def test_the_failing_tracker_itself_is_not_asked(own: OwnLife) -> None:
    """Then it is only said here."""
    _only_stored(own)
    own.life.configure(self_tracker="queue")
    await own.life.run_once()
    own.life.tracker.down = True
    await own.life.run_once(IMPATIENT)
    own.life.scene.clock.advance(16 * MINUTE)
    done = (await own.life.run_once(IMPATIENT)).reconciled
    assert [str(cause.id) for cause in done.own.judged.holding] == ["tracker:queue"]
    assert done.own.plan.actions == ()
    assert own.all_tickets() == []
    asked = [entry.request for entry in own.life.tracker.journal if entry.status == 503]
    assert asked != []
    assert not any("self:tracker" in str(request) for request in asked)


async def test_an_outbox_that_is_stuck_is_told_elsewhere(own: OwnLife) -> None:
    """What waits for longer than a quarter of an hour, after it was tried again; over once it is delivered."""
    _only_stored(own)
    path = "/v2/enqueue" if own.life.kind == "pagerduty" else "/rest/api/3/issue"
    rule = own.life.tracker.faults.add(unavailable(), method="POST", path=path, times=None)
    await own.life.run_once(IMPATIENT)
    assert own.all_tickets() == []
    await _passes(own, 1, apart=16 * MINUTE)
    [ticket] = own.open_tickets(CauseKind.OUTBOX, "queue")
    assert "1 action waiting for too long" in own.text(ticket)
    own.life.tracker.faults.rules.remove(rule)
    await _passes(own, 3, apart=16 * MINUTE)
    assert own.all_tickets() == [ticket]
    assert not own.is_open(ticket)


async def test_what_was_late_and_is_delivered_in_this_very_pass_is_no_trouble(own: OwnLife) -> None:
    """Only what is stuck after it was tried is stuck."""
    _only_stored(own)
    own.life.tracker.down = True
    await own.life.run_once(IMPATIENT)
    own.life.tracker.down = False
    await _passes(own, 1)
    assert own.all_tickets() == []


async def test_an_automation_that_closes_twice_is_named(own: OwnLife) -> None:
    """The certificate's incident waits for its next step, and people are told why, by whom, and which."""
    life, old = own.life, own.life.issue(ends_in=50 * DAY)
    life.scene.store("a.pem", old)
    life.configure(sources={"vault": life.config["sources"]["vault"]})
    await life.run_once()
    for _ in range(2):
        [ticket] = life.open_tickets(old)
        if life.kind == "pagerduty":
            life.scene.pagerduty.machine_resolves(ticket.id)
        else:
            life.scene.jira.machine_transitions(ticket.key, "Done")
        await _passes(own, 1)
    assert life.open_tickets(old) == []
    [told] = own.open_tickets(CauseKind.AUTOMATION, "queue")
    closer = (
        next(iter(life.scene.pagerduty.services.values())).agent.summary
        if life.kind == "pagerduty"
        else life.scene.jira.automation.display_name
    )
    assert f"Closed by: {closer}" in own.text(told)
    assert NAME in own.text(told)
    life.scene.clock.advance(40 * DAY)
    await _passes(own, 3)
    assert len(life.open_tickets(old)) == 1
    assert not own.is_open(told)


async def test_a_sweep_that_hangs_is_told_while_the_reconcile_lives(own: OwnLife) -> None:
    """The loop tells the reconcile which task shows no sign of life."""
    _only_stored(own)
    await own.life.run_once()
    loaded = load_settings(own.life.scene.folder / "incidentd.yaml", {})
    async with installed(loaded, own.life.scene.world) as installation:
        now, watch = installation.clock.now(), ClockWatch(installation.clock)
        await reconcile(installation, watch, None, signs=Signs(now, {"vault": now - 20 * MINUTE}))
        [ticket] = own.open_tickets(CauseKind.STALLED, "vault")
        assert "its sweep hangs" in own.text(ticket)
        for _ in range(4):
            own.life.scene.clock.advance(HOUR)
            await reconcile(installation, watch, None, signs=Signs(installation.clock.now()))
        assert not own.is_open(ticket)


async def test_a_clock_that_is_not_believed_holds_them(own: OwnLife) -> None:
    """The tracker that would be written to says another day: nothing goes out, and nothing is remembered."""
    _only_stored(own)
    await own.life.run_once()
    _take_away(own)
    right = own.tracker.now
    own.tracker.now = lambda: right() + 3 * DAY
    done = (await own.life.run_once()).reconciled
    assert [held.hold for held in done.own.plan.held] == [Hold.CLOCK_DISTRUSTED]
    assert "a tracker's clock differs" in done.decision.distrust
    assert (own.tracker.writes, own.all_tickets()) == ([], [])
    own.tracker.now = right
    await own.life.run_once()
    assert len(own.open_tickets(CauseKind.SOURCE, "vault")) == 1


async def test_observing_writes_to_no_tracker_here_either(own: OwnLife) -> None:
    """What would be said is shown in the plan."""
    _only_stored(own)
    _take_away(own)
    own.life.configure(mode="observe")
    done = (await own.life.run_once()).reconciled
    assert [action.key for action in done.own.plan.actions] == ["incidentd:default:self:source:vault"]
    assert own.tracker.writes == own.life.tracker.writes == []


async def test_a_lost_answer_makes_no_second_one(own: OwnLife) -> None:
    """The same write-ahead, and the same adoption by its marker when the state is lost."""
    _only_stored(own)
    _take_away(own)
    path = "/v2/enqueue" if own.kind == "pagerduty" else "/rest/api/3/issue"
    own.tracker.faults.add(lost_answer(), method="POST", path=path)
    await own.life.run_once(IMPATIENT)
    await _passes(own, 3, apart=11 * MINUTE)
    assert len(own.all_tickets()) == 1
    own.life.forget_state()
    await _passes(own, 2)
    assert len(own.open_tickets(CauseKind.SOURCE, "vault")) == len(own.all_tickets()) == 1


async def test_it_is_no_certificates_incident(own: OwnLife) -> None:
    """Neither counted nor listed among them; the guard's rate has room for all it had."""
    vault = {**own.life.config["sources"]["vault"], "paths": ["store/*.pem"]}
    own.life.configure(guard={"open_per_hour": 1}, sources={**own.life.config["sources"], "vault": vault})
    _take_away(own)
    await own.life.run_once()
    assert len(own.open_tickets(CauseKind.SOURCE, "vault")) == 1
    old = own.life.issue(ends_in=50 * DAY)
    await own.life.scene.serve(NAME, old, *ADDRESSES)
    passed = await own.life.run_once()
    assert len(own.life.open_tickets(old)) == 1
    assert passed.reconciled.decision.plan.held == ()
    assert [record.key for record in passed.reconciled.decision.own_records] == ["incidentd:default:self:source:vault"]
