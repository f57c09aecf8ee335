"""A hub that two other machines push to, and what their pushes are made of."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx

from incidentd.model.inventory import Inventory
from incidentd.ports import Clock
from tests.web.world import Lived, built, issue

PATH = "/api/v1/observations"
TOKENS = {"branch": "branch-token-0123456789", "before": "earlier-token-0123456789", "other": "other-token-0123456789"}
BOARD = "board-token-0123456789"
URI = "tls://api.branch.test:443"
OLD, NEW = issue("api.branch.test", 30), issue("api.branch.test", 400)


@asynccontextmanager
async def pushed_to(tmp_path: Path, wall: Clock | None = None, **sections: Any) -> AsyncIterator[Lived]:
    """A hub with two pushed sources, of which one changes its token; the board has a token too."""
    for name, token in {**TOKENS, "board": BOARD}.items():
        (tmp_path / name).write_text(f"{token}\n")
    branch = {"kind": "pushed", "token_file": "branch", "earlier_token_file": "before", "most_places": 3}
    labels = {"labels": {"env": "prod", "region": "eu"}, "trust_labels": ["service", "region"]}
    other = {"kind": "pushed", "token_file": "other"}
    sources = {"branch": {**branch, **labels}, "other": other}
    async with built(tmp_path, wall=wall, sources=sources, web={"token_file": "board"}, **sections) as hub:
        yield hub


def bearer(name: str) -> dict[str, str]:
    """What its pusher shows."""
    return {"authorization": f"Bearer {TOKENS[name]}"}


async def known(world: Lived, name: str = "branch") -> Any:
    """What the hub tells a pusher."""
    async with world.client(headers=bearer(name)) as client:
        answer = await client.get(PATH)
    assert answer.status_code == 200
    return answer.json()


def der(issued: Any) -> dict[str, str]:
    """The line with a certificate."""
    return {"line": "certificate", "der": base64.b64encode(issued.der).decode()}


def place(*issued: Any, uri: str = URI, **more: Any) -> dict[str, Any]:
    """The line of a place where a chain is served."""
    seen = [{"member": "192.0.2.1", "chain": [one.fingerprint for one in issued]}] if issued else []
    return {"line": "place", "uri": uri, "role": "served", "asked_name": "api.branch.test", "seen": seen, **more}


async def lines(world: Lived, *middle: Any, name: str = "branch", **begun: Any) -> bytes:
    """A push, whole, that follows what the hub holds now."""
    told = await known(world, name)
    begin = {"line": "sweep", "after": told["after"], "since": told["since"], **begun}
    return b"".join(json.dumps(line).encode() + b"\n" for line in (begin, *middle, {"line": "end"}))


async def push(world: Lived, body: bytes, name: str = "branch", **headers: str) -> httpx.Response:
    """POSTs it."""
    kind = {"content-type": "application/x-ndjson"}
    async with world.client(headers={**bearer(name), **kind, **headers}) as client:
        return await client.post(PATH, content=body)


def inventory(world: Lived) -> Inventory:
    """What the hub holds."""
    return world.installation.store.inventory()


async def pushed(world: Lived, *middle: Any, name: str = "branch") -> Any:
    """One that is taken."""
    world.clock.advance(timedelta(minutes=5))
    answer = await push(world, await lines(world, *middle, name=name), name)
    assert answer.status_code == 200, answer.text
    return answer.json()
