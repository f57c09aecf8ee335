"""A beat of the story: what happens in the world, what must then be read back, and what is said about it."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from incidentd.model.assessment import Stage, Step
from incidentd.model.plan import ActionKind
from incidentd.sandbox.replay.cast import REGIONS, SERVICES
from incidentd.sandbox.replay.fleet import Fleet, Look
from incidentd.sandbox.replay.witness import Seen, StoryContradicted


@dataclass(frozen=True, slots=True)
class Expected:
    """How one certificate's incident must stand."""

    stage: Stage
    step: Step
    replaced: int = 0
    is_open: bool = True


def all_alike(expected: Expected | None) -> Mapping[str, Expected | None]:
    """The same for each service; None: no ticket anywhere."""
    return dict.fromkeys(SERVICES, expected)


async def nothing_happens(fleet: Fleet) -> None:
    """Only time passes."""


def at_once(act: Callable[[Fleet], None]) -> Callable[[Fleet], Awaitable[None]]:
    """What happens in the world without a word to incidentd."""

    async def done(fleet: Fleet) -> None:
        act(fleet)

    return done


@dataclass(frozen=True, slots=True)
class Beat:
    """One step of the story."""

    at: datetime
    title: str
    world: str
    """What happened; true because `act` does it."""
    meaning: str
    """What it means; true because `expected` and `done` are read back before it is said."""
    expected: Mapping[str, Expected | None]
    done: Mapping[ActionKind, int]
    """What incidentd must have sent in this pass, no more and no less."""
    act: Callable[[Fleet], Awaitable[None]] = nothing_happens
    names_places: bool = False
    """The servers that still have the old certificate are named."""

    async def play(self, fleet: Fleet, before: Look | None) -> Look:
        """Lets it happen, makes one pass, and reads everything back. Raises StoryContradicted."""
        fleet.scene.clock.advance_to(self.at)
        await self.act(fleet)
        look = await fleet.look(self.at)
        if dict(look.done) != dict(self.done):
            raise StoryContradicted(f"incidentd did {dict(look.done)}, not {dict(self.done)}", where=self._where)
        for service in SERVICES:
            self._check(service, look.seen[service], before.seen[service] if before else None)
        return look

    def _check(self, service: str, seen: Seen | None, before: Seen | None) -> None:
        found = seen and Expected(seen.stage, seen.step, seen.replaced, seen.ticket.is_open)
        if found != self.expected[service]:
            raise StoryContradicted(f"{service} stands as {found}, not {self.expected[service]}", where=self._where)
        if seen and seen.servers != len(REGIONS):
            raise StoryContradicted(f"{service} has {seen.servers} servers", where=self._where)
        if seen and before and seen.ticket.name != before.ticket.name:
            raise StoryContradicted(f"{before.ticket.name} became {seen.ticket.name}", where=self._where)

    @property
    def _where(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M}, {self.title!r}"
