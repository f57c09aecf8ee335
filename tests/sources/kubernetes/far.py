"""A far-away internet: public and private addresses that have their homes on loopback, where real servers listen."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from incidentd.model.observation import GapReason
from incidentd.ports import Network, ProbeAnswer, ProbeRequest


@dataclass(slots=True)
class FarNetwork:
    """A Network of a table; the handshakes are made, for real, by the Network beneath."""

    network: Network
    names: Mapping[str, tuple[str, ...]]
    homes: Mapping[tuple[str, int], tuple[str, int]] = field(default_factory=dict)
    """Where an address and port really are; at all others nobody listens."""
    asked: list[str] = field(default_factory=list)
    probed: list[str] = field(default_factory=list)

    async def resolve(self, host: str) -> tuple[str, ...]:
        """The table's answer; a literal address is its own."""
        self.asked.append(host)
        if host in self.names:
            return self.names[host]
        if host[-1].isdigit() or ":" in host:
            return (host,)
        raise OSError("no such name")

    async def probe(self, request: ProbeRequest) -> ProbeAnswer:
        """The same handshake, at home."""
        self.probed.append(request.address)
        home = self.homes.get((request.address, request.port))
        if home is None:
            return ProbeAnswer((), GapReason.REFUSED, "nobody listens there")
        return await self.network.probe(replace(request, address=home[0], port=home[1]))
