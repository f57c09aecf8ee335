"""The fence: a network that connects to no address which the allow-list refuses.

A name is resolved once, and what is connected to is the very address that was judged: an answer that changes between
the judgement and the connection (DNS rebinding) changes nothing.
"""

import errno
from dataclasses import dataclass

from incidentd.model.observation import GapReason
from incidentd.ports import Network, ProbeAnswer, ProbeRequest
from incidentd.sources.kubernetes.addresses import parsed
from incidentd.sources.kubernetes.allowing import AllowList


@dataclass(frozen=True, slots=True)
class FencedNetwork:
    """A Network for endpoints that tenants name. Its probes ask for the name of the host that was resolved, or none."""

    network: Network
    allowed: AllowList

    async def resolve(self, host: str) -> tuple[str, ...]:
        """All addresses of a name, those that may not be connected to among them. Raises OSError."""
        refusal = self.allowed.refusal_of_host(host)
        if refusal is not None:
            raise PermissionError(errno.EACCES, refusal)
        return await self.network.resolve(host)

    async def probe(self, request: ProbeRequest) -> ProbeAnswer:
        """One handshake; none with an address that is refused, or that is written in any but its own form."""
        address = parsed(request.address)
        if address is None:
            return ProbeAnswer((), GapReason.NOT_ALLOWED, "it is no address, and nothing else is connected to")
        refusal = self.allowed.refusal_of(address, request.server_name or request.address)
        if refusal is not None:
            return ProbeAnswer((), GapReason.NOT_ALLOWED, refusal)
        return await self.network.probe(request)
