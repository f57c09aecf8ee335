"""A clock that only the test moves, and chance that is always the same: for whatever takes them as ports."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta


@dataclass
class HeldClock:
    """Stands still until somebody moves it; sleeping moves it at once."""

    at: datetime = datetime(2026, 11, 22, 12, tzinfo=UTC)
    slept: list[float] = field(default_factory=list)

    def now(self) -> datetime:
        """The time it was set to."""
        return self.at

    def monotonic(self) -> float:
        """Seconds since some day."""
        return (self.at - datetime(2026, 1, 1, tzinfo=UTC)).total_seconds()

    async def sleep(self, seconds: float) -> None:
        """Moves, and remembers by how much."""
        self.slept.append(seconds)
        self.pass_by(seconds)

    def pass_by(self, seconds: float) -> None:
        """Moves forward."""
        self.at += timedelta(seconds=seconds)


class EvenChance:
    """Always the middle."""

    def fraction(self) -> float:
        """A half."""
        return 0.5

    def token(self) -> str:
        """The same each time."""
        return "0123456789abcdef"
