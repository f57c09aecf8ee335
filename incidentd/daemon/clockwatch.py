"""Clock watch: whether the wall clock can be believed in this pass. A clock that lies must not open or close."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from incidentd.ports import Clock

DRIFT = timedelta(hours=1)
"""Wall against monotonic time, within one process."""
TRACKER_OFF = timedelta(days=1)
"""Wall clock against a tracker's Date header."""


class ClockWatch:
    """Compares the wall clock with the monotonic one, and with what trackers say."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._wall = clock.now()
        self._monotonic = clock.monotonic()

    def distrust(self, tracker_times: Iterable[datetime]) -> str:
        """Why the clock is not believed; empty when it is. Judged afresh each time."""
        now = self._clock.now()
        passed = timedelta(seconds=self._clock.monotonic() - self._monotonic)
        drift = now - self._wall - passed
        told = list(tracker_times)
        self._wall, self._monotonic = now, self._clock.monotonic()
        off = max((abs(now - time) for time in told), default=timedelta(0))
        if off > TRACKER_OFF:
            return f"a tracker's clock differs by {off}"
        if abs(drift) > DRIFT and not told:
            return f"the wall clock moved by {drift} against the monotonic one"
        return ""
