"""Applications in our own process in the place of the network, by origin: for the demo, tests and simulations."""

from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

import httpx

from incidentd.transport.fence import pass_fence

Message = MutableMapping[str, Any]
AsgiApp = Callable[
    [MutableMapping[str, Any], Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]], Awaitable[None]
]
"""An ASGI application: scope, receive, send."""


class InProcess(httpx.AsyncBaseTransport):
    """Hands each request to the application of its origin (`https://api.example.com`); no other origin is reachable.

    What an application raises, ConnectionResetError for a cut line, reaches the caller as from a socket.
    """

    def __init__(self, apps: Mapping[str, AsgiApp]) -> None:
        self._apps = {origin.rstrip("/"): httpx.ASGITransport(app) for origin, app in apps.items()}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """One request to the application that stands for its origin."""
        origin = f"{request.url.scheme}://{request.url.netloc.decode()}"
        app = self._apps.get(origin)
        if app is None:
            raise httpx.ConnectError(f"nothing in this process stands for {request.url.host}")
        await pass_fence()
        return await app.handle_async_request(request)
