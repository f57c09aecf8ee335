"""A ticket's content as Jira shows it: summary, description, comments. Pure; what does not fit is left out and counted.

Limits (Jira Cloud): summary 254 characters on one line; a description or comment 32,767 serialized characters.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from incidentd.model.assessment import Severity
from incidentd.model.ticket import TicketContent, Topic
from incidentd.trackers.jira import adf
from incidentd.trackers.jira.adf import Json

SUMMARY_UNITS = 254
"""Of UTF-16, which is what Jira counts."""
COMMENT_CHARACTERS = 2_500
"""Fits even if every character is escaped to twelve."""

MOST_PLACES = 200
MOST_LINES = 30

Measure = Callable[[Json], int]
"""The characters that a document takes where it is stored."""

STANDING_IN = "The description was edited, so incidentd leaves it alone and keeps this comment true instead."
FOOTER = "Managed by incidentd; this block is rewritten when facts change; write notes in comments."

_PANELS = {Severity.WARNING: "warning", Severity.ERROR: "error", Severity.CRITICAL: "error"}
_COLOURS = {Severity.WARNING: "yellow", Severity.ERROR: "red", Severity.CRITICAL: "red"}


@dataclass(frozen=True, slots=True)
class _Heads:
    """What stands above the columns, and over what is folded away."""

    facts: tuple[str, str, str, str]
    places: tuple[str, str, str, str]
    more: str
    """How many are left out, with the plural's ending."""
    details: str


_HEADS = {
    Topic.CERTIFICATE: _Heads(
        ("Who", "Where", "Renewal", "Next step"),
        ("Place", "Stored or served", "This certificate?", "Last seen"),
        "and {0} more place{1}",
        "Certificate details",
    ),
    Topic.ITSELF: _Heads(
        ("Who", "Where", "Why now", "Next step"),
        ("What it concerns", "Where", "State", "Since"),
        "and {0} more",
        "Details",
    ),
}


def summary(content: TicketContent) -> str:
    """The title on one line."""
    line = " ".join((content.summary or content.title).split()) or "[SIE] certificate expiry"
    if _units(line) <= SUMMARY_UNITS:
        return line
    kept = (end for end in range(len(line), 0, -1) if _units(line[:end]) < SUMMARY_UNITS)
    return f"{line[: next(kept, 0)]}…"


def description(content: TicketContent, size: Measure = adf.size) -> Json:
    """The description, fitting by the measure of those who will store it."""
    return _fitting(content, [], size)


def standing_in(content: TicketContent, size: Measure = adf.size) -> Json:
    """The comment that says what an edited description does not say any more."""
    return _fitting(content, [adf.paragraph(STANDING_IN, "em")], size)


def comment(text: str) -> Json:
    """A comment, one paragraph a line."""
    cut = text if len(text) <= COMMENT_CHARACTERS else f"{text[: COMMENT_CHARACTERS - 1]}…"
    return adf.document([adf.paragraph(line) for line in cut.splitlines() if line.strip()])


def together(texts: Sequence[str]) -> list[str]:
    """What several comments say as the text of one, where they fit into it."""
    joined = "\n".join(texts)
    return [joined] if texts and len(joined) <= COMMENT_CHARACTERS else list(texts)


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


@dataclass(frozen=True, slots=True)
class _Room:
    """How much of the content is shown."""

    places: int
    expands: bool
    characters: int
    details: int = 300
    """Characters of what is folded away."""


def _fitting(content: TicketContent, lead: list[Json], size: Measure) -> Json:
    documents = (adf.document([*lead, *_blocks(content, room)]) for room in _ever_smaller(content))
    return next(document for document in documents if size(document) <= adf.CHARACTERS)


def _ever_smaller(content: TicketContent) -> Iterator[_Room]:
    """Long details go first, then rows, then what is folded away, then the ends of texts; the last always fits."""
    places = min(len(content.places), MOST_PLACES)
    yield _Room(places, True, 1_000, 4_000)
    while places:
        yield _Room(places, True, 1_000)
        places //= 2
    yield _Room(0, True, 1_000)
    yield _Room(0, False, 1_000)
    for characters in (300, 100, 25):
        yield _Room(0, False, characters)


def _blocks(content: TicketContent, room: _Room) -> Iterator[Json]:
    cut = partial(_cut, characters=room.characters)
    yield adf.panel(_PANELS[content.severity], list(_panel(content, cut)))
    if content.impact:
        yield adf.paragraph(cut(content.impact))
    where = " · ".join(part for part in (content.component, content.source, content.group) if part)
    row = [cut(text) for text in (content.owner, where, content.renewal or content.why_now, content.action)]
    yield adf.table(_HEADS[content.topic].facts, [row])
    if content.release:
        yield adf.paragraph(cut(f"Renewal: {content.release}"))
    if content.runbook:
        yield adf.line(adf.text("Runbook: "), adf.link(content.runbook))
    yield from (_named(f"Beside this: {one.text}", one.url, cut) for one in content.links)
    if content.follows is not None:
        yield _named(f"It goes on here from {content.follows.key}", content.follows.url, cut)
    if content.tasks:
        yield adf.tasks([cut(task) for task in content.tasks[:MOST_LINES]])
    if content.commands:
        yield adf.code("\n".join(cut(command) for command in content.commands[:MOST_LINES]))
    yield from _places(content, room, cut)
    if room.expands:
        yield from _expands(content, room)
    yield adf.rule()
    yield adf.paragraph(FOOTER, "em")


def _named(what: str, url: str, cut: Callable[[str], str]) -> Json:
    """Another ticket of the same incident."""
    return adf.line(adf.text(cut(what)), adf.text(" "), adf.link(url)) if url else adf.paragraph(cut(what))


def _panel(content: TicketContent, cut: Callable[[str], str]) -> Iterator[Json]:
    """How bad, until when, and since when it has been so: the day on which the facts changed, never how long ago."""
    lozenge = adf.status(content.step.label.replace("_", " ").upper(), _COLOURS[content.severity])
    headline = adf.text(cut(content.headline), "strong")
    as_of = (adf.text(" (As of "), adf.day(content.as_of), adf.text(": facts changed then.)")) if content.as_of else ()
    yield adf.line(lozenge, adf.text(" "), headline, *as_of)
    yield adf.paragraph(cut(content.what))


def _places(content: TicketContent, room: _Room, cut: Callable[[str], str]) -> Iterator[Json]:
    shown = content.places[: room.places]
    if shown:
        rows = [[cut(text) for text in (line.place, line.role, line.state, line.seen)] for line in shown]
        yield adf.table(_HEADS[content.topic].places, rows)
    left_out = len(content.places) - len(shown) + content.places_left_out
    if left_out:
        yield adf.paragraph(_HEADS[content.topic].more.format(left_out, "" if left_out == 1 else "s"))


def _cut(text: str, characters: int) -> str:
    return text if len(text) <= characters else f"{text[: characters - 1]}…"


def _expands(content: TicketContent, room: _Room) -> Iterator[Json]:
    cut = partial(_cut, characters=room.details)
    if content.details:
        rows = [[cut(name), cut(value)] for name, value in content.details[:MOST_LINES]]
        yield adf.expand(_HEADS[content.topic].details, [adf.table(("Field", "Value"), rows)])
    if content.rule:
        yield adf.expand("Why this is an incident", [adf.paragraph(cut(line)) for line in content.rule[:MOST_LINES]])
