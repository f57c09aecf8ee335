"""Serving: the open port. It outlives a reload, and shows one configuration's board at a time.

A new address is opened behind its own door only, and the address before it is closed once the new one has taken over.
"""

import asyncio

import structlog
import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from incidentd.errors import IncidentdError

log = structlog.get_logger()

MOST_CONNECTIONS = 200
"""Beyond these an answer is 503: readers of the board must not take the files that sweeps need."""
FIRST_REQUEST_SECONDS = 5.0
END_SECONDS = 2.0
"""How long an unfinished answer may take at the end."""

Address = tuple[str, int]


class Front:
    """The addresses that are open; usually one."""

    def __init__(self) -> None:
        self._listeners: dict[Address, _Listener] = {}

    @property
    def urls(self) -> list[str]:
        """Where the open addresses are asked for."""
        return [url for listener in self._listeners.values() for url in listener.urls]

    async def open(self, address: Address, app: ASGIApp) -> None:
        """Makes sure that the address is open; a new one shows `app` at once. Raises IncidentdError."""
        if address not in self._listeners:
            self._listeners[address] = await _listening(address, app)

    def show(self, address: Address, app: ASGIApp) -> None:
        """From now on `app`, at this address only."""
        for other in [other for other in self._listeners if other != address]:
            self._listeners.pop(other).close()
        self._listeners[address].app = app

    async def close(self) -> None:
        """Everything is closed; answers under way get a moment."""
        listeners, self._listeners = self._listeners, {}
        for listener in listeners.values():
            listener.close()
        for listener in listeners.values():
            await listener.ended()


class _Listener:
    """One open address with what it shows."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.state = ServerState()
        self.server: asyncio.Server | None = None

    @property
    def urls(self) -> list[str]:
        """One for each socket."""
        return [_url(socket.getsockname()) for socket in self.server.sockets] if self.server else []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app(scope, receive, send)

    def close(self) -> None:
        """Takes no more connections, and ends those that wait for nothing."""
        if self.server is not None:
            self.server.close()
        for connection in list(self.state.connections):
            connection.shutdown()

    async def ended(self) -> None:
        """Answers under way are cut off after a while."""
        if self.state.tasks:
            await asyncio.wait(list(self.state.tasks), timeout=END_SECONDS)
        for connection in list(self.state.connections):
            connection.transport.abort()


async def _listening(address: Address, app: ASGIApp) -> _Listener:
    listener = _Listener(app)
    config = _config(listener)
    config.load()
    host, port = address
    try:
        listener.server = await asyncio.get_running_loop().create_server(
            lambda: _Impatient(config=config, server_state=listener.state, app_state={}), host, port
        )
    except OSError as error:
        shown = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        hint = "end what listens there, or set another address and port in web.listen"
        raise IncidentdError(f"cannot listen: {error.strerror or error}", f"web.listen {shown}", hint) from None
    for url in listener.urls:
        log.info("the board is served", url=url)
    return listener


def _config(app: ASGIApp) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=_Impatient,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
        proxy_headers=False,  # who asks is who connected: a header that anybody can send proves nothing
        limit_concurrency=MOST_CONNECTIONS,
    )


def _url(name: tuple[str, int]) -> str:
    host, port = name[:2]
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


class _Impatient(H11Protocol):
    """HTTP/1.1 that hangs up on whoever connects and asks nothing."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn itself does
        super().connection_made(transport)
        self._patience = self.loop.call_later(FIRST_REQUEST_SECONDS, self._hang_up)

    def connection_lost(self, exc: Exception | None) -> None:
        self._patience.cancel()
        super().connection_lost(exc)

    def _hang_up(self) -> None:
        if self.cycle is None:
            self.transport.abort()
