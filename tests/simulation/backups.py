"""Backups: the database copied now and then, lost and set back; and what of all that was looked at it still knows."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from tests.simulation.fleet import SWEEP_SECONDS, Memory, Span
from tests.simulation.schedule import Event

if TYPE_CHECKING:
    from tests.simulation.life import Life

AGE_SECONDS = 1800.0
"""How old a copy is at least when the database is set back to it."""


@dataclass
class Backups:
    """Of one life's state."""

    life: Life
    memory: Memory = field(default_factory=Memory)
    losses: int = 0
    """How often it was lost or set back, and what was done lately forgotten with it."""
    _copies: list[tuple[float, Path, tuple[Span, ...]]] = field(default_factory=list)

    def lose(self) -> None:
        """Every process dies, and the database with them."""
        self.life.kill_all()
        self._forget(())

    def set_back(self) -> None:
        """Every process dies, and the database is what it was half an hour ago, if it existed."""
        self.life.kill_all()
        old = [copy for copy in self._copies if copy[0] <= self.life.seconds() - AGE_SECONDS]
        if old:
            _, copy, spans = old[-1]
            self._forget(spans)
            self.life.database.set_back_to(copy)

    def _forget(self, spans: tuple[Span, ...]) -> None:
        self.life.database.lose()
        self.memory = Memory(self.life.seconds(), spans)
        self.losses += 1

    async def keep(self) -> None:
        """One every quarter of an hour, where the schedule will need one."""
        if not any(one.event is Event.STATE_OLD for one in self.life.schedule.happenings):
            return
        while True:
            await asyncio.sleep(SWEEP_SECONDS)  # noqa: TID251 - virtual time
            if self.life.database.is_there:
                now = self.life.seconds()
                copy = self.life.folder / f"copy-{now:09.0f}"
                self.life.database.copy_to(copy)
                self._copies.append((now, copy, self.memory.until(now)))
