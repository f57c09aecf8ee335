"""Persons: what somebody decides by a command, in a process of its own in which nothing goes wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from incidentd.cli.move import moved_to
from incidentd.errors import IncidentdError
from incidentd.wiring import World, installed
from tests.simulation.process import Process, ProcessChance, ProcessClock
from tests.simulation.together import OTHER

if TYPE_CHECKING:
    from tests.simulation.life import Life

T = TypeVar("T")
TRIES = 60
TRY_SECONDS = 60.0


class _InLine:
    """No step of anybody's."""

    async def run(self, work: Callable[[], T]) -> T:
        """As a thread would."""
        return work()


async def moves(life: Life) -> None:
    """`incidentd move`, tried again as it says while it is not known what became of what was sent last."""
    process = Process(life, "person", life.chance)
    world = World(ProcessClock(process), ProcessChance(life.chance), _InLine())
    for _ in range(TRIES):
        try:
            async with installed(life.loaded, world) as installation:
                await moved_to(installation, life.fleet.old.fingerprint, OTHER, "on call takes over", "alice")
                return
        except IncidentdError:
            await life.until(life.seconds() + TRY_SECONDS)
