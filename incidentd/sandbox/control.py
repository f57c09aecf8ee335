"""The control interface over HTTP, for whoever drives a sandbox from another process.

GET /__sandbox__/state, /__sandbox__/journal · POST /__sandbox__/reset, /faults (a list or one), /switches, /actions
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from incidentd.sandbox.faults import Script
from incidentd.sandbox.journal import JournalEntry


class Controlled(Protocol):
    """What the control interface needs of a sandbox."""

    journal: list[JournalEntry]
    faults: Script

    def state(self) -> dict[str, Any]:
        """Everything that a test would read, as plain values."""

    def reset(self) -> None:
        """Back to the first day."""

    def switches(self) -> Mapping[str, Callable[[Any], None]]:
        """What may be set, by name."""

    def actions(self) -> Mapping[str, Callable[..., Any]]:
        """What people and machines may do, by name; answers are plain values or None."""


def control_routes(sandbox: Controlled) -> Starlette:
    """The ASGI application behind /__sandbox__/."""

    async def state(_: Request) -> Response:
        return JSONResponse(sandbox.state())

    async def journal(_: Request) -> Response:
        return JSONResponse([entry.as_json() for entry in sandbox.journal])

    async def reset(_: Request) -> Response:
        sandbox.reset()
        return Response(status_code=204)

    async def faults(request: Request) -> Response:
        return await _told(request, _script(sandbox.faults))

    async def switches(request: Request) -> Response:
        return await _told(request, _switch(sandbox.switches()))

    async def actions(request: Request) -> Response:
        return await _told(request, _act(sandbox.actions()))

    return Starlette(
        routes=[
            Route("/__sandbox__/state", state),
            Route("/__sandbox__/journal", journal),
            Route("/__sandbox__/reset", reset, methods=["POST"]),
            Route("/__sandbox__/faults", faults, methods=["POST"]),
            Route("/__sandbox__/switches", switches, methods=["POST"]),
            Route("/__sandbox__/actions", actions, methods=["POST"]),
        ]
    )


async def _told(request: Request, obey: Callable[[Any], Any]) -> Response:
    try:
        return JSONResponse({"result": obey(json.loads(await request.body()))})
    except (ValueError, KeyError, TypeError) as problem:
        return JSONResponse({"error": f"{type(problem).__name__}: {problem}"}, status_code=400)


def _script(faults: Script) -> Callable[[Any], int]:
    def obey(order: Any) -> int:
        for rule in order if isinstance(order, list) else [order]:
            faults.add_json(rule)
        return len(faults.rules)

    return obey


def _switch(switches: Mapping[str, Callable[[Any], None]]) -> Callable[[Any], None]:
    def obey(order: Any) -> None:
        unknown = sorted(set(order) - set(switches))
        if unknown:
            raise ValueError(f"no switch is called {', '.join(unknown)}; there are {', '.join(sorted(switches))}")
        for name, value in order.items():
            switches[name](value)

    return obey


def _act(actions: Mapping[str, Callable[..., Any]]) -> Callable[[Any], Any]:
    def obey(order: Any) -> Any:
        if order["action"] not in actions:
            raise ValueError(f"no action is called {order['action']!r}; there are {', '.join(sorted(actions))}")
        return actions[order["action"]](**order.get("arguments", {}))

    return obey
