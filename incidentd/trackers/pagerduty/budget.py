"""How many events an integration key bears: about 120 in any 60 seconds; more are not ingested (Events API v2)."""

from collections import deque

from incidentd.ports import Clock

EVENTS_PER_MINUTE = 120
_MINUTE_SECONDS = 60.0


class EventBudget:
    """A sliding window over the events that this process sent."""

    def __init__(self, clock: Clock, events_per_minute: int = EVENTS_PER_MINUTE) -> None:
        self._clock = clock
        self._sent_at: deque[float] = deque(maxlen=events_per_minute)

    def wait_seconds(self) -> float:
        """0 and one event more counted; or how long to wait before the next may go out, nothing counted."""
        now = self._clock.monotonic()
        full = len(self._sent_at) == self._sent_at.maxlen
        left = self._sent_at[0] + _MINUTE_SECONDS - now if full else 0.0
        if left > 0:
            return left
        self._sent_at.append(now)
        return 0.0
