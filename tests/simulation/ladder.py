"""The ladder as it truly is: how much time the certificate has left, and which step that is. Needs no clock of ours."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from incidentd.policy.calendar import months_before

DAY_SECONDS = 86400.0
STEPS_SECONDS = (14 * DAY_SECONDS, 3 * DAY_SECONDS, DAY_SECONDS, 0.0)
"""Time left at which error, critical, 24 hours left and expired are reached."""
CRITICAL_STEP = 2


@dataclass(frozen=True, slots=True)
class Ladder:
    """Of one certificate: `begins` is the first instant of the life, `ends` when it expires."""

    begins: datetime
    ends: datetime

    def turns(self, within_seconds: float) -> tuple[float, ...]:
        """The seconds of the life, up to some, at which it becomes due or reaches a step."""
        opens_at = months_before(self.ends, 3) or self.begins
        left = [self.ends - timedelta(seconds=step) for step in STEPS_SECONDS]
        turns = ((at - self.begins).total_seconds() for at in (opens_at, *left))
        return tuple(turn for turn in turns if 0 < turn <= within_seconds)

    def step(self, seconds: float) -> int:
        """At so many seconds of the life: 0 warning, 1 error, 2 critical, 3 24 hours left, 4 expired."""
        left_seconds = (self.ends - self.begins).total_seconds() - seconds
        return sum(left_seconds <= step for step in STEPS_SECONDS)

    def is_due(self, seconds: float) -> bool:
        """Whether less than three months are left."""
        opens_at = months_before(self.ends, 3)
        return opens_at is not None and self.begins + timedelta(seconds=seconds) > opens_at
