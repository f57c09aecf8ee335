"""The loop: each source on its own, nothing that goes wrong ends it, and what hangs is seen."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from incidentd.daemon.installation import Installation
from incidentd.daemon.loop import Loop
from incidentd.daemon.status import SILENT_SECONDS, Status, status_of
from incidentd.errors import SourceError
from incidentd.model.inventory import Place
from incidentd.model.observation import Sweep
from incidentd.sources.interface import Progress, no_progress
from tests.web.world import built, lay_out, until


class Hanging:
    """A source that never comes back, unless it is let go; it may show how far it has come."""

    name = "stuck"

    def __init__(self) -> None:
        self.let_go = asyncio.Event()
        self.begun = asyncio.Event()
        self.on_progress: Progress = no_progress

    async def sweep(self, known: Sequence[Place], on_progress: Progress = no_progress) -> Sweep:
        self.on_progress = on_progress
        self.begun.set()
        await self.let_go.wait()
        raise SourceError("it was let go")


class Broken:
    """A source with a bug in it."""

    name = "broken"

    async def sweep(self, known: Sequence[Place], on_progress: Progress = no_progress) -> Sweep:
        raise ZeroDivisionError("secret detail")


def _with(installation: Installation, source: Hanging | Broken) -> tuple[Installation, Status]:
    """The same installation with one more source."""
    every = {**installation.intervals, source.name: timedelta(seconds=1)}
    changed = replace(installation, sources={**installation.sources, source.name: source}, intervals=every)
    return changed, status_of(changed, own_tracker=True)


async def test_a_sweep_that_hangs_shows_as_a_stalled_loop_and_holds_up_no_other(tmp_path: Path) -> None:
    """After a quarter of an hour without a sign of life it is named; the other source is swept all the same."""
    lay_out(tmp_path, {})
    async with built(tmp_path) as world:
        stuck = Hanging()
        installation, status = _with(world.installation, stuck)
        loop = Loop(installation, status)
        running = asyncio.create_task(loop.run())
        await stuck.begun.wait()
        await until(lambda: "disk" in status.sweeps)
        assert status.stalled(world.clock.monotonic()) == ()
        world.clock.advance(timedelta(seconds=SILENT_SECONDS + 1))
        await until(lambda: status.stalled(world.clock.monotonic()) == ("sweep of stuck",))
        assert "the loop stalls: sweep of stuck hangs" in status.not_ready(world.clock.now(), world.clock.monotonic())
        stuck.on_progress(1, 2)
        assert status.stalled(world.clock.monotonic()) == ()
        loop.stop()
        stuck.let_go.set()
        await running


async def test_a_bug_in_one_source_is_told_and_ends_nothing(tmp_path: Path) -> None:
    """By its type only: what it says may hold anything. The next round comes all the same."""
    lay_out(tmp_path, {})
    async with built(tmp_path) as world:
        installation, status = _with(world.installation, Broken())
        loop = Loop(installation, status)
        running = asyncio.create_task(loop.run())
        await until(lambda: "disk" in status.sweeps and bool(status.trouble))
        assert status.trouble == "sweep of broken: internal error: ZeroDivisionError"
        assert not running.done()
        loop.stop()
        await running


async def test_no_plan_is_made_before_every_source_was_looked_at(tmp_path: Path) -> None:
    """On half of the places it would be half true."""
    lay_out(tmp_path, {"due.example.test": 60.0})
    async with built(tmp_path) as world:
        stuck = Hanging()
        installation, status = _with(world.installation, stuck)
        loop = Loop(installation, status)
        running = asyncio.create_task(loop.run())
        await until(lambda: "disk" in status.sweeps and "reconcile" in status.signs)
        world.clock.advance(timedelta(minutes=5))
        await until(lambda: status.signs["reconcile"] > 300)
        assert status.last is None
        assert installation.store.history() == ()
        stuck.let_go.set()
        await until(lambda: status.last is not None)
        assert len(status.records) == 1
        loop.stop()
        await running


async def test_it_stops_after_the_work_in_hand(tmp_path: Path) -> None:
    """A sweep that is under way is finished and kept."""
    lay_out(tmp_path, {})
    async with built(tmp_path) as world:
        stuck = Hanging()
        installation, status = _with(world.installation, stuck)
        loop = Loop(installation, status)
        running = asyncio.create_task(loop.run())
        await stuck.begun.wait()
        loop.stop()
        assert not running.done()
        stuck.let_go.set()
        await running
        assert status.sweeps["stuck"].failure == "it was let go"
