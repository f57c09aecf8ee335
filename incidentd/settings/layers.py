"""Layers: what each place said, with the origin of every value; a higher layer wins, key by key, lists as a whole."""

from collections.abc import Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from enum import StrEnum

Value = None | bool | int | float | str | list["Value"] | dict[str, "Value"]
KeyPath = tuple[str | int, ...]
"""Where a value stands: keys of mappings and positions in lists."""


class OriginKind(StrEnum):
    """Which place said it."""

    DEFAULT = "default"
    FILE = "file"
    SECRETS = "secrets directory"
    ENVIRONMENT = "environment"


@dataclass(frozen=True, slots=True)
class Origin:
    """Who said a value: a line of a file, a variable, a file of the secrets directory."""

    kind: OriginKind
    name: str = ""
    line: int | None = None
    """Counted from 1."""

    def __str__(self) -> str:
        """As errors and `config show --origin` say it: `incidentd.yaml:12`, `environment INCIDENTD_MODE`."""
        if self.kind is OriginKind.FILE:
            return f"{self.name}:{self.line}"
        return f"{self.kind} {self.name}".rstrip()


Origins = Mapping[KeyPath, Origin]
DEFAULT = Origin(OriginKind.DEFAULT)
LONGEST_KEY = 80


@dataclass(frozen=True, slots=True)
class Layer:
    """What one place said."""

    data: dict[str, Value] = field(default_factory=dict)
    origins: Origins = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that keeps the configuration from being used. Never holds a value."""

    path: KeyPath
    what: str
    hint: str = ""
    origin: Origin | None = None
    """Set where the path alone does not lead to it."""


def key_text(path: KeyPath) -> str:
    """`sources.edge.targets[0].port` of a path; what cannot be printed is escaped, what is long is cut."""
    text = ""
    for step in path:
        key = step if isinstance(step, int) or step.isprintable() else ascii(step)[1:-1]
        text += f"[{key}]" if isinstance(key, int) else f".{key[:LONGEST_KEY]}" if text else key[:LONGEST_KEY]
    return text


def origin_of(path: KeyPath, origins: Origins) -> Origin:
    """The origin of a value, or that of what it stands in; DEFAULT where nobody said anything."""
    for length in range(len(path), 0, -1):
        found = origins.get(path[:length])
        if found is not None:
            return found
    return DEFAULT


def merged(layers: Iterable[Layer]) -> Layer:
    """All layers as one, lowest first."""
    data: dict[str, Value] = {}
    origins: dict[KeyPath, Origin] = {}
    for layer in layers:
        _lay_over(data, layer.data, (), layer.origins, origins)
    return Layer(data, origins)


def _lay_over(
    below: dict[str, Value], above: dict[str, Value], path: KeyPath, said: Origins, origins: dict[KeyPath, Origin]
) -> None:
    for key, value in above.items():
        here = (*path, key)
        under = below.get(key)
        if isinstance(value, dict) and isinstance(under, dict):
            _lay_over(under, value, here, said, origins)
            continue
        below[key] = deepcopy(value)
        for stale in [place for place in origins if place[: len(here)] == here]:
            del origins[stale]
        origins.update((place, origin) for place, origin in said.items() if place[: len(here)] == here)
