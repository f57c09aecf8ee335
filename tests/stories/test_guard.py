"""The guard, end to end, with both trackers: what may be a mistake waits and is said; observing writes nothing."""

from __future__ import annotations

import asyncio
import os
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from incidentd.daemon.clockwatch import ClockWatch
from incidentd.daemon.deciding import Decision
from incidentd.daemon.passes import reconcile, whole_pass
from incidentd.daemon.rounds import sweep_source
from incidentd.model.incident import IncidentState
from incidentd.model.plan import ActionKind, Hold
from incidentd.planning.guard import plan_hash
from incidentd.planning.holding import what_is_held
from incidentd.sandbox.ca import Issued
from incidentd.sandbox.faults import lost_answer
from incidentd.settings import load_settings
from incidentd.store.interface import Approval
from incidentd.wiring import installed
from tests.stories.askew import Askew
from tests.stories.doubles import made_by_us, somebody_closes
from tests.stories.life import SWEEP, Life

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
NAMES = [f"n{number}.example.test" for number in range(8)]


def stored(life: Life, folder: str = "", names: list[str] = NAMES) -> list[Issued]:
    """As many certificates in the store, all due, each in its own file."""
    made = [life.issue(ends_in=(30 + number) * DAY, names=(name,)) for number, name in enumerate(names)]
    for name, issued in zip(names, made, strict=True):
        (life.scene.store_folder / folder).mkdir(exist_ok=True)
        life.scene.store(os.path.join(folder, f"{name}.pem"), issued)
    return made


def stores(life: Life, *paths: str, **more: Any) -> None:
    """One source with these paths, and nothing else; one look is proof."""
    vault = {"kind": "files", "labels": {"env": "prod"}, "paths": list(paths), **more}
    life.configure(sources={"vault": vault}, policy={"close_after": {"observations": 1, "apart": "0s"}})


def still_open(life: Life, issued: list[Issued]) -> int:
    """How many of them have exactly one open ticket."""
    return sum(len(life.open_tickets(one)) == 1 for one in issued)


def held_for(decision: Decision) -> set[Hold]:
    """On what grounds."""
    return {held.hold for held in decision.plan.held}


async def approve(life: Life, decision: Decision) -> None:
    """As the command does it."""
    keys = tuple(sorted({held.action.key for held in decision.plan.held}))
    async with installed(load_settings(life.scene.folder / "incidentd.yaml", {}), life.scene.world) as installation:
        installation.store.approve(Approval(plan_hash(decision.plan), keys, installation.clock.now()))


async def test_a_configuration_that_lost_its_targets_closes_nothing(life: Life) -> None:
    """Six of eight paths are gone from it: held, and said; back again, no ticket has a word about it."""
    paths = [f"store/{name}.pem" for name in NAMES]
    stores(life, *paths)
    issued = stored(life)
    await life.run_once()
    stores(life, *paths[:2])
    passed = await life.passes(2)
    decision = passed.reconciled.decision
    assert held_for(decision) == {Hold.REMOVAL_SHARE}
    (said,) = what_is_held(decision.plan.held)
    assert said.startswith("the guard holds 6 actions: 6 of 8 open incidents would end in one pass")
    stores(life, *paths)
    await life.run_once()
    assert (await life.plan()).plan.empty
    assert still_open(life, issued) == 8
    assert [text for one in issued for ticket in life.tickets(one) for text in life.comments(ticket)] == []


async def test_removals_that_a_person_approves_close(life: Life) -> None:
    """By the hash of any plan in which the same are held; the others stay."""
    paths = [f"store/{name}.pem" for name in NAMES]
    stores(life, *paths)
    issued = stored(life)
    await life.run_once()
    stores(life, *paths[:2])
    first = (await life.passes(2)).reconciled.decision
    life.scene.clock.advance(HOUR)
    assert plan_hash((await life.plan()).plan) == plan_hash(first.plan)
    await approve(life, first)
    await life.run_once()
    assert [len(life.open_tickets(one)) for one in issued] == [1, 1, 0, 0, 0, 0, 0, 0]


async def test_a_label_in_the_wrong_line_closes_nothing(life: Life) -> None:
    """All places at once are no production any more: like removals it waits for approval, and ends with the label."""
    stores(life, "store")
    issued = stored(life)
    await life.run_once()
    writes = len(life.tracker.writes)
    stores(life, "store", labels={"env": "staging"})
    decision = (await life.passes(2)).reconciled.decision
    assert [(one.action.kind, one.hold) for one in decision.plan.held] == [(ActionKind.CLOSE, Hold.REMOVAL_SHARE)] * 8
    stores(life, "store")
    await life.run_once()
    assert (still_open(life, issued), len(life.tracker.writes)) == (8, writes)


@pytest.mark.parametrize(("lost", "suspect"), [(NAMES[:2], True), (NAMES[:1], False)], ids=["two of eight", "one"])
async def test_a_folder_that_lost_much_at_once_is_not_believed(life: Life, lost: list[str], suspect: bool) -> None:
    """More than a fifth of more than five: held until approved. One file of eight is a removal."""
    stores(life, "store")
    issued = stored(life)
    await life.run_once()
    for name in lost:
        (life.scene.store_folder / f"{name}.pem").unlink()
    decision = (await life.passes(2)).reconciled.decision
    assert held_for(decision) == ({Hold.SUSPECT_SOURCE} if suspect else set())
    assert still_open(life, issued) == 8 - (0 if suspect else 1)
    if suspect:
        await approve(life, decision)
        await life.run_once()
        assert still_open(life, issued) == 8 - len(lost)


async def test_a_source_that_turns_empty_is_not_believed(life: Life) -> None:
    """The folders are still there, and nothing in them: a mount that is gone looks just like it."""
    stores(life, "store/**/*.pem")
    issued = [*stored(life, "a", NAMES[:4]), *stored(life, "b", NAMES[4:])]
    await life.run_once()
    for path in life.scene.store_folder.rglob("*.pem"):
        path.unlink()
    decision = (await life.passes(2)).reconciled.decision
    assert held_for(decision) == {Hold.SUSPECT_SOURCE}
    assert still_open(life, issued) == 8


async def in_one_process(life: Life, wall: Askew, offs: list[timedelta]) -> list[Decision]:
    """Whole passes of one process, before each of which its wall clock is set as far off."""
    loaded = load_settings(life.scene.folder / "incidentd.yaml", {})
    decisions = []
    async with installed(loaded, replace(life.scene.world, clock=wall)) as installation:
        watch = ClockWatch(wall)
        for off in offs:
            wall.off = off
            passed = await whole_pass(installation, watch, timedelta(seconds=2))
            decisions.append(passed.reconciled.decision)
            life.scene.clock.advance(SWEEP)
    return decisions


@pytest.mark.parametrize("off", [400 * DAY, -2 * HOUR])
async def test_a_clock_that_leaps_moves_nothing_and_leaves_nothing_behind(life: Life, off: timedelta) -> None:
    """Openings, raises, closings, and what people did: all wait, pass after pass, until the clock is right again."""
    stores(life, "store")
    issued = stored(life, names=NAMES[:3])
    await life.run_once()
    late = life.issue(ends_in=30 * DAY, names=("late.example.test",))
    life.scene.store("late.pem", late)
    writes, before = len(life.tracker.writes), await life.records()
    wall = Askew(life.scene.clock, timedelta())
    right, *wrong = await in_one_process(life, wall, [timedelta(), off, off])
    assert right.distrust == "", "it opened what was new"
    assert len(life.open_tickets(late)) == 1
    writes = len(life.tracker.writes)
    assert all("the wall clock moved" in one.distrust or "differs by" in one.distrust for one in wrong)
    assert held_for(wrong[-1]) <= {Hold.CLOCK_DISTRUSTED}
    after = (await life.run_once()).reconciled.decision
    assert (after.distrust, after.plan.actions, len(life.tracker.writes)) == ("", (), writes)
    kept = {record.key: record for record in await life.records()}
    assert [kept[record.key] for record in before] == before
    assert still_open(life, [*issued, late]) == 4


async def test_a_clock_that_trackers_deny_holds_from_the_first_pass_on(life: Life) -> None:
    """Nothing is compared across restarts, but their Date headers are read before any write."""
    stores(life, "store")
    issued = stored(life)
    (decision,) = await in_one_process(life, Askew(life.scene.clock, 2 * DAY), [2 * DAY])
    assert "a tracker's clock differs by" in decision.distrust
    assert {held.action.kind for held in decision.plan.held} == {ActionKind.OPEN}
    assert (len(life.tracker.writes), await life.records()) == (0, [])
    await life.run_once()
    assert still_open(life, issued) == 8


@pytest.mark.parametrize("off", [400 * DAY, -2 * HOUR])
@pytest.mark.parametrize("ends_off", [0, 1])
async def test_what_is_seen_while_the_clock_leaps_is_dated_by_the_time_that_passed(
    life: Life, off: timedelta, ends_off: int
) -> None:
    """Wrong all the time, or set right meanwhile: it was there then, and nothing that came later is dated before."""
    stores(life, "store")
    (issued,) = stored(life, names=NAMES[:1])
    wall = Askew(life.scene.clock, timedelta())

    def leap(done: int, total: int) -> None:
        life.scene.clock.advance(timedelta(minutes=1))
        wall.off = ends_off * off

    loaded = load_settings(life.scene.folder / "incidentd.yaml", {})
    async with installed(loaded, replace(life.scene.world, clock=wall)) as installation:
        watch, began_at = ClockWatch(wall), life.scene.clock.now()
        wall.off = off
        swept = await sweep_source(installation, watch, "vault", None, leap)
        inventory = installation.store.inventory()
    ((member,),) = (place.members for place in inventory.places.values())
    assert swept.failure is None
    assert member.showed(issued.fingerprint)
    assert began_at <= swept.started_at <= member.last_look_at <= swept.finished_at <= life.scene.clock.now()


async def test_observing_writes_to_no_tracker_ever(life: Life) -> None:
    """All that is ever written is wanted, of itself too, and nothing of it is written, whatever runs."""
    stores(life, "store")
    renewed, raised, person, other = stored(life, names=NAMES[:4])
    await life.run_once()
    path = "/v2/enqueue" if life.kind == "pagerduty" else "/rest/api/3/issue"
    life.tracker.faults.add(lost_answer(), method="POST", path=path)
    stored(life, names=["uncertain.example.test"])
    await life.run_once(timedelta(0))
    vault = life.config["sources"]["vault"]
    failing = {"kind": "tls", "targets_file": "nowhere.txt"}
    life.configure(mode="observe", self_tracker="queue", sources={"vault": vault, "failing": failing})
    somebody_closes(life, life.open_tickets(person)[0])
    made_by_us(life, other)
    life.scene.store(f"{NAMES[0]}.pem", life.issue(ends_in=400 * DAY, begins=-DAY, names=(NAMES[0],)))
    stored(life, names=["new.example.test"])
    life.scene.clock.advance(29 * DAY)
    writes = len(life.tracker.writes)
    passed = await life.passes(2)
    await asyncio.gather(*(in_the_daemon(life) for _ in range(2)))
    kinds = {action.kind for action in passed.reconciled.decision.plan.actions}
    assert {ActionKind.OPEN, ActionKind.UPDATE, ActionKind.CLOSE, ActionKind.MERGE} <= kinds
    assert kinds & {ActionKind.COMMENT, ActionKind.REOPEN}
    assert len(passed.reconciled.waiting) == 1, "what came of the lost answer is not found out either"
    assert {action.kind for action in passed.reconciled.own.plan.actions} == {ActionKind.OPEN}
    assert (len(life.tracker.writes), passed.reconciled.problems, passed.reconciled.undelivered) == (writes, (), 0)
    assert still_open(life, [renewed, raised]) == 2
    life.configure(mode="act")
    await life.passes(2)
    assert len(life.tracker.writes) > writes
    assert [record.state for record in await life.records()].count(IncidentState.CLOSED) == 1


async def in_the_daemon(life: Life) -> None:
    """A sweep and a reconcile as the loop makes them."""
    loaded = load_settings(life.scene.folder / "incidentd.yaml", {})
    async with installed(loaded, life.scene.world) as installation:
        wait_until = installation.clock.now() + timedelta(seconds=30)
        await sweep_source(installation, ClockWatch(installation.clock), "vault", wait_until)
        await reconcile(installation, ClockWatch(installation.clock), wait_until)
