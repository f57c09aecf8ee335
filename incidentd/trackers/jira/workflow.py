"""Which transition leads where we want, and what its screen must be told. Names are translated, categories not."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from incidentd.trackers.jira.client import Json
from incidentd.trackers.jira.reading import record

_FIXED = ("done", "fixed", "resolved", "closed", "complete", "completed")
_NOT_FIXED = ("won't", "wont", "won’t", "duplicate", "reject", "declin", "cancel", "cannot", "invalid", "incomplete")
_CATEGORIES = ("new", "indeterminate")


@dataclass(frozen=True, slots=True)
class Way:
    """A transition to take, and the fields that its screen is given."""

    transition: str
    fields: Json

    def body(self) -> Json:
        """The body of the call."""
        return {"transition": {"id": self.transition}, **({"fields": self.fields} if self.fields else {})}


def way_to_done(transitions: Sequence[Any], extra: Mapping[str, Any]) -> Way | None:
    """The best way into the category `done` whose screen can be filled: into Fixed rather than into Won't do."""
    leading = [step for step in map(record, transitions) if _category(step) == "done"]
    return _first_fillable(sorted(leading, key=_fitness), extra, closing=True)


def leads_to_done(transitions: Sequence[Any]) -> bool:
    """Whether there is a way into `done` at all, whatever its screen asks for."""
    return any(_category(step) == "done" and step.get("isAvailable") is not False for step in map(record, transitions))


def way_back(transitions: Sequence[Any], extra: Mapping[str, Any]) -> Way | None:
    """A way out of the category `done`, to the start of the work if there is one."""
    leading = [step for step in map(record, transitions) if _category(step) in _CATEGORIES]
    ordered = sorted(leading, key=lambda step: _CATEGORIES.index(_category(step)))
    return _first_fillable(ordered, extra, closing=False)


def _first_fillable(steps: Sequence[Json], extra: Mapping[str, Any], *, closing: bool) -> Way | None:
    for step in steps:
        fields = _filled(record(step.get("fields")), extra, closing=closing)
        if fields is not None and step.get("id") and step.get("isAvailable") is not False:
            return Way(str(step["id"]), fields)
    return None


def _filled(screen: Json, extra: Mapping[str, Any], *, closing: bool) -> Json | None:
    """What the screen is told; None when it requires what we cannot know."""
    told: Json = {}
    for name, about in screen.items():
        value = _value(name, record(about), extra)
        required = bool(record(about).get("required")) and not record(about).get("hasDefaultValue")
        if required and value is None:
            return None
        if value is not None and (required or (closing and name == "resolution")):
            told[name] = value
    return told


def _value(name: str, about: Json, extra: Mapping[str, Any]) -> Any:
    if name in extra:
        return extra[name]
    allowed = [value for value in about.get("allowedValues") or () if isinstance(value, dict)]
    if not allowed:
        return None
    chosen = min(allowed, key=_fitness) if name == "resolution" else allowed[0]
    by = "id" if chosen.get("id") else "name"
    value = {by: chosen.get(by)}
    return [value] if record(about.get("schema")).get("type") == "array" else value


def _category(step: Json) -> str:
    return str(record(record(step.get("to")).get("statusCategory")).get("key") or "")


def _fitness(named: Json) -> int:
    """Lower is better: fixed, then anything unknown, then what says that it was not fixed."""
    names = [str(named.get("name") or ""), str(record(named.get("to")).get("name") or "")]
    words = [name.casefold() for name in names]
    if any(refusal in word for word in words for refusal in _NOT_FIXED):
        return 2
    return 0 if any(word in _FIXED for word in words) else 1
