"""The seam of a source: something that can be swept for locations. What it could not see is a gap, never an absence.

A new source is one module beside this one, with a settings model of its own, and one entry in the package's union.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from pydantic import BaseModel, ConfigDict, Field

from incidentd.durations import PositiveDuration
from incidentd.model.inventory import Place
from incidentd.model.observation import Absence, Gap, Observation, Sweep
from incidentd.sources.target import Target


class Progress(Protocol):
    """Is told how far a sweep has come."""

    def __call__(self, done: int, total: int) -> None:
        """`done` of `total` looks are over; `total` may still grow."""
        ...


def no_progress(done: int, total: int) -> None:
    """Nobody watches."""


class Source(Protocol):
    """Something that can be swept."""

    @property
    def name(self) -> str:
        """Its name in the configuration."""
        ...

    async def sweep(self, known: Sequence[Place], on_progress: Progress = no_progress) -> Sweep:
        """One attempt at everything. `known` are the places the inventory holds of this source.

        Each of them is accounted for: as an observation, a gap or an absence. Never raises for what the world does.
        """
        ...


@runtime_checkable
class Lasting(Protocol):
    """A source that keeps something open between its sweeps."""

    async def close(self) -> None:
        """Gives it back; called once there are no more sweeps."""
        ...


@dataclass(frozen=True, slots=True)
class Remark:
    """Something that cannot be looked at, or is not to be, and why. No place: nobody waits for it."""

    about: str
    text: str


@runtime_checkable
class Remarking(Protocol):
    """A source that comes upon more than it looks at."""

    @property
    def remarks(self) -> Sequence[Remark]:
        """What the last sweep left out."""
        ...


@dataclass(frozen=True, slots=True)
class Look:
    """What looking at one place, or at a few, brought home."""

    observations: tuple[Observation, ...] = ()
    gaps: tuple[Gap, ...] = ()
    absences: tuple[Absence, ...] = ()

    @staticmethod
    def joined(looks: Sequence["Look"]) -> "Look":
        """All of them as one, in their order."""
        return Look(
            tuple(observation for look in looks for observation in look.observations),
            tuple(gap for look in looks for gap in look.gaps),
            tuple(absence for look in looks for absence in look.absences),
        )


class Looker(Protocol):
    """Looks at endpoints by handshakes. Handed to sources that find endpoints elsewhere than in the configuration."""

    async def look_at_all(
        self, targets: Sequence[Target], known: Mapping[str, Place], on_progress: Progress = no_progress
    ) -> list[Look]:
        """One look for each target, in their order. `known`: by address, what the inventory holds of them."""
        ...


class SourceModel(BaseModel):
    """The settings that every source takes."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    labels: dict[str, str] = Field(default_factory=dict, description="Labels of all its locations.")
    interval: PositiveDuration | None = Field(
        default=None, description="Time between two sweeps; without it, schedule.sweep_every."
    )
