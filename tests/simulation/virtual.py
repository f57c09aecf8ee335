"""Virtual time: an event loop whose clock moves on when everybody waits, and stands still otherwise."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine
from math import inf, nextafter
from typing import Any, TypeVar

T = TypeVar("T")
NANOSECOND = 1e-9
"""asyncio runs what is due within less than this; and after 2^24 seconds, half a year, a float holds no such time:
then what is due at this very instant would be waited for, for ever."""


class Deadlock(AssertionError):
    """Everybody waits, and for nothing that time brings."""


class _Hourglass(selectors.SelectSelector):
    """Never waits: the time that would have been waited has passed at once."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """What is ready, once nobody has anything left to do; else the clock moves to the next thing that is due."""
        if timeout == 0:
            return []
        ready = super().select(0)
        if ready:
            return ready
        if timeout is None:
            raise Deadlock("nothing will ever happen again")
        self.seconds += timeout
        if self.seconds + NANOSECOND == self.seconds:
            self.seconds = nextafter(self.seconds, inf)
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    """Runs the same tasks in the same order each time, in no time."""

    def __init__(self) -> None:
        self._hourglass = _Hourglass()
        super().__init__(self._hourglass)

    def time(self) -> float:
        """Virtual seconds since the beginning."""
        return self._hourglass.seconds


def run_in_virtual_time(main: Coroutine[Any, Any, T]) -> T:
    """The result of `main` on a loop of its own. What is left behind is cancelled."""
    loop = VirtualLoop()
    try:
        return loop.run_until_complete(main)
    finally:
        left = asyncio.all_tasks(loop)
        for task in left:
            task.cancel()
        if left:
            loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
        loop.close()
