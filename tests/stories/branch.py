"""A branch: another network, with endpoints of its own, a machine that sweeps them, and a hub that cannot."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from starlette.types import Message, Receive, Scope, Send

from incidentd.cli.scanning.hub import PushHub
from incidentd.cli.scanning.sweeping import Delivered, deliver_sweep
from incidentd.daemon.passes import Passed
from incidentd.daemon.status import status_of
from incidentd.model.inventory import Place, SweepRecord
from incidentd.ports import SystemRandomness
from incidentd.sandbox.clock import MovedClock
from incidentd.sandbox.faults import AnswerLost
from incidentd.sandbox.serving import serving
from incidentd.settings import load_settings
from incidentd.sources.interface import no_progress
from incidentd.transport import Transport
from incidentd.web.app import board
from incidentd.web.door import door_of
from incidentd.wiring import World, installed, outside
from tests.stories.life import ADDRESSES, NAME, Life

TOKEN = "0123456789abcdef0123456789abcdef"
SOURCE = "branch"


@dataclass
class Branch:
    """The other machine, and the hub of this life."""

    life: Life
    folder: Path
    clock: MovedClock
    """Its own: nothing says that it is right."""
    sources: dict[str, Any] = field(default_factory=dict)

    async def push(self, token: str = TOKEN) -> Delivered:
        """`incidentd scan --push`, over real HTTP."""
        async with self.hub() as url:
            return await self.push_to(url, token)

    async def push_to(self, url: str, token: str = TOKEN) -> Delivered:
        """The same, to somewhere else."""
        path = self.folder / "incidentd.yaml"
        path.write_text(json.dumps({"sources": self.sources}))
        transport = Transport(self.clock, SystemRandomness())
        try:
            async with outside(load_settings(path, {}), self.life.scene.network, World(self.clock)) as there:
                return await deliver_sweep(there.sources, PushHub(url, token), transport, self.clock, no_progress)
        finally:
            await transport.close()

    async def pushes(self, count: int, apart: timedelta) -> Passed:
        """Several, each followed by a pass of the hub, with time between them."""
        for _ in range(count - 1):
            await self.push()
            await self.life.run_once()
            self.life.scene.clock.advance(apart)
            self.clock.advance(apart)
        await self.push()
        return await self.life.run_once()

    @asynccontextmanager
    async def hub(self, lost: int = 0) -> AsyncIterator[str]:
        """The hub's address, while it serves; so many answers to pushes are lost once all was done."""
        loaded = load_settings(self.life.scene.folder / "incidentd.yaml", {})
        async with installed(loaded, self.life.scene.world) as installation:
            status = status_of(installation, own_tracker=True)
            door = door_of(loaded.settings.web, loaded.folder)
            app = board(installation, status, door)
            left = [None] * lost

            async def lossy(scope: Scope, receive: Receive, send: Send) -> None:
                if scope["method"] == "POST" and left:
                    left.pop()
                    await app(scope, receive, _unheard)
                    raise AnswerLost
                await app(scope, receive, send)

            async with serving(lossy) as url:
                yield url

    async def record(self) -> SweepRecord | None:
        """The last sweep of the source, as the hub has it."""
        return await self.life.by_command(
            lambda installation: installation.worker.run(lambda: installation.store.inventory().sweeps.get(SOURCE))
        )

    async def places(self) -> Mapping[str, Place]:
        """What the hub remembers of the source, by address."""
        found = await self.life.by_command(
            lambda installation: installation.worker.run(
                lambda: tuple(installation.store.inventory().places_of(SOURCE))
            )
        )
        return {place.location.uri: place for place in found}


async def _unheard(message: Message) -> None:
    """Nobody."""


def branch_of(life: Life, folder: Path, off: timedelta = timedelta(0), **settings: Any) -> Branch:
    """A branch with three endpoints of one name; its clock is off by so much."""
    folder.mkdir(exist_ok=True)
    (life.scene.folder / "branch.token").write_text(f"{TOKEN}\n")
    pushed = {"kind": "pushed", "token_file": "branch.token", "labels": {"env": "prod"}, **settings}
    life.configure(sources={SOURCE: pushed})
    edge = {"kind": "tls", "targets": [{"host": address, "server_name": NAME} for address in ADDRESSES]}
    return Branch(life, folder, MovedClock(life.scene.clock.now() + off), {"edge": edge})
