"""Playing: the whole story, told while it is played, once for each of its two ends."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from incidentd.planning.phrases import ago, counted
from incidentd.sandbox.replay.beats import Beat
from incidentd.sandbox.replay.beginning import BEGINNING
from incidentd.sandbox.replay.cast import cast
from incidentd.sandbox.replay.endings import HAPPENED, PREVENTED
from incidentd.sandbox.replay.fleet import Fleet, Look, fleet
from incidentd.sandbox.replay.telling import Telling, there
from incidentd.sandbox.replay.witness import StoryContradicted

PROLOGUE = (
    "On 22 February 2013 three certificates of one cloud storage service expired within three minutes of each other, "
    "in every region at once, and the service was down worldwide for half a day. They had been renewed in time. But "
    "the release that carried the new ones waited behind other work; and because the secret store already held the new "
    "certificates, no alert was raised any more.",
    "You will see it twice: first as it happened, then with people who act on what incidentd tells them.",
    "For this, there are now on your computer nine TLS servers (blob, queue and table, each in us, eu and asia), a "
    "secret store in a folder, a PagerDuty and a Jira. Handshakes, files and HTTP are real, only the clock is "
    "simulated, and nothing leaves this computer. Each line about a ticket was read back from its tracker.",
)


@asynccontextmanager
async def replayed(folder: Path, telling: Telling) -> AsyncIterator[tuple[Fleet, Fleet]]:
    """Plays and tells both ends in an empty folder; both fleets stand as long as the context lasts.

    Raises StoryContradicted as soon as anything is read back that the story does not say.
    """
    telling.title("February 2013, replayed")
    for text in PROLOGUE:
        telling.paragraph(text)
        telling.gap()
    async with AsyncExitStack() as stack:
        yield await _what_happened(folder, telling, stack), await _what_it_is_for(folder, telling, stack)


async def _what_happened(folder: Path, telling: Telling, stack: AsyncExitStack) -> Fleet:
    telling.title("First: what happened. Nothing ships.")
    staged = await _staged(folder / "happened", stack)
    last = await _tell(staged, telling, (*BEGINNING, *HAPPENED), None)
    telling.gap()
    for line in _expiries(last):
        telling.paragraph(line)
    return staged


async def _what_it_is_for(folder: Path, telling: Telling, stack: AsyncExitStack) -> Fleet:
    telling.title("Then: what incidentd is for. The same beginning, and somebody reads the tickets.")
    staged = await _staged(folder / "prevented", stack)
    look = None
    for beat in BEGINNING:
        look = await beat.play(staged, look)
        telling.again(beat, look)
    last = await _tell(staged, telling, PREVENTED, look)
    telling.gap()
    for line in _closings(last):
        telling.paragraph(line)
    return staged


async def _staged(folder: Path, stack: AsyncExitStack) -> Fleet:
    folder.mkdir()
    return await stack.enter_async_context(fleet(folder, BEGINNING[0].at, cast()))


async def _tell(staged: Fleet, telling: Telling, beats: Sequence[Beat], before: Look | None) -> Look:
    """The last look. `before` is the one before the first beat."""
    for beat in beats:
        await telling.beat(beat)
        look = await beat.play(staged, before)
        await telling.look(beat, look, before)
        before = look
    if before is None:
        raise StoryContradicted("a story without a beat")
    return before


def _expiries(look: Look) -> list[str]:
    """The end of the first part, from the ledger."""
    ends = {seen.record.name.partition(" ")[0]: seen.record.not_after for seen in there(look) if seen.record.not_after}
    span = max(ends.values()) - min(ends.values())
    opened = min(seen.record.opened_at for seen in there(look))
    minutes, seconds = divmod(int(span.total_seconds()), 60)
    listed = ", ".join(f"{name} at {end:%H:%M:%S}" for name, end in ends.items())
    day = min(ends.values())
    return [
        f"{listed} UTC on {day:%d %B %Y}: {counted(len(ends), 'certificate')} within {minutes} min {seconds} s, in "
        f"every region. In 2013 no alert had been raised since the renewal. Here, the tickets had been open for "
        f"{ago(day - opened)}."
    ]


def _closings(look: Look) -> list[str]:
    """The end of the second part, in the words of the tickets."""
    closings = []
    for seen in there(look):
        spare = next((text for text in seen.record.close_text.split(". ") if "to spare" in text), "")
        if not spare or spare not in seen.ticket.comments[-1]:
            raise StoryContradicted("it was closed without saying what there was to spare", where=seen.ticket.name)
        closings.append(f"{seen.ticket.name}: {spare}.")
    return [*closings, "Same certificates, same calendar: this time the service did not go down."]
