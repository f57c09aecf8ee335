"""The telling: how the story stands on a terminal, and how long it waits for a reader.

Colours only where somebody looks and NO_COLOR is not set; lines as wide as the terminal, never wider than an eye likes.
"""

import textwrap
from collections.abc import Iterator

import typer
from rich.console import Console
from rich.text import Text

from incidentd.model.assessment import Stage
from incidentd.model.plan import ActionKind
from incidentd.planning.phrases import counted
from incidentd.ports import Clock
from incidentd.sandbox.replay.beats import Beat
from incidentd.sandbox.replay.fleet import Look
from incidentd.sandbox.replay.witness import Seen

WIDEST = 96
NARROWEST = 40
LABEL = 13
"""Columns of the words before a paragraph."""
TO_TAKE_IN_SECONDS = 1.2
TO_READ_SECONDS = 2.4

DID = {
    ActionKind.OPEN: "opened {}",
    ActionKind.UPDATE: "updated {}",
    ActionKind.CLOSE: "closed {}",
    ActionKind.TELL: "told the release's own ticket",
    ActionKind.CHANGE: "told PagerDuty's timeline",
}
WROTE_NOTHING = "wrote nothing"
NOT_PROVEN = "deployed, not proven"
"""Every server was seen with the new certificate, and not yet often enough."""
STAGES = {
    Stage.DUE: "due",
    Stage.RENEWED_NOT_DEPLOYED: "renewed, not deployed",
    Stage.RELEASE_LATE: "release late",
    Stage.PARTLY_DEPLOYED: "partly deployed",
    Stage.EXPIRED: "expired, and served",
    Stage.SETTLED: "replaced everywhere",
}
COLOURS = {"warning": "yellow", "error": "red", "critical": "bold red", "closed": "green"}


class Telling:
    """Tells to one console. With `clock`, it waits for its reader; without, it does not."""

    def __init__(self, console: Console, clock: Clock | None = None) -> None:
        self._console = console
        self._clock = clock
        self._width = max(min(console.width, WIDEST), NARROWEST)

    def title(self, text: str) -> None:
        """The head of a part."""
        lines = textwrap.wrap(text, self._width)
        self.gap()
        for line in (*lines, "=" * max(map(len, lines))):
            self._print(Text(line, style="bold"))

    def paragraph(self, text: str, label: str = "") -> None:
        """Words, wrapped; with a label they stand beside it."""
        column = max(LABEL, len(label)) if label else 0
        lines = textwrap.wrap(text, self._width - column, break_long_words=False, break_on_hyphens=False)
        for number, line in enumerate(lines):
            self._print(Text.assemble((label.ljust(column) if number == 0 else " " * column, "cyan"), line))

    def gap(self) -> None:
        """An empty line."""
        self._print(Text(""))

    async def beat(self, beat: Beat) -> None:
        """What happens next."""
        self.gap()
        for line in textwrap.wrap(f"{beat.at:%Y-%m-%d %H:%M:%S} UTC   {beat.title}", self._width):
            self._print(Text(line, style="bold"))
        self.paragraph(beat.world, "  The world")
        await self.wait(TO_TAKE_IN_SECONDS)

    async def look(self, beat: Beat, look: Look, before: Look | None) -> None:
        """What incidentd made of it, and what stands in the trackers now."""
        self.paragraph(did(look), "  incidentd")
        for seen in there(look):
            self._print(_row(seen))
        for line in (*quotes(look, before), *look.of_release):
            self.paragraph(line, "  Quoted")
        if beat.names_places:
            for seen in there(look):
                by = "incidentd saw it" if seen.ticket.listed_at is None else f"{seen.ticket.name} lists it"
                self.paragraph(f"{', '.join(seen.old_at)}: {by}", "  Still old")
        self.paragraph(beat.meaning, "  Meaning")
        await self.wait(TO_READ_SECONDS)

    def again(self, beat: Beat, look: Look) -> None:
        """A beat that was told before, in one line."""
        self.paragraph(f"{beat.title}: {wrote(look)}.", f"  {beat.at:%Y-%m-%d}")

    async def wait(self, seconds: float) -> None:
        """A pause for the reader, where there is one."""
        if self._clock is not None:
            await self._clock.sleep(seconds)

    def _print(self, text: Text) -> None:
        with self._console.capture() as captured:
            self._console.print(text, soft_wrap=True)
        typer.echo(captured.get(), nl=False)  # which tells a pipe that is closed from one that is not


def there(look: Look) -> list[Seen]:
    """The incidents that there are, in the order of the cast."""
    return [seen for seen in look.seen.values() if seen is not None]


def did(look: Look) -> str:
    """What the pass looked at, and what it wrote."""
    return f"looked at {look.servers} servers and {look.files} files of the store; {wrote(look)}."


def wrote(look: Look) -> str:
    """What the pass wrote to the trackers."""
    return ", ".join(DID[kind].format(counted(number, "ticket")) for kind, number in look.done.items()) or WROTE_NOTHING


def quotes(look: Look, before: Look | None) -> Iterator[str]:
    """The words of the first ticket that says something new: its title when it opens, its comments after that."""
    for service, seen in look.seen.items():
        earlier = before.seen[service] if before else None
        if seen is None:
            continue
        said = seen.ticket.comments[len(earlier.ticket.comments) :] if earlier else (seen.ticket.title,)
        if said:
            yield from (f"{seen.ticket.name}: {text}" for text in said)
            return


def _row(seen: Seen) -> Text:
    """One incident: service, ticket, how it stands."""
    state = "open" if seen.ticket.is_open else "closed"
    text = Text("    ")
    for cell, width in ((seen.record.name.partition(".")[0], 7), (seen.ticket.name, 14)):
        text.append(cell.ljust(width))
    text.append(state.ljust(8), COLOURS.get(state, ""))
    text.append(seen.ticket.severity.ljust(10), COLOURS[seen.ticket.severity] if seen.ticket.is_open else "")
    shipped = seen.stage is Stage.PARTLY_DEPLOYED and seen.replaced == seen.servers
    text.append((NOT_PROVEN if shipped else STAGES[seen.stage]).ljust(23))
    text.append(f"{seen.replaced}/{seen.servers} deployed")
    return text
