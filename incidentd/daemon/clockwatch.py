"""Clock watch: whether the wall clock can be believed in this pass. A clock that lies must not open or close."""

import asyncio
from collections.abc import Iterable
from datetime import datetime, timedelta

from incidentd.daemon.installation import Installation
from incidentd.daemon.sending import contained
from incidentd.errors import TrackerError
from incidentd.ports import Clock
from incidentd.trackers.interface import Tracker

DRIFT = timedelta(hours=1)
"""Wall against monotonic time, within one process."""
TRACKER_OFF = timedelta(days=1)
"""Wall clock against a tracker's Date header."""


class ClockWatch:
    """Compares the wall clock with the monotonic one, and with what trackers say.

    Both clocks are compared since this process began, or since a tracker last agreed with the wall clock: a jump is not
    forgotten because a pass has gone by.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._began_at = _began_at(clock)

    def distrust(self, tracker_times: Iterable[datetime]) -> str:
        """Why the clock is not believed; empty when it is. Judged afresh each time."""
        now, began_at = self._clock.now(), _began_at(self._clock)
        off = max((abs(now - time) for time in tracker_times), default=None)
        if off is not None and off > TRACKER_OFF:
            return f"a tracker's clock differs by {_rounded(off)}"
        if off is not None and off <= DRIFT:
            self._began_at = began_at
        moved = began_at - self._began_at
        if abs(moved) > DRIFT:
            way = "forward" if moved > timedelta(0) else "back"
            hint = "if it is right now, restart incidentd"
            return f"the wall clock moved {way} by {_rounded(abs(moved))} since this process began; {hint}"
        return ""


async def distrust_before_writing(installation: Installation, watch: ClockWatch, names: Iterable[str]) -> str:
    """The same, with what the trackers that are about to be written to say that the time is."""
    trackers = [installation.trackers[name] for name in dict.fromkeys(names) if name in installation.trackers]
    told = await asyncio.gather(*(_time_or_none(tracker) for tracker in trackers))
    return watch.distrust(time for time in told if time is not None)


async def _time_or_none(tracker: Tracker) -> datetime | None:
    """A tracker that cannot be asked says nothing of the time; its failure shows when it is written to."""
    try:
        return await contained(tracker, tracker.clock())
    except TrackerError:
        return None


def _began_at(clock: Clock) -> datetime:
    """When the monotonic clock stood at zero, as the wall clock has it: constant while both run alike."""
    return clock.now() - timedelta(seconds=clock.monotonic())


def _rounded(span: timedelta) -> timedelta:
    return timedelta(seconds=round(span.total_seconds()))
