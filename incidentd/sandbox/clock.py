"""A clock of one's own: it runs as time runs, from where it is set, and is moved ahead at will."""

from datetime import datetime, timedelta

from incidentd.ports import SystemClock


class MovedClock:
    """Wall and monotonic time, both moved by the same spans, so that nothing about it looks suspicious."""

    def __init__(self, start: datetime) -> None:
        self._real = SystemClock()
        self._began = self._real.monotonic()
        self._start = start
        self._moved = timedelta()

    def now(self) -> datetime:
        """Where it was set, plus what has passed, plus what it was moved."""
        return self._start + timedelta(seconds=self.monotonic())

    def monotonic(self) -> float:
        """Seconds since it was made, moved ones included."""
        return self._real.monotonic() - self._began + self._moved.total_seconds()

    async def sleep(self, seconds: float) -> None:
        """Waits in real time."""
        await self._real.sleep(seconds)

    def advance(self, span: timedelta) -> None:
        """Moves it ahead."""
        self._moved += span

    def advance_to(self, at: datetime) -> None:
        """Moves it ahead to an instant; nothing happens when that has passed."""
        self._moved += max(at - self.now(), timedelta())
