"""A scene: TLS servers with names of their own, a certificate store on disk, a PagerDuty and a Jira, on one clock.

Everything is real but the names and the clock: handshakes, files, HTTP on loopback.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from incidentd.ports import SystemRandomness, ThreadWorker
from incidentd.sandbox.ca import Issued
from incidentd.sandbox.clock import MovedClock
from incidentd.sandbox.endpoints import TlsEndpoint
from incidentd.sandbox.jira import Jira
from incidentd.sandbox.network import SandboxNetwork
from incidentd.sandbox.pagerduty import PagerDuty
from incidentd.sandbox.serving import serving
from incidentd.sources.tls.network import TlsNetwork
from incidentd.wiring import World

HTTPS = 443


@dataclass
class Scene:
    """What stands on it. `endpoints` are the servers by name and address."""

    folder: Path
    clock: MovedClock
    pagerduty: PagerDuty
    jira: Jira
    pagerduty_url: str
    jira_url: str
    network: SandboxNetwork
    endpoints: dict[tuple[str, str], TlsEndpoint] = field(default_factory=dict)
    _stack: AsyncExitStack = field(default_factory=AsyncExitStack)

    @property
    def world(self) -> World:
        """The ports for wiring: this scene's names and clock."""
        return World(self.clock, SystemRandomness(), ThreadWorker(), self.network)

    @property
    def store_folder(self) -> Path:
        """Where stored certificates lie."""
        return self.folder / "store"

    async def serve(self, name: str, issued: Issued, *addresses: str) -> list[TlsEndpoint]:
        """Servers for a name, one an address; they answer at port 443 of their addresses, as far as the scene goes."""
        for address in addresses:
            endpoint = await self._stack.enter_async_context(TlsEndpoint(issued, address=address))
            self.endpoints[(name, address)] = endpoint
            self.network.ports[(address, HTTPS)] = endpoint.port
        self.network.names[name] = tuple(dict.fromkeys((*self.network.names.get(name, ()), *addresses)))
        return [self.endpoints[(name, address)] for address in addresses]

    def deploy(self, issued: Issued, name: str, *addresses: str) -> None:
        """Another certificate at some servers of a name, or at all of them."""
        for (served, address), endpoint in self.endpoints.items():
            if served == name and (not addresses or address in addresses):
                endpoint.deploy(issued)

    def store(self, file: str, issued: Issued) -> Path:
        """A certificate in the store, in one step, as a careful deployment does it."""
        self.store_folder.mkdir(exist_ok=True)
        path = self.store_folder / file
        fresh = path.with_suffix(".fresh")
        fresh.write_bytes(issued.chain_pem)
        fresh.replace(path)
        return path

    def tracker_settings(self, kind: str) -> Mapping[str, object]:
        """The configuration of the scene's own PagerDuty or Jira."""
        if kind == "pagerduty":
            return {
                "kind": "pagerduty",
                "routing_key": self.pagerduty.routing_key,
                "api_token": self.pagerduty.api_token,
                "from_email": self.pagerduty.from_email,
                "service": self.pagerduty.service.id,
                "events_url": self.pagerduty_url,
                "api_url": self.pagerduty_url,
            }
        return {
            "kind": "jira",
            **self.jira.settings(self.jira_url),
            "index_lag": f"{int(self.jira.index_lag.total_seconds())}s",
        }


@asynccontextmanager
async def set_scene(
    folder: Path,
    start: datetime,
    *,
    pagerduty: PagerDuty | None = None,
    jira: Jira | None = None,
    clock: MovedClock | None = None,
) -> AsyncIterator[Scene]:
    """A scene whose clock begins at `start`. The two trackers are on that clock too."""
    time = clock or MovedClock(start)
    calls, queue = pagerduty or PagerDuty(now=time.now, sleep=time.sleep), jira or Jira(now=time.now, sleep=time.sleep)
    real = TlsNetwork()
    try:
        async with AsyncExitStack() as stack:
            pagerduty_url = await stack.enter_async_context(serving(calls))
            jira_url = await stack.enter_async_context(serving(queue))
            network = SandboxNetwork({}, real)
            yield Scene(folder, time, calls, queue, pagerduty_url, jira_url, network, _stack=stack)
    finally:
        real.close()
