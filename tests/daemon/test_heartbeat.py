"""The heartbeat is called after each complete pass, is silent when a pass is not complete, and stops nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from incidentd.daemon.heartbeat import Heartbeat
from incidentd.daemon.loop import Loop
from incidentd.daemon.status import SILENT_SECONDS, status_of
from incidentd.model.inventory import Place
from incidentd.model.observation import Sweep
from incidentd.ports import SystemClock, SystemRandomness
from incidentd.sandbox.faults import unavailable
from incidentd.sandbox.serving import serving
from incidentd.sources.interface import Progress, no_progress
from incidentd.transport import Transport
from tests.stories.life import Life
from tests.stories.own import Listener, listening
from tests.web.world import START, Lived, built, lay_out, until

QUICK = {"sweep_every": "1s", "reconcile_every": "1s"}
IMPATIENT = timedelta(seconds=1)


@pytest.fixture
async def listener() -> AsyncIterator[tuple[Listener, str]]:
    """Somebody who counts, and its address."""
    async with listening() as made:
        yield made


@asynccontextmanager
async def running(world: Lived) -> AsyncIterator[Loop]:
    """The loop while the body runs."""
    loop = Loop(world.installation, world.status)
    task = asyncio.create_task(loop.run())
    yield loop
    loop.stop()
    await task


def heard(folder: Path, url: str, **sections: Any) -> Any:
    """A daemon that looks at a folder every second and calls the address."""
    lay_out(folder, {"fine.example.test": 300.0})
    disk = {"kind": "files", "paths": ["certs/*.pem"], "labels": {"env": "prod"}}
    return built(folder, schedule=QUICK, heartbeat={"url": url}, sources={"disk": disk}, **sections)


async def passes(world: Lived, count: int) -> None:
    """Until so many more reconciles are done."""
    for _ in range(count):
        before = world.status.last
        await until(lambda before=before: world.status.last is not before)  # type: ignore[misc]  # a default binds it


async def test_the_daemon_calls_it_after_each_complete_pass(tmp_path: Path, listener: tuple[Listener, str]) -> None:
    """Again and again, by GET; when it was last heard is known."""
    counts, url = listener
    async with heard(tmp_path, url) as world, running(world):
        await until(lambda: len(counts.calls) >= 3 and world.status.heartbeat_at is not None)
    assert set(counts.calls) == {"GET /ping/t0ken"}
    assert world.status.heartbeat_problem == ""


async def test_it_is_silent_while_a_source_fails_and_speaks_again_after(
    tmp_path: Path, listener: tuple[Listener, str]
) -> None:
    """Nobody else may be able to say that it sees nothing."""
    counts, url = listener
    async with heard(tmp_path, url) as world, running(world):
        await until(lambda: len(counts.calls) >= 1)
        (tmp_path / "certs").rename(tmp_path / "away")
        await until(lambda: world.status.own.incomplete == "source:disk")
        silent_since = len(counts.calls)
        await passes(world, 3)
        assert len(counts.calls) <= silent_since + 1  # one that was under way
        (tmp_path / "away").rename(tmp_path / "certs")
        await until(lambda: len(counts.calls) > silent_since + 1)


class Stuck:
    """A source that is looked at once, and whose second sweep hangs until it is let go."""

    name = "stuck"

    def __init__(self) -> None:
        self.sweeps = 0
        self.let_go = asyncio.Event()

    async def sweep(self, known: Sequence[Place], on_progress: Progress = no_progress) -> Sweep:
        self.sweeps += 1
        if self.sweeps == 2:
            await self.let_go.wait()
        return Sweep(self.name, START, START + timedelta(hours=1))


async def test_it_is_silent_while_a_sweep_hangs_and_speaks_again_after(
    tmp_path: Path, listener: tuple[Listener, str]
) -> None:
    """The reconcile lives, and that is not enough."""
    counts, url = listener
    stuck = Stuck()
    async with heard(tmp_path, url) as world:
        every = {**world.installation.intervals, "stuck": timedelta(seconds=1)}
        sources = {**world.installation.sources, "stuck": stuck}
        world.installation = replace(world.installation, sources=sources, intervals=every)
        world.status = status_of(world.installation, own_tracker=True)
        async with running(world):
            await until(lambda: stuck.sweeps == 2 and len(counts.calls) >= 1)
            world.clock.advance(timedelta(seconds=SILENT_SECONDS + 1))
            await until(lambda: "stalled:stuck" in world.status.own.incomplete)
            silent_since = len(counts.calls)
            await passes(world, 3)
            assert len(counts.calls) <= silent_since + 1  # one that was under way
            stuck.let_go.set()
            await until(lambda: len(counts.calls) > silent_since + 1)


async def test_a_listener_that_fails_is_told_once_and_stops_nothing(
    tmp_path: Path, listener: tuple[Listener, str]
) -> None:
    """On the log, `/readyz` and in metrics, without the address and without its answer."""
    counts, url = listener
    counts.status = 410
    with capture_logs() as logs:
        async with heard(tmp_path, url) as world, running(world):
            await until(lambda: len(counts.calls) >= 3)
            await passes(world, 2)
            assert world.status.heartbeat_problem == "it was answered with HTTP 410"
            text = await world.text("/metrics")
            assert "incidentd_heartbeat_failing 1.0" in text
            assert "incidentd_heartbeat_silent 0.0" in text
            assert "the heartbeat is not heard: it was answered with HTTP 410" in await world.text("/readyz")
            health = await world.text("/health")
            counts.status = 200
            await until(lambda: world.status.heartbeat_at is not None)
            assert world.status.heartbeat_problem == ""
    told = [line for line in logs if line["event"] == "the heartbeat is not heard"]
    assert len(told) == 1
    for shown in (str(logs), text, health, repr(world.installation), str(world.status)):
        assert "t0ken" not in shown
        assert "secret answer" not in shown


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/t0ken", "http://127.0.0.1:9/\u00fcber?t0ken"])
async def test_what_cannot_be_reached_is_told_without_the_address(url: str) -> None:
    """Whatever the client says of it."""
    transport = Transport(SystemClock(), SystemRandomness())
    problem = await Heartbeat(transport, url).beat()
    await transport.close()
    assert problem != ""
    assert "t0ken" not in problem
    assert "t0ken" not in repr(Heartbeat(transport, url))


async def test_a_listener_that_never_answers_is_given_up() -> None:
    """Within its time, and without holding up a pass: it runs beside them."""

    async def mute(scope: Any, receive: Any, send: Any) -> None:
        await asyncio.Event().wait()

    async with serving(mute) as url:
        transport = Transport(SystemClock(), SystemRandomness())
        problem = await Heartbeat(transport, url, timeout_seconds=0.05).beat()
        await transport.close()
    assert "no whole answer within" in problem


async def test_one_pass_calls_it_once_at_its_end(life: Life, listener: tuple[Listener, str]) -> None:
    """Complete and delivered: heard. A tracker that takes nothing, or a source that fails: silent."""
    counts, url = listener
    vault = {**life.config["sources"]["vault"], "paths": ["store/*.pem"]}
    life.configure(sources={"vault": vault}, heartbeat={"url": url})
    life.scene.store("a.pem", life.issue(ends_in=timedelta(days=50)))
    path = "/v2/enqueue" if life.kind == "pagerduty" else "/rest/api/3/issue"
    rule = life.tracker.faults.add(unavailable(), method="POST", path=path, times=None)
    assert (await life.run_once(IMPATIENT)).reconciled.undelivered == 1
    assert counts.calls == []
    life.tracker.faults.rules.remove(rule)
    life.scene.clock.advance(timedelta(hours=1))
    assert (await life.run_once()).unheard == ""
    assert counts.calls == ["GET /ping/t0ken"]
    counts.status = 500
    passed = await life.run_once()
    assert (passed.unheard, passed.problems) == ("it was answered with HTTP 500", ())
    calls = len(counts.calls)
    life.scene.store_folder.rename(life.scene.folder / "away")
    assert (await life.run_once()).reconciled.own.incomplete == "source:vault"
    assert len(counts.calls) == calls


async def test_observing_has_a_heartbeat_too(life: Life, listener: tuple[Listener, str]) -> None:
    """What is listened for is no tracker."""
    counts, url = listener
    life.configure(sources={"vault": life.config["sources"]["vault"]}, mode="observe", heartbeat={"url": url})
    await life.run_once()
    assert len(counts.calls) == 1
