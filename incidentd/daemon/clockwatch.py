"""Clock watch: whether the wall clock can be believed in this pass. A clock that lies must not open or close."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
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
SET = timedelta(minutes=1)
"""A clock that moves by less in the time between two sweeps is only kept right."""
STEADY_SECONDS = 86400.0
"""A clock that has run evenly for so long after it moved was set right: nothing is held for longer by that alone."""


@dataclass(frozen=True, slots=True)
class Reading:
    """The time that something rests on: what the wall clock said when it was begun."""

    now: datetime
    began_at: datetime
    """When the monotonic clock stood at zero, as the wall clock had it then."""


class ClockWatch:
    """Compares the wall clock with the monotonic one, and with what trackers say.

    Both clocks are compared since this process began, or since the wall clock was last found right: a tracker agreed,
    or it had run on evenly for a day. A jump is not forgotten because a pass has gone by.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._began_at = _began_at(clock)
        self._steady_at, self._steady_from = self._began_at, clock.monotonic()
        self._dated: dict[str, datetime] = {}

    @property
    def moved(self) -> bool:
        """True while the wall clock is not where it should be: whoever knows the time should be asked."""
        return abs(self._off()) > DRIFT

    def read(self) -> Reading:
        """The time, for something that takes a while."""
        return Reading(self._clock.now(), _began_at(self._clock))

    def moved_since(self, read: Reading) -> bool:
        """True when it cannot be said when that was: the wall clock is wrong, or was and has been set right since."""
        return self.moved or abs(self._since(read)) > DRIFT

    def evenly(self, read: Reading) -> datetime:
        """That time by a clock that ran evenly since the wall clock was right last, or since this process began.

        Whatever the wall clock did, what lies between two such times has passed.
        """
        return self._began_at + (read.now - read.began_at)

    def was_set(self, what: str, read: Reading) -> bool:
        """Whether the clock that dates it, the even one or the wall's, was set since this was asked of it before."""
        zero = self._began_at if self.moved_since(read) else read.began_at
        before = self._dated.get(what, zero)
        self._dated[what] = zero
        return abs(zero - before) > SET

    def distrust(self, tracker_times: Iterable[datetime], read: Reading | None = None) -> str:
        """Why the clock is not believed; empty when it is. Judged afresh each time.

        `read`: what was worked out rests on that time. A clock that is right by now does not make that right.
        """
        now = self._clock.now()
        off = max((abs(now - time) for time in tracker_times), default=None)
        if off is not None and off > TRACKER_OFF:
            return f"a tracker's clock differs by {_rounded(off)}"
        runs_evenly = self._has_run_evenly()
        if (off is not None and off <= DRIFT) or (runs_evenly and self.moved):
            self._began_at = _began_at(self._clock)
        if self.moved:
            return self._said()
        return _said_of(self._since(read)) if read and self.moved_since(read) else ""

    def _since(self, read: Reading) -> timedelta:
        return _began_at(self._clock) - read.began_at

    def _said(self) -> str:
        hint = "if it is right now, restart incidentd, or wait until it has run evenly for a day"
        return f"the wall clock moved {_how_far(self._off())} since this process began; {hint}"

    def _off(self) -> timedelta:
        return _began_at(self._clock) - self._began_at

    def _has_run_evenly(self) -> bool:
        """True when it is a day since it last moved by more than DRIFT."""
        began_at, monotonic = _began_at(self._clock), self._clock.monotonic()
        if abs(began_at - self._steady_at) > DRIFT:
            self._steady_at, self._steady_from = began_at, monotonic
        return monotonic - self._steady_from >= STEADY_SECONDS


async def distrust_before_writing(
    installation: Installation, watch: ClockWatch, names: Iterable[str], read: Reading
) -> str:
    """The same, with what the trackers that are about to be written to say that the time is.

    Once the clock has moved, all of them are asked: what people did is noted too, and needs a time.
    """
    asked = dict.fromkeys(installation.trackers if watch.moved else names)
    trackers = [installation.trackers[name] for name in asked if name in installation.trackers]
    told = await asyncio.gather(*(_time_or_none(tracker) for tracker in trackers))
    return watch.distrust((time for time in told if time is not None), read)


async def _time_or_none(tracker: Tracker) -> datetime | None:
    """A tracker that cannot be asked says nothing of the time; its failure shows when it is written to."""
    try:
        return await contained(tracker, tracker.clock())
    except TrackerError:
        return None


def _began_at(clock: Clock) -> datetime:
    """When the monotonic clock stood at zero, as the wall clock has it: constant while both run alike."""
    return clock.now() - timedelta(seconds=clock.monotonic())


def _said_of(moved: timedelta) -> str:
    return f"the wall clock moved {_how_far(moved)} meanwhile; what rests on the time before it is worked out again"


def _how_far(moved: timedelta) -> str:
    return f"{'forward' if moved > timedelta(0) else 'back'} by {_rounded(abs(moved))}"


def _rounded(span: timedelta) -> timedelta:
    return timedelta(seconds=round(span.total_seconds()))
