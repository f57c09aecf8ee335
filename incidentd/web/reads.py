"""What a page may read: the loop's own status, and the state, one look at a time, so that readers starve nobody."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from incidentd.daemon.installation import Installation
from incidentd.daemon.status import Status
from incidentd.errors import StoreError
from incidentd.model.concentration import Review
from incidentd.model.incident import Event, IncidentRecord

T = TypeVar("T")

DATABASE_SECONDS = 5.0
"""How long the database may take to answer the smallest question."""

History = tuple[tuple[IncidentRecord, tuple[Event, ...]], ...]


@dataclass(frozen=True, slots=True)
class Reads:
    """The installation and its status, with the ways to look into the state."""

    installation: Installation
    status: Status
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def now(self) -> datetime:
        """This instant, by the installation's clock."""
        return self.installation.clock.now()

    async def history(self, key: str | None = None) -> History:
        """The ledger, newest first: of one incident, or whole. Raises StoreError."""
        return await self.aside(lambda: self.installation.store.history(key))

    async def aside(self, work: Callable[[], T]) -> T:
        """Work that blocks or takes long, off the event loop; the readers take turns."""
        async with self._turn:
            return await self.installation.worker.run(work)

    async def review(self) -> Review | None:
        """The concentrations of the last decision, looked for only where something changed; None before the first."""
        decision = self.status.decision
        if decision is None:
            return None
        asked = (decision.inventory, decision.assessments, self.installation.policy, self.now)
        known = self.installation.reviews.held(*asked)
        return known if known is not None else await self.aside(lambda: self.installation.reviews.of(*asked))

    async def not_ready(self) -> list[str]:
        """Why it is not ready, with whether the database answers at this moment."""
        causes = self.status.not_ready(self.now, self.installation.clock.monotonic())
        try:
            async with asyncio.timeout(DATABASE_SECONDS):
                await self.installation.worker.run(self.installation.store.revision)
        except StoreError as error:
            causes.append(f"the state cannot be read: {error}")
        except TimeoutError:
            causes.append(f"the state did not answer within {DATABASE_SECONDS:g} s")
        return causes
