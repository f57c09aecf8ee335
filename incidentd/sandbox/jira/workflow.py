"""A workflow: statuses with their categories, and the transitions between them. Pure values; Jira keeps one a project.

Done is a matter of the category (`new`, `indeterminate`, `done`), never of a name: names are translated.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

CATEGORIES: Mapping[str, tuple[int, str, str]] = {
    "new": (2, "To Do", "blue-gray"),
    "indeterminate": (4, "In Progress", "yellow"),
    "done": (3, "Done", "green"),
}


@dataclass(frozen=True, slots=True)
class Status:
    """A status of the workflow."""

    id: str
    name: str
    category: str


@dataclass(frozen=True, slots=True)
class Transition:
    """A way from one status (or from each other one) to another, with the fields on its screen."""

    id: str
    name: str
    to: str
    origins: tuple[str, ...] = ()  # status ids; empty: from every other status
    screen: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    hidden: bool = False  # exists, but a condition keeps it from our account

    def starts_from(self, status: str) -> bool:
        """Whether it can be taken in that status."""
        return status in self.origins if self.origins else status != self.to


@dataclass(frozen=True, slots=True)
class Workflow:
    """Statuses and transitions; the first status is where issues begin."""

    statuses: tuple[Status, ...]
    transitions: tuple[Transition, ...]
    sets_resolution: str | None = "Done"  # what a move into `done` writes where its screen said nothing
    clears_resolution: bool = True  # whether a move out of `done` takes it away

    @property
    def first(self) -> Status:
        """Where issues begin."""
        return self.statuses[0]

    def status(self, ident: str) -> Status:
        """The status of that id; KeyError if there is none."""
        return {status.id: status for status in self.statuses}[ident]

    def named(self, name: str) -> Status:
        """The status of that name, any case; KeyError if there is none."""
        return {status.name.casefold(): status for status in self.statuses}[name.casefold()]

    def open_to_us(self, status: str) -> list[Transition]:
        """The transitions that the API offers in that status."""
        return [step for step in self.transitions if step.starts_from(status) and not step.hidden]

    def renamed(self, names: Mapping[str, str]) -> Workflow:
        """The same workflow with other names of statuses and transitions, as a translated site has them."""
        return replace(
            self,
            statuses=tuple(replace(status, name=names.get(status.name, status.name)) for status in self.statuses),
            transitions=tuple(replace(step, name=names.get(step.name, step.name)) for step in self.transitions),
        )

    def hiding(self, *names: str) -> Workflow:
        """The same workflow with these transitions kept from us."""
        return replace(
            self,
            transitions=tuple(replace(step, hidden=step.hidden or step.name in names) for step in self.transitions),
        )


def default_workflow(*, reopen: bool = True, resolution: str = "none") -> Workflow:
    """To Do → In Progress → Done, and Reopen. `resolution` on the screen of Done: `none`, `optional` or `required`."""
    screen = () if resolution == "none" else ("resolution",)
    required = ("resolution",) if resolution == "required" else ()
    steps = [
        Transition("11", "Start progress", "3", ("10000",)),
        Transition("21", "Stop progress", "10000", ("3",)),
        Transition("31", "Done", "10001", ("10000", "3"), screen, required),
    ]
    if reopen:
        steps.append(Transition("41", "Reopen", "10000", ("10001",)))
    statuses = (
        Status("10000", "To Do", "new"),
        Status("3", "In Progress", "indeterminate"),
        Status("10001", "Done", "done"),
    )
    return Workflow(statuses, tuple(steps))
