"""A small installation that has lived: certificates on disk, swept and reconciled by the daemon's own loop."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from incidentd.daemon.installation import Installation
from incidentd.daemon.loop import Loop
from incidentd.daemon.status import Status, status_of
from incidentd.ports import Clock, SystemClock
from incidentd.sandbox.ca import CertificateAuthority, Issued
from incidentd.sandbox.clock import MovedClock
from incidentd.settings import load_settings
from incidentd.web.app import board
from incidentd.web.door import Door, door_of
from incidentd.wiring import World, installed

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
OWN = "http://127.0.0.1:8580"
DUE = {"api.example.test": 60.0, "pay.example.test": 10.0, "fine.example.test": 300.0}
"""Names, and the days they have left at START."""


def issue(name: str, days: float, authority: str = "Sandbox CA") -> Issued:
    """A certificate with so many days left at START."""
    root = CertificateAuthority(
        authority, not_before=START - timedelta(days=900), not_after=START + timedelta(days=3000)
    )
    return root.issue([name], not_before=START - timedelta(days=300), not_after=START + timedelta(days=days))


def lay_out(folder: Path, names: Mapping[str, float]) -> None:
    """One file a certificate, where the configuration looks."""
    (folder / "certs").mkdir(exist_ok=True)
    for number, (name, days) in enumerate(names.items()):
        (folder / "certs" / f"{number}.pem").write_bytes(issue(name, days).chain_pem)


def configure(folder: Path, **sections: Any) -> Path:
    """A configuration with one source on disk; sections take the place of these."""
    config = {
        "state": {"url": f"sqlite:///{folder}/state.db"},
        "sources": {"disk": {"kind": "files", "paths": ["certs"], "role": "served", "labels": {"env": "prod"}}},
        **sections,
    }
    path = folder / "incidentd.yaml"
    path.write_text(json.dumps(config))  # JSON is YAML
    path.chmod(0o600)
    return path


@dataclass
class Lived:
    """An installation, its status, and its clock."""

    installation: Installation
    status: Status
    clock: MovedClock
    door: Door

    def client(self, peer: str = "127.0.0.1", **options: Any) -> httpx.AsyncClient:
        """Asks the board in process, as if from `peer`."""
        app: Any = board(self.installation, self.status, self.door)
        transport = httpx.ASGITransport(app, client=(peer, 40000))
        return httpx.AsyncClient(transport=transport, base_url=OWN, **options)

    async def text(self, path: str) -> str:
        """One page that must be there."""
        async with self.client() as client:
            answer = await client.get(path)
        assert answer.status_code == 200, answer.text
        return answer.text

    async def goes_round(self) -> None:
        """The loop until it has swept and reconciled anew."""
        self.status.last = None
        loop = Loop(self.installation, self.status)
        running = asyncio.create_task(loop.run())
        await until(lambda: self.status.last is not None or running.done())
        loop.stop()
        await running


async def until(so: Callable[[], bool]) -> None:
    """Waits until it is so; the test's own time-out bounds it."""
    while not so():
        await SystemClock().sleep(0.01)


@asynccontextmanager
async def built(folder: Path, *, wall: Clock | None = None, **sections: Any) -> AsyncIterator[Lived]:
    """What a configuration describes, before anything was looked at; `wall`: another clock for the installation."""
    loaded = load_settings(configure(folder, **sections), {})
    clock = MovedClock(START)
    async with installed(loaded, World(clock=wall or clock)) as installation:
        status = status_of(installation, own_tracker=loaded.settings.has_own_tracker)
        yield Lived(installation, status, clock, door_of(loaded.settings.web, folder))


@asynccontextmanager
async def lived(folder: Path, names: Mapping[str, float] | None = None, **sections: Any) -> AsyncIterator[Lived]:
    """The same after one sweep and one reconcile."""
    lay_out(folder, DUE if names is None else names)
    async with built(folder, **sections) as world:
        await world.goes_round()
        yield world
