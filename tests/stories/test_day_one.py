"""Day one must not flood: thousands of due certificates and of old ones, opened at the rate that was configured.

`DAY_ONE=5000` tells the story at full size; a few hundred of each show the same.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from incidentd.daemon.clockwatch import ClockWatch
from incidentd.daemon.deciding import Decision
from incidentd.daemon.passes import whole_pass
from incidentd.model.assessment import Reason
from incidentd.model.incident import IncidentRecord
from incidentd.model.plan import ActionKind, Hold
from incidentd.planning.guard import plan_hash
from incidentd.sandbox.faults import lost_answer, unavailable
from incidentd.settings import load_settings
from incidentd.store.interface import Approval
from incidentd.wiring import installed
from tests.daemon.dying import Killed, MortalWorker
from tests.stories.archive import Filed, day_one, lay_down
from tests.stories.askew import Askew
from tests.stories.life import Life, living

SIZE = int(os.environ.get("DAY_ONE", "130"))
NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)
HOUR, MINUTE, DAY = timedelta(hours=1), timedelta(minutes=1), timedelta(days=1)
PER_HOUR, URGENT_PER_HOUR = 50, 20
LOCAL = {"queue": {"kind": "local"}}


@pytest.fixture
async def local(tmp_path: Path) -> AsyncIterator[Life]:
    """A life with the built-in queue."""
    async with living("pagerduty", tmp_path, NOW) as life:
        life.configure(trackers=LOCAL)
        yield life


@pytest.fixture(params=["pagerduty", "jira"])
async def either(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Life]:
    """A life with a tracker of the sandbox."""
    async with living(request.param, tmp_path, NOW) as life:
        yield life


def found_in(life: Life, size: int, **sections: object) -> list[Filed]:
    """The configuration for as many of each; those that are due, soonest first."""
    due, _ = day_one(life.scene.folder, size, NOW)
    disk = {"kind": "files", "labels": {"env": "prod"}, "paths": ["pki", "old"]}
    life.configure(sources={"disk": disk}, **sections)
    return due


def held_for(decision: Decision) -> set[Hold]:
    """On what grounds."""
    return {held.hold for held in decision.plan.held}


async def opened(life: Life) -> list[IncidentRecord]:
    """What the tracker has, in the order in which it ends."""
    records = [record for record in await life.records() if record.ticket is not None]
    return sorted(records, key=lambda record: (record.not_after or NOW, record.fingerprint))


async def test_day_one_opens_at_the_rate_soonest_first_and_loses_nothing(local: Life) -> None:
    """Each pass is a new process, and twice an hour one comes: a restart opens nothing, an hour opens what it may.

    What had expired long before it was first seen is never opened, however much there is of it.
    """
    due = found_in(local, SIZE)
    urgent = sum(filed.not_after - NOW <= 14 * DAY for filed in due)
    counts = [0]
    while counts[-1] < SIZE:
        decision = (await local.run_once()).reconciled.decision
        have = await opened(local)
        assert [record.fingerprint for record in have] == [filed.fingerprint for filed in due[: len(have)]]
        assert len(decision.plan.held) == SIZE - len(have)
        assert held_for(decision) <= {Hold.OPEN_RATE}
        counts.append(len(have))
        local.scene.clock.advance(59 * MINUTE)
        again = (await local.run_once()).reconciled.decision.plan
        assert {action.kind for action in again.actions} <= {ActionKind.UPDATE}
        local.scene.clock.advance(MINUTE)
    steps = [later - before for before, later in pairwise(counts)]
    assert steps[0] == URGENT_PER_HOUR + PER_HOUR
    assert all(step in (PER_HOUR, PER_HOUR + URGENT_PER_HOUR) for step in steps[:-1]) or urgent % URGENT_PER_HOUR
    assert max(steps) <= PER_HOUR + URGENT_PER_HOUR
    assert len(steps) <= SIZE / PER_HOUR + 1
    judged = (await local.plan()).assessments
    stale = {fp for fp, one in judged.items() if Reason.STALE_ARCHIVE in one.reasons}
    assert len(stale) == SIZE
    assert stale.isdisjoint(record.fingerprint for record in await local.records())


async def test_an_approval_releases_the_backlog_at_once(local: Life) -> None:
    """The hash is the one that any process of that hour shows; what turns up afterwards goes at its own rate."""
    found_in(local, SIZE)
    first = (await local.run_once()).reconciled.decision
    local.scene.clock.advance(30 * MINUTE)
    shown = plan_hash((await local.plan()).plan)
    assert shown == plan_hash(first.plan)
    await approve(local, await local.plan())
    await local.run_once()
    assert len(await opened(local)) == SIZE
    lay_down(local.scene.folder / "pki", 60, lambda n: NOW + 20 * DAY + n * HOUR, first=20_000)
    after = (await local.run_once()).reconciled.decision.plan
    assert (len(after.actions), len(after.held)) == (0, 60), "50 opened by themselves within this hour"
    local.scene.clock.advance(30 * MINUTE)
    await local.run_once()
    assert len(await opened(local)) == SIZE + PER_HOUR


async def test_an_approval_lives_a_day(local: Life) -> None:
    """Of the hour in which it was given, and not of a year ahead."""
    found_in(local, 60, guard={"open_per_hour": 1, "urgent_per_hour": 1})
    decision = (await local.run_once()).reconciled.decision
    await approve(local, decision, ahead=-DAY)
    assert len((await local.run_once()).reconciled.decision.plan.held) == 58
    await approve(local, decision, ahead=400 * DAY)
    assert len((await local.run_once()).reconciled.decision.plan.held) == 58
    await approve(local, decision)
    assert (await local.run_once()).reconciled.decision.plan.held == ()


async def approve(life: Life, decision: Decision, ahead: timedelta = timedelta()) -> None:
    """As the command does it."""
    keys = tuple(sorted(held.action.key for held in decision.plan.held))
    approval = Approval(plan_hash(decision.plan), keys, life.scene.clock.now() + ahead)
    async with installed(load_settings(life.scene.folder / "incidentd.yaml", {}), life.scene.world) as installation:
        installation.store.approve(approval)


async def test_the_brake_holds_through_deaths_outages_lost_answers_and_clocks(either: Life) -> None:
    """By the tracker's own clock: in no hour do more open than may, and in the end each is there, once."""
    due = found_in(either, 7, guard={"open_per_hour": 2, "urgent_per_hour": 1})
    path = "/v2/enqueue" if either.kind == "pagerduty" else "/rest/api/3/issue"
    number = 0
    while len(created(either)) < len(due) or number < 12:
        either.tracker.down = 3 <= number < 7
        if number % 5 == 1:
            either.tracker.faults.add(lost_answer() if number % 2 else unavailable(), method="POST", path=path)
        await one_process(either, number)
        either.scene.clock.advance(17 * MINUTE)
        number += 1
    at = created(either)
    assert len(at) == len(due)
    assert all(sum(first <= other < first + HOUR for other in at) <= 3 for first in at)


async def one_process(life: Life, number: int) -> None:
    """A whole pass; every third one dies in the middle, every seventh has a clock that is half an hour slow."""
    wall = Askew(life.scene.clock, -HOUR / 2 if number % 7 == 3 else timedelta())
    worker = MortalWorker(7 + number if number % 3 == 2 else 10_000)
    loaded = load_settings(life.scene.folder / "incidentd.yaml", {})
    world = type(life.scene.world)(wall, life.scene.world.randomness, worker, life.scene.world.network)
    try:
        async with installed(loaded, world) as installation:
            await whole_pass(installation, ClockWatch(wall), timedelta(seconds=1))
    except Killed:
        life.scene.clock.advance(MINUTE)  # what it left behind may be taken over now


def created(life: Life) -> list[datetime]:
    """When each ticket was, by the tracker's clock."""
    if life.kind == "pagerduty":
        return sorted(incident.created_at for incident in life.scene.pagerduty.incidents.values())
    return sorted(issue.history[0][0] for issue in life.scene.jira.issues.values())


@pytest.mark.parametrize("off", [-20 * HOUR, -400 * DAY])
async def test_a_clock_that_is_set_back_opens_nothing_by_it(local: Life, off: timedelta) -> None:
    """In a process that knows of no other time, so that it believes its clock."""
    found_in(local, 30, guard={"open_per_hour": 4, "urgent_per_hour": 1})
    await local.run_once()
    assert len(await opened(local)) == 5
    world = type(local.scene.world)(Askew(local.scene.clock, off))
    loaded = load_settings(local.scene.folder / "incidentd.yaml", {})
    for _ in range(3):
        async with installed(loaded, world) as installation:
            passed = await whole_pass(installation, ClockWatch(world.clock), timedelta(seconds=1))
        assert passed.reconciled.decision.distrust == ""
        assert [a for a in passed.reconciled.decision.plan.actions if a.kind is ActionKind.OPEN] == []
        local.scene.clock.advance(19 * MINUTE)
    assert len(await opened(local)) == 5
