"""Serves an ASGI application on loopback inside the running event loop: no signals, no ticking, a quick end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from incidentd.sandbox.faults import AnswerLost

END_SECONDS = 1.0  # how long an unfinished answer may take once the context ends


@asynccontextmanager
async def serving(app: ASGIApp, port: int = 0, *, tls: tuple[str, str] | None = None) -> AsyncIterator[str]:
    """Serves `app` on 127.0.0.1 while the context lasts and yields its base URL, without a slash at the end.

    `port` 0 takes a free one; `tls` is the certificate's and the key's file. Raises OSError where the port is taken.
    """
    config = _config(app, tls)
    config.load()
    state = ServerState()
    server = await asyncio.get_running_loop().create_server(
        lambda: _Severable(config=config, server_state=state, app_state={}), "127.0.0.1", port, ssl=config.ssl
    )
    try:
        yield f"{'https' if tls else 'http'}://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        await _ended(state)


def _config(app: ASGIApp, tls: tuple[str, str] | None) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=_Severable,
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="critical",  # faults are wanted here: they are no news
        access_log=False,
        date_header=False,  # the application's own clock says the date
        server_header=False,
        ssl_certfile=tls[0] if tls else None,
        ssl_keyfile=tls[1] if tls else None,
    )


async def _ended(state: ServerState) -> None:
    for connection in list(state.connections):
        connection.shutdown()
    if state.tasks:
        await asyncio.wait(list(state.tasks), timeout=END_SECONDS)
    for task in list(state.tasks):
        task.cancel()
    for connection in list(state.connections):
        connection.transport.abort()


class _Severable(H11Protocol):
    """HTTP/1.1 that closes the socket without another byte when the application says that the answer is lost."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn itself does
        super().connection_made(transport)
        self.app = _severing(self.app, transport)


def _severing(app: ASGIApp, transport: asyncio.Transport) -> ASGIApp:
    async def severing(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await app(scope, receive, send)
        except AnswerLost:
            transport.close()  # what was sent of a half answer still goes out
            while (await receive())["type"] != "http.disconnect":
                pass

    return severing
