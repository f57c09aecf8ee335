"""What a sweep could not see, and how old it is, said on stderr: data stays on stdout, and the exit code as it is."""

from collections.abc import Iterable, Sequence
from datetime import datetime

import typer

from incidentd.cli.work import MOST_SAID, say
from incidentd.model.inventory import Inventory
from incidentd.model.observation import Gap
from incidentd.planning.documents import gaps_document
from incidentd.planning.phrases import ago, counted
from incidentd.planning.sanitize import sanitize

PLACES_SAID = 5


def say_what_is_unseen(inventory: Inventory) -> None:
    """One block with the first places, and how many more there are; nothing where all was seen."""
    gaps = gaps_document(inventory)["gaps"]
    _say([_line(gap["location"], gap["member"], gap["reason"], gap["text"]) for gap in gaps], "incidentd list --gaps")


def say_what_a_push_leaves_unseen(gaps: Iterable[Gap]) -> None:
    """The same, where nothing is remembered: the hub has them all."""
    lines = [_line(gap.location.uri, gap.member, gap.reason.value, gap.text) for gap in gaps]
    _say(lines, "incidentd list --gaps, at the hub")


def _say(lines: Sequence[str], rest: str) -> None:
    if not lines:
        return
    say(f"{counted(len(lines), 'place')} could not be seen:")
    for line in lines[:PLACES_SAID]:
        typer.echo(f"  {sanitize(line, cut_at=MOST_SAID)}", err=True)
    if len(lines) > PLACES_SAID:
        typer.echo(f"  and {len(lines) - PLACES_SAID} more ({rest})", err=True)


def _line(place: str, member: str | None, reason: str, text: str) -> str:
    return f"{place}{f' [{member}]' if member else ''}: {reason}: {text}"


def say_the_age(inventory: Inventory, now: datetime) -> None:
    """When each source was last swept: what is told from the state is as old as that."""
    if not inventory.sweeps:
        typer.echo("incidentd: nothing was swept yet: the state is empty", err=True)
    for sweep in inventory.sweeps.values():
        typer.echo(f"{sweep.source}: last swept {ago(now - sweep.finished_at)} ago", err=True)
