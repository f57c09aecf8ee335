"""A worker that works at once: for whatever takes one as a port."""

from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class InLine:
    """No thread, so nothing happens between two lines of a test."""

    async def run(self, work: Callable[[], T]) -> T:
        """The result of `work`."""
        return work()
