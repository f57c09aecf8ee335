"""Found: what looking at one target brought home, before anything is judged."""

from dataclasses import dataclass

from incidentd.model.location import Location
from incidentd.model.observation import Gap, Observation

SOURCE = "check"
"""The source of every location that a check looks at: there is no configuration that would name one."""


@dataclass(frozen=True, slots=True)
class Found:
    """Observations, gaps, or both, of one target."""

    target: str
    """As given; in a folder the file's path."""
    location: Location
    observations: tuple[Observation, ...] = ()
    gaps: tuple[Gap, ...] = ()
    path: str | None = None
    """For what is on disk: absolute only if the argument was."""


def found_one(target: str, judged: Observation | Gap, path: str | None = None) -> Found:
    """A target that one look settled."""
    if isinstance(judged, Observation):
        return Found(target, judged.location, observations=(judged,), path=path)
    return Found(target, judged.location, gaps=(judged,), path=path)
