"""Holding: what the guard holds, in few words however much it is. Nothing is held in silence."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from incidentd.model.plan import Held, Hold
from incidentd.planning.phrases import counted


@dataclass(frozen=True, slots=True)
class Ground:
    """One reason why actions are held, and all that are held for it."""

    hold: Hold
    text: str
    held: tuple[Held, ...]

    @property
    def words(self) -> str:
        """`4930 actions: at most 50 new incidents an hour, and 20 urgent ones`."""
        return f"{counted(len(self.held), 'action')}: {self.text}"


def grounds(held: Iterable[Held]) -> list[Ground]:
    """Each ground once, in the order of what is held."""
    found: dict[tuple[Hold, str], list[Held]] = {}
    for one in held:
        found.setdefault((one.hold, one.text), []).append(one)
    return [Ground(hold, text, tuple(ones)) for (hold, text), ones in found.items()]


def what_is_held(held: Iterable[Held]) -> Iterator[str]:
    """A sentence for each ground, for stderr, `/readyz` and the board."""
    return (f"the guard holds {ground.words}" for ground in grounds(held))
