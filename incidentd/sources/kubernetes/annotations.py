"""Annotations: what tenants say of an object, as labels. Their text is cut and made plain, or dropped.

`incidentd.io/owner` and `/service` always count, `/env`, `/tracker` and `/ignore-until` only where the source says so.
"""

import re
import unicodedata
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from incidentd.model.location import IGNORED_UNTIL, IGNORING_ASKED, Labels
from incidentd.sources.kubernetes.inside import text_at
from incidentd.sources.kubernetes.objects import Object, name_of
from incidentd.sources.kubernetes.tenants_settings import Trusted

PREFIX = "incidentd.io/"
TEXT_CHARACTERS = 64
LONGEST_IGNORING = timedelta(days=30)

_WORD = re.compile(r"[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?")
_TRACKER = re.compile(r"[a-z][a-z0-9_]{0,62}")


@dataclass(frozen=True, slots=True)
class Said:
    """What the annotations of one object, or of several that expose one place, come to."""

    labels: dict[str, str] = field(default_factory=dict)
    ignore_until: datetime | None = None
    """As it is written, however far away."""
    remarks: tuple[str, ...] = ()
    """Annotations that do not count, and why."""
    namespace: str | None = None
    """Of the one object that says so."""


def said_by(thing: Object, trusted: Collection[Trusted]) -> Said:
    """The labels of one object."""
    readers = {**_ALWAYS, **{each.value: _TRUSTED[each] for each in trusted if each in _TRUSTED}}
    written = {name: text for name in readers if (text := text_at(thing, "metadata", "annotations", PREFIX + name))}
    read = {name: readers[name](text) for name, text in written.items()}
    remarks = [f"annotation {PREFIX}{name} does not count: {_FORMS[name]}" for name, value in read.items() if not value]
    until = text_at(thing, "metadata", "annotations", f"{PREFIX}{Trusted.IGNORE_UNTIL}")
    ends_at = _instant(until) if until and Trusted.IGNORE_UNTIL in trusted else None
    if ends_at is None and until and Trusted.IGNORE_UNTIL in trusted:
        remarks.append(f"annotation {PREFIX}ignore-until does not count: write YYYY-MM-DD or an RFC 3339 time")
    labels = {name: value for name, value in read.items() if value}
    return Said(labels, ends_at, tuple(remarks), name_of(thing)[0])


def agreed(said: Sequence[Said]) -> Said:
    """What counts where several objects expose one place: a label that each namespace gives it and nobody contradicts.

    To be taken out of production, or to be ignored, all must ask for it: one tenant speaks for no other.
    """
    namespaces = {one.namespace for one in said}
    values: dict[str, set[str]] = {}
    for name, value in ((name, value) for one in said for name, value in one.labels.items()):
        values.setdefault(name, set()).add(value)
    unanimous = {name for name in values if all(name in one.labels for one in said)}
    shared = {name for name in values if {one.namespace for one in said if name in one.labels} == namespaces}
    labels = {
        name: next(iter(found))
        for name, found in values.items()
        if len(found) == 1 and name in (unanimous if name == Trusted.ENV else shared)
    }
    ends = [one.ignore_until for one in said if one.ignore_until is not None]
    remarks = tuple(dict.fromkeys(remark for one in said for remark in one.remarks))
    return Said(labels, min(ends) if ends and len(ends) == len(said) else None, remarks)


def with_ignoring(labels: dict[str, str], until: datetime | None, known: Labels, now: datetime) -> dict[str, str]:
    """The labels, with until when the place is ignored: at most 30 days from when the annotation was first seen.

    `known` are the labels that the inventory holds of the place: the same annotation, seen again, gains no time.
    """
    if until is None:
        return labels
    before, asked = dict(known), _written(until)
    ends = before.get(IGNORED_UNTIL) if before.get(IGNORING_ASKED) == asked else None
    ends = ends or _written(min(until, now + LONGEST_IGNORING))
    return {**labels, IGNORED_UNTIL: ends, IGNORING_ASKED: asked}


def object_labels(thing: Object, trusted: Collection[Trusted], known: Labels, now: datetime) -> dict[str, str]:
    """The labels of a place that is one object, such as a Secret."""
    said = said_by(thing, trusted)
    return with_ignoring(said.labels, said.ignore_until, known, now)


def plain_text(text: str) -> str:
    """A text of one line without controls, marks that are not seen, or outer blanks; cut. Empty: nothing is left."""
    normal = unicodedata.normalize("NFC", text[: 4 * TEXT_CHARACTERS])
    return "".join(each for each in normal if each.isprintable())[:TEXT_CHARACTERS].strip()


def _word(text: str) -> str:
    return text if _WORD.fullmatch(text) else ""


def _tracker(text: str) -> str:
    return text if _TRACKER.fullmatch(text) else ""


def _instant(text: str) -> datetime | None:
    """A day begins at midnight UTC. None for what is no time."""
    try:
        found = datetime.fromisoformat(text)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _written(at: datetime) -> str:
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")


_ALWAYS: dict[str, Callable[[str], str]] = {"owner": plain_text, "service": plain_text}
_TRUSTED: dict[Trusted, Callable[[str], str]] = {Trusted.ENV: _word, Trusted.TRACKER: _tracker}
_FORMS = {
    "owner": "it holds no letter",
    "service": "it holds no letter",
    "env": "it is no word of letters, digits, - _ .",
    "tracker": "it is no name of a tracker",
}
