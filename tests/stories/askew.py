"""A clock that somebody set wrong: its wall time is off, what it counts goes on as it should."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from incidentd.ports import Clock


@dataclass
class Askew:
    """Another clock, with its wall time off by as much as is said."""

    right: Clock
    off: timedelta

    def now(self) -> datetime:
        """What it says."""
        return self.right.now() + self.off

    def monotonic(self) -> float:
        """As it should be."""
        return self.right.monotonic()

    async def sleep(self, seconds: float) -> None:
        """As it should be."""
        await self.right.sleep(seconds)
