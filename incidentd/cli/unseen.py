"""What a sweep could not see, said on stderr in a few lines: data stays on stdout, and the exit code as it is."""

import typer

from incidentd.cli.work import MOST_SAID, say
from incidentd.model.inventory import Inventory
from incidentd.planning.documents import Document, gaps_document
from incidentd.planning.phrases import counted
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
