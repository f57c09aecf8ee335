"""Leases: waited for up to the deadline, taken over from the dead, and nothing is sent once one is lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import pytest

from incidentd.daemon.installation import Installation
from incidentd.daemon.leases import LASTS, leased, steadily
from incidentd.errors import StoreError
from incidentd.settings import load_settings
from incidentd.store.interface import LeaseLost
from incidentd.transport import Transport, fenced
from incidentd.wiring import installed
from tests.stories.askew import Askew
from tests.stories.life import Life

SOON = timedelta(seconds=1)


@asynccontextmanager
async def process(life: Life) -> AsyncIterator[Installation]:
    """What another process would build from the same configuration."""
    loaded = load_settings(life.scene.folder / "incidentd.yaml", {})
    async with installed(loaded, life.scene.world) as installation:
        yield installation


async def test_another_owner_is_waited_for_up_to_the_deadline(life: Life) -> None:
    """Then it is said what is waited for."""
    async with process(life) as one, process(life) as two, leased(one, "work", None):
        with pytest.raises(StoreError, match=r"still at work.*work"):
            async with leased(two, "work", two.clock.now() + SOON):
                pytest.fail("two at once")


async def test_a_lease_given_back_is_had_at_once(life: Life) -> None:
    """Also after an error in the work."""
    async with process(life) as one, process(life) as two:
        with pytest.raises(ValueError, match="defect"):
            async with leased(one, "work", None):
                raise ValueError("defect")
        async with leased(two, "work", two.clock.now()):
            pass


async def test_what_a_dead_owner_left_is_taken_over_within_ten_seconds(life: Life) -> None:
    """Its lease runs out."""
    assert timedelta(seconds=10) > LASTS
    async with process(life) as dead, process(life) as next_one:
        dead.store.acquire("work", dead.owner, LASTS, steadily(dead.clock))
        life.scene.clock.advance(LASTS)
        async with leased(next_one, "work", next_one.clock.now()):
            pass


async def test_a_pause_that_nobody_noticed_loses_nothing(life: Life) -> None:
    """Longer than the lease, but nobody took it: it is renewed, and the work goes on."""
    async with process(life) as one, leased(one, "work", None) as held:
        life.scene.clock.advance(10 * LASTS)
        await held.ensure()
        assert held.lease.until > steadily(one.clock)


async def test_who_comes_back_after_a_takeover_does_nothing_more(life: Life) -> None:
    """LeaseLost, before anything is done; and the new owner keeps what it took."""
    async with process(life) as paused, process(life) as next_one:
        with pytest.raises(LeaseLost):
            async with leased(paused, "work", None) as held:
                life.scene.clock.advance(LASTS)
                taken = next_one.store.acquire("work", next_one.owner, LASTS, steadily(next_one.clock))
                await held.ensure()
        assert taken is not None
        next_one.store.renew(taken, LASTS, steadily(next_one.clock))


async def test_the_keeper_stops_work_that_waits_for_something_else(life: Life) -> None:
    """Work that hangs learns of the loss too: as LeaseLost, not as somebody's cancellation."""
    async with process(life) as paused, process(life) as next_one:
        with pytest.raises(LeaseLost):
            async with leased(paused, "work", None):
                life.scene.clock.advance(LASTS)
                next_one.store.acquire("work", next_one.owner, LASTS, steadily(next_one.clock))
                await asyncio.Event().wait()


async def test_a_cancellation_from_outside_stays_one_and_gives_the_lease_back(life: Life) -> None:
    """SIGINT in the middle of the work."""
    async with process(life) as one, process(life) as two:
        started = asyncio.Event()

        async def work() -> None:
            async with leased(one, "work", None):
                started.set()
                await asyncio.Event().wait()

        task = asyncio.create_task(work())
        await started.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        async with leased(two, "work", two.clock.now()):
            pass


@pytest.mark.parametrize("off", [timedelta(days=400), timedelta(hours=-2)])
async def test_a_wall_clock_that_leaps_gives_no_lease_away_and_takes_none(life: Life, off: timedelta) -> None:
    """Neither what is held by then, nor what another one holds: both are alive, and one of them is at work."""
    wall = Askew(life.scene.clock, timedelta())
    loaded = load_settings(life.scene.folder / "incidentd.yaml", {})
    async with (
        process(life) as other,
        installed(loaded, replace(life.scene.world, clock=wall)) as leaps,
        leased(leaps, "mine", None) as mine,
        leased(other, "theirs", None),
    ):
        wall.off = off
        await mine.renew()
        for one, name in ((other, "mine"), (leaps, "theirs")):
            with pytest.raises(StoreError, match="still at work"):
                async with leased(one, name, one.clock.now()):
                    pytest.fail("two at once")


@pytest.mark.parametrize("off", [timedelta(days=400), timedelta(hours=-2), timedelta(seconds=-10)])
async def test_of_two_with_different_wall_times_neither_takes_the_other_s_lease(life: Life, off: timedelta) -> None:
    """The clock was set between their beginnings, and each believes its own time: both are at work."""
    loaded = load_settings(life.scene.folder / "incidentd.yaml", {})
    world = replace(life.scene.world, clock=Askew(life.scene.clock, off))
    async with (
        process(life) as right,
        installed(loaded, world) as wrong,
        leased(right, "right", None),
        leased(wrong, "wrong", None),
    ):
        for one, name in ((right, "wrong"), (wrong, "right")):
            with pytest.raises(StoreError, match="still at work"):
                async with leased(one, name, one.clock.now()):
                    pytest.fail("two at once")


async def test_no_request_goes_out_over_a_fence(life: Life) -> None:
    """A lease lost between the decision and the first byte: the tracker hears nothing."""
    async with process(life) as paused, process(life) as next_one:
        transport = Transport(paused.clock, paused.randomness)
        (tracker,) = paused.trackers.values()
        url = life.scene.pagerduty_url if life.kind == "pagerduty" else life.scene.jira_url
        before = len(life.tracker.journal)
        with pytest.raises(LeaseLost):
            async with leased(paused, "work", None) as held:
                with fenced(held.ensure):
                    await tracker.clock()
                    life.scene.clock.advance(LASTS)
                    next_one.store.acquire("work", next_one.owner, LASTS, steadily(next_one.clock))
                    await transport.request("POST", f"{url}/v2/enqueue", idempotent=False, json={})
        await transport.close()
        assert len(life.tracker.journal) == before + 1


async def test_no_body_goes_out_over_a_fence(life: Life) -> None:
    """A lease lost between the head of a request and its body: half a request is none."""
    async with process(life) as paused, process(life) as next_one:
        transport = Transport(paused.clock, paused.randomness)
        url = life.scene.pagerduty_url if life.kind == "pagerduty" else life.scene.jira_url
        asked = 0
        with pytest.raises(LeaseLost):
            async with leased(paused, "work", None) as held:

                async def paused_at_the_body() -> None:
                    nonlocal asked
                    asked += 1
                    if asked == 2:
                        life.scene.clock.advance(LASTS)
                        next_one.store.acquire("work", next_one.owner, LASTS, steadily(next_one.clock))
                    await held.ensure()

                with fenced(paused_at_the_body):
                    await transport.request("POST", f"{url}/v2/enqueue", idempotent=False, json={})
        await transport.close()
        await paused.clock.sleep(0)
        assert (asked, life.tracker.journal) == (2, [])
