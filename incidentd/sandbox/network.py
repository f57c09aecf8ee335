"""A small internet: names that resolve as we say, and probes that go to endpoints on loopback."""

import socket
from collections.abc import Mapping
from dataclasses import replace

from incidentd.ports import Network, ProbeAnswer, ProbeRequest


class SandboxNetwork:
    """A Network whose names are a table; the handshakes are made, for real, by the Network beneath.

    `names` and `ports` may be changed while it is in use: `names` maps a name to its addresses (a name that is not
    there, or has none, does not resolve), `ports` maps an address and the port asked for to the real one.
    """

    def __init__(
        self,
        names: Mapping[str, tuple[str, ...]],
        network: Network,
        ports: Mapping[tuple[str, int], int] | None = None,
    ) -> None:
        self.names = dict(names)
        self.ports = dict(ports or {})
        self._network = network

    async def resolve(self, host: str) -> tuple[str, ...]:
        """The table's answer, sorted; a literal address is its own. Raises OSError for a name that is not there."""
        if addresses := self.names.get(host):
            return tuple(sorted(addresses))
        if host in self.names or not _is_literal(host):
            raise socket.gaierror(socket.EAI_NONAME, "no such name in the sandbox")
        return (host,)

    async def probe(self, request: ProbeRequest) -> ProbeAnswer:
        """The same handshake, at the real port."""
        port = self.ports.get((request.address, request.port), request.port)
        return await self._network.probe(replace(request, port=port))


def _is_literal(host: str) -> bool:
    for family in (socket.AF_INET, socket.AF_INET6):
        try:
            socket.inet_pton(family, host)
        except OSError:
            continue
        return True
    return False
