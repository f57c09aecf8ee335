"""A hub: another installation's API, asked about releases and told of them. Its token goes over TLS, or nowhere far."""

from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

import typer

from incidentd.errors import TransportError, UsageError
from incidentd.ports import SystemClock, SystemRandomness
from incidentd.secret import read_secret_file
from incidentd.transport import Answer, Transport

HubOption = Annotated[
    str | None, typer.Option("--hub", metavar="URL", help="The daemon there, instead of the state here.")
]
TokenFile = Annotated[Path | None, typer.Option("--token-file", metavar="PATH", help="The hub's token, in a file.")]
_RELEASES, _CERTIFICATES = "/api/v1/releases", "/api/v1/certificates"
_NOT_YET = 503
_MOST_SAID = 500


@dataclass(frozen=True, slots=True)
class Hub:
    """Where it is, and where its token stands."""

    url: str
    token_file: Path | None = None

    def __post_init__(self) -> None:
        require_address(self.url, "--hub")

    async def releases(self, transport: Transport) -> dict[str, Any]:
        """`releases --json`. Raises ConfigError for the token, and TransportError."""
        return await self._exchanged(transport, "GET", _RELEASES)

    async def certificates(self, transport: Transport) -> dict[str, Any]:
        """`list --json`; empty before the hub's first pass. Raises the same."""
        return await self._exchanged(transport, "GET", _CERTIFICATES, may_wait=True)

    async def tell(self, transport: Transport, said: dict[str, Any]) -> dict[str, Any]:
        """What became of a release; the release as it stands now. What is said twice is said once. Raises the same."""
        return await self._exchanged(transport, "POST", _RELEASES, said)

    async def _exchanged(
        self, transport: Transport, method: str, path: str, said: dict[str, Any] | None = None, may_wait: bool = False
    ) -> dict[str, Any]:
        headers = {"authorization": f"Bearer {read_secret_file(self.token_file)}"} if self.token_file else {}
        url = self.url.rstrip("/") + path
        answer = await reached(transport.request(method, url, idempotent=True, headers=headers, json=said))
        if may_wait and answer.status == _NOT_YET:
            return {}
        if answer.status in (401, 403):
            raise TransportError("it does not take the token", answer.where, "name its file: --token-file", sent=True)
        document = answer.json()
        if not isinstance(document, dict) or not answer.ok:
            why = str(document.get("error", "")) if isinstance(document, dict) else ""
            raise TransportError(f"HTTP {answer.status} {why[:_MOST_SAID]}".strip(), answer.where, sent=True)
        return document


def require_address(url: str, option: str) -> None:
    """Raises UsageError for what a token must not be sent to."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        parts, host = urlsplit(""), None
    is_here = parts.scheme == "http" and host in ("localhost", "127.0.0.1", "::1")
    if not host or parts.username is not None or not (parts.scheme == "https" or is_here):
        hint = "as in https://incidentd.example.com; http:// is for this machine alone"
        raise UsageError("that is no address of a hub", where=option, hint=hint)


async def reached(exchange: Awaitable[Answer], option: str = "--hub") -> Answer:
    """With a hint, where nothing answers: a build's log is read far from the daemon."""
    try:
        return await exchange
    except TransportError as error:
        hint = error.hint or f"does the daemon run, and is {option} the address at which this machine reaches it?"
        raise TransportError(error.what, error.where, hint, sent=error.sent) from error


@asynccontextmanager
async def to_the_network() -> AsyncIterator[Transport]:
    """For one command."""
    transport = Transport(SystemClock(), SystemRandomness())
    try:
        yield transport
    finally:
        await transport.close()
