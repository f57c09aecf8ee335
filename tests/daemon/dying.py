"""Processes that die in the middle of a pass: before the n-th thing that they do with their database."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TypeVar

from incidentd.daemon.clockwatch import ClockWatch
from incidentd.daemon.passes import reconcile_until
from incidentd.daemon.rounds import sweep_source
from incidentd.ports import ThreadWorker
from incidentd.settings import load_settings
from incidentd.wiring import installed
from tests.stories.life import NAME, Life

T = TypeVar("T")
DAY = timedelta(days=1)
AFTER_A_DEATH = timedelta(seconds=10)
"""What a dead process left is taken over by then."""


class Killed(BaseException):
    """The process is gone: no error that anybody handles."""


@dataclass
class MortalWorker:
    """Dies at its `dies_at`-th use (from 1); once dead it does nothing any more, as no `finally` of a dead process."""

    dies_at: int
    uses: int = 0

    async def run(self, work: Callable[[], T]) -> T:
        """As a worker does, while alive."""
        self.uses += 1
        if self.uses >= self.dies_at:
            raise Killed
        return await ThreadWorker().run(work)


async def die(life: Life, worker: MortalWorker) -> bool:
    """A reconcile under that worker, after a sweep that nothing happens to; False when it came to its end alive."""
    loaded = load_settings(life.scene.folder / "incidentd.yaml", {})
    async with installed(loaded, life.scene.world) as installation:
        await sweep_source(installation, ClockWatch(installation.clock), "edge", None)
    try:
        async with installed(loaded, replace(life.scene.world, worker=worker)) as installation:
            deadline = installation.clock.now() + timedelta(seconds=2)
            await reconcile_until(installation, ClockWatch(installation.clock), deadline)
    except Killed:
        return True
    return False


async def one_endpoint(life: Life) -> None:
    """The smallest configuration, so that a pass has few steps, each of which is died at."""
    targets = [{"host": "127.0.0.11", "server_name": NAME}]
    close_after = {"observations": 1, "apart": "0s"}
    edge = {"kind": "tls", "labels": {"env": "prod"}, "targets": targets}
    life.configure(sources={"edge": edge}, policy={"close_after": close_after})
