"""How much a PagerDuty account bears: a sliding window for events, a fixed minute for REST, both on the given clock."""

from __future__ import annotations

from collections import deque
from datetime import datetime, timedelta

MINUTE = timedelta(minutes=1)


class SlidingWindow:
    """At most so many events a minute for each routing key (Events API v2: about 120); refused ones are not counted."""

    def __init__(self, per_minute: int) -> None:
        self.per_minute = per_minute
        self._seen: dict[str, deque[datetime]] = {}

    def admits(self, key: str, now: datetime) -> bool:
        """Counts one event of this key, unless there were too many."""
        seen = self._seen.setdefault(key, deque())
        while seen and seen[0] <= now - MINUTE:
            seen.popleft()
        if len(seen) >= self.per_minute:
            return False
        seen.append(now)
        return True


class FixedMinute:
    """At most so many REST calls a minute (960 for a key), told in `ratelimit-limit`, `-remaining` and `-reset`."""

    def __init__(self, per_minute: int) -> None:
        self.per_minute = per_minute
        self._started: datetime | None = None
        self._count = 0

    def admits(self, now: datetime) -> bool:
        """Counts one call, and says whether it is within the limit."""
        if self._started is None or not timedelta(0) <= now - self._started < MINUTE:
            self._started, self._count = now, 0
        self._count += 1
        return self._count <= self.per_minute

    def headers(self, now: datetime) -> dict[str, str]:
        """What is left, as the vendor says it (seconds until the reset, rounded up)."""
        started = self._started or now
        left = max(0.0, (started + MINUTE - now).total_seconds())
        return {
            "ratelimit-limit": str(self.per_minute),
            "ratelimit-remaining": str(max(0, self.per_minute - self._count)),
            "ratelimit-reset": str(int(left) + (left % 1 > 0)),
        }
