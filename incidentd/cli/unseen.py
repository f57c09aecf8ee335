"""What a sweep could not see, and how old it is, said on stderr: data stays on stdout, and the exit code as it is."""

from datetime import datetime

import typer

from incidentd.cli.work import MOST_SAID, say
from incidentd.model.inventory import Inventory
from incidentd.planning.documents import Document, gaps_document
from incidentd.planning.phrases import ago, counted
from incidentd.planning.sanitize import sanitize

PLACES_SAID = 5


def say_what_is_unseen(inventory: Inventory) -> None:
    """One block with the first places, and how many more there are; nothing where all was seen."""
    gaps = gaps_document(inventory)["gaps"]
    if not gaps:
        return
    say(f"{counted(len(gaps), 'place')} could not be seen:")
    for gap in gaps[:PLACES_SAID]:
        typer.echo(f"  {sanitize(_line(gap), cut_at=MOST_SAID)}", err=True)
    if len(gaps) > PLACES_SAID:
        typer.echo(f"  and {len(gaps) - PLACES_SAID} more (incidentd list --gaps)", err=True)


def _line(gap: Document) -> str:
    member = f" [{gap['member']}]" if gap["member"] else ""
    return f"{gap['location']}{member}: {gap['reason']}: {gap['text']}"


def say_the_age(inventory: Inventory, now: datetime) -> None:
    """When each source was last swept: what is told from the state is as old as that."""
    if not inventory.sweeps:
        typer.echo("incidentd: nothing was swept yet: the state is empty", err=True)
    for sweep in inventory.sweeps.values():
        typer.echo(f"{sweep.source}: last swept {ago(now - sweep.finished_at)} ago", err=True)
