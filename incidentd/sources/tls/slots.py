"""Slots: how many probes may be under way, in all and at one endpoint. Who waits for an endpoint holds up no other."""

import asyncio
from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager


class Slots:
    """At most `everywhere` at once in all, and at most `each` for one key."""

    def __init__(self, everywhere: int, each: int) -> None:
        self._everywhere = asyncio.Semaphore(everywhere)
        self._each = each
        self._queues: dict[Hashable, asyncio.Semaphore] = {}
        self._wanted: dict[Hashable, int] = {}

    @asynccontextmanager
    async def taken(self, key: Hashable) -> AsyncIterator[None]:
        """Waits for both slots, the key's first, and gives them back at the end."""
        queue = self._queues.setdefault(key, asyncio.Semaphore(self._each))
        self._wanted[key] = self._wanted.get(key, 0) + 1
        try:
            async with queue, self._everywhere:
                yield
        finally:
            self._leave(key)

    @property
    def waited_for(self) -> int:
        """How many keys have somebody inside or waiting."""
        return len(self._queues)

    def _leave(self, key: Hashable) -> None:
        self._wanted[key] -= 1
        if not self._wanted[key]:
            del self._wanted[key], self._queues[key]
