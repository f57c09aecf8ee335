"""Looking at many targets: up to a thousand at a time, each as it is remembered, on behalf of one source."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from incidentd.model.inventory import Place
from incidentd.model.location import Labels
from incidentd.ports import Clock, Network
from incidentd.sources.interface import Look, Progress, no_progress
from incidentd.sources.target import Target
from incidentd.sources.tls.key_types import Refused
from incidentd.sources.tls.look import look_at

# More than there are slots for probes, so that waiting for one busy endpoint leaves enough to keep the others going.
_LOOKS_AT_ONCE = 1024


@dataclass(frozen=True, slots=True)
class TlsLooker:
    """Handshakes for the source of that name; one for its whole life, as it remembers what was refused."""

    source: str
    network: Network
    clock: Clock
    labels: Labels = ()
    """Of all its locations; a target's own win."""
    samples: int = 1
    refused: Refused = field(default_factory=Refused, compare=False)

    async def look_at_all(
        self, targets: Sequence[Target], known: Mapping[str, Place], on_progress: Progress = no_progress
    ) -> list[Look]:
        """One look for each target, in their order."""
        looks: dict[int, Look] = {}
        pending = iter(enumerate(targets))

        async def looker() -> None:
            for position, target in pending:
                looks[position] = await self._look_at(target, known.get(target.uri))
                on_progress(len(looks), len(targets))

        async with asyncio.TaskGroup() as group:
            for _ in range(min(_LOOKS_AT_ONCE, len(targets))):
                group.create_task(looker())
        self.refused.sweep_ended()
        return [looks[position] for position in range(len(targets))]

    async def _look_at(self, target: Target, place: Place | None) -> Look:
        return await look_at(
            target,
            self.network,
            self.clock,
            source=self.source,
            labels=self.labels,
            samples=self.samples,
            known=place,
            refused=self.refused,
        )
