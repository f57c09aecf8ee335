"""The door: who may come in, with which method, and under which name. Nobody gets past it by another way.

Loopback needs no token unless one is configured, but is answered under its own names only: a page of somebody else's
whose name was pointed at 127.0.0.1 (DNS rebinding) is turned away. Any other address needs the token, or a proxy that
was named as trusted and has already asked who it is.
"""

import base64
import binascii
import ipaddress
from dataclasses import dataclass
from pathlib import Path

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from incidentd.secret import SecretReference, Token
from incidentd.settings.sections import WebSettings
from incidentd.trackers.settings import is_loopback

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; form-action 'self'; "
    "frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}
OPEN_PATHS = frozenset({"/healthz", "/readyz"})
"""Whether it lives and is ready may be asked by anybody: orchestrators carry no token."""
HOOKS = "/hooks/"
PUSHED_TO = "/api/v1/observations"
"""Has tokens of its own, one a source, and asks for them itself: neither loopback nor a proxy stands in for one."""
WRITTEN_TO = frozenset({"/api/v1/releases", PUSHED_TO})
"""Everything else is for reading."""
LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class Door:
    """What is asked of a request."""

    hosts: frozenset[str] | None
    """The names it may be asked under; None: any, because a token or a proxy stands before it."""
    token: Token | None = None
    proxies: tuple[Network, ...] = ()

    def admits(self, request: Request) -> bool:
        """True when this request may see more than whether incidentd lives."""
        if self._from_proxy(request):
            return True
        if self.token is not None:
            return any(self.token.matches(given) for given in _given(request))
        return self.hosts is not None

    def knows(self, request: Request) -> bool:
        """True when it is asked under a name of its own."""
        return self.hosts is None or self._from_proxy(request) or _host(request) in self.hosts

    def _from_proxy(self, request: Request) -> bool:
        if not self.proxies or request.client is None:
            return False
        try:
            address = ipaddress.ip_address(request.client.host)
        except ValueError:
            return False
        mapped = getattr(address, "ipv4_mapped", None)
        return any((mapped or address) in network for network in self.proxies)


def door_of(web: WebSettings, folder: Path) -> Door:
    """The door that the settings describe. `folder` is that of the configuration. Raises ConfigError."""
    host = web.address[0]
    token = Token(SecretReference(path=folder / web.token_file)) if web.token_file is not None else None
    proxies = tuple(ipaddress.ip_network(network) for network in web.trusted_proxies)
    open_to_all = is_loopback(host) and token is None
    return Door(LOOPBACK_NAMES | {host.lower()} if open_to_all else None, token, proxies)


class Entrance:
    """Stands before every page: turns away whom the door does not know, and puts the headers on every answer."""

    def __init__(self, app: ASGIApp, door: Door) -> None:
        self._app = app
        self._door = door

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        answer = _refusal(Request(scope), self._door) or self._app
        await answer(scope, receive, _with_headers(send))


def _refusal(request: Request, door: Door) -> Response | None:
    path = request.url.path
    if path.startswith(HOOKS):
        return PlainTextResponse("There are no hooks here.\n", 404)
    if request.method not in ("GET", "HEAD") and (request.method != "POST" or path not in WRITTEN_TO):
        allowed = "GET, HEAD, POST" if path in WRITTEN_TO else "GET, HEAD"
        return PlainTextResponse("This is for reading.\n", 405, {"allow": allowed})
    if not door.knows(request):
        return PlainTextResponse("incidentd is not known here under this name: ask for 127.0.0.1 or localhost.\n", 421)
    if path != PUSHED_TO and path not in OPEN_PATHS and not door.admits(request):
        asks = 'Basic realm="incidentd", charset="UTF-8", Bearer realm="incidentd"'
        return PlainTextResponse(
            "This needs the token of web.token_file, as `Authorization: Bearer …` or as a password.\n",
            401,
            {"www-authenticate": asks},
        )
    return None


def _with_headers(send: Send) -> Send:
    async def with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            given = {name for name, _ in message["headers"]}
            ours = [(name.encode(), value.encode()) for name, value in HEADERS.items() if name.encode() not in given]
            message = {**message, "headers": [*message["headers"], *ours]}
        await send(message)

    return with_headers


def _host(request: Request) -> str:
    """The Host header without its port and brackets (RFC 9110 7.2), lower case."""
    host = request.headers.get("host", "").lower()
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0]


def _given(request: Request) -> list[str]:
    """What may be the token: a Bearer token (RFC 6750 2.1), or the password that a browser asked for (RFC 7617 2)."""
    scheme, _, rest = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return [rest.strip()]
    if scheme.lower() != "basic":
        return []
    try:
        _, _, password = base64.b64decode(rest.strip(), validate=True).decode("utf-8").partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return []
    return [password]
