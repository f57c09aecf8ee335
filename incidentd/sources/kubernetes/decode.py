"""Answers of the API server to objects. Secrets are scrubbed before they are decoded; all are cut to what counts."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from incidentd.sources.kubernetes.objects import Kind, Object
from incidentd.sources.kubernetes.scrub import Broken, scrub

_LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"


class EventType(StrEnum):
    """What an event of a watch says (kubernetes.io/docs/reference/using-api/api-concepts, efficient detection)."""

    ADDED = "ADDED"
    MODIFIED = "MODIFIED"
    DELETED = "DELETED"
    BOOKMARK = "BOOKMARK"
    ERROR = "ERROR"


@dataclass(frozen=True, slots=True)
class ListAnswer:
    """One page of a list."""

    objects: tuple[Object, ...]
    version: str
    """The resourceVersion from which a watch goes on."""
    token: str
    """With which the next page is asked for; empty after the last."""


@dataclass(frozen=True, slots=True)
class Event:
    """One event of a watch; of an error, `object` is its Status."""

    type: EventType
    object: Object
    version: str


def read_list(kind: Kind, page: memoryview) -> ListAnswer:
    """A page of a list; the bytes are changed. Raises Broken.

    An empty list says that nothing is there: so nothing else may pass for one, nor what ends before its time.
    """
    answer = _document(kind, page)
    metadata, items = answer.get("metadata"), answer.get("items")
    is_of_kind = _text(answer, "kind").lower() == f"{kind.resource.singular}list"
    if not is_of_kind or not isinstance(metadata, dict) or not isinstance(items, list | None):
        raise Broken("the answer is no list of objects")
    if metadata.get("remainingItemCount") and not metadata.get("continue"):
        raise Broken("the answer is cut short: it says that more are left, and not how to ask for them")
    objects = tuple(_cut(_checked(one)) for one in items or ())
    return ListAnswer(objects, _text(metadata, "resourceVersion"), _text(metadata, "continue"))


def read_one(kind: Kind, page: memoryview) -> Object:
    """A single object; the bytes are changed. Raises Broken."""
    return _cut(_checked(_document(kind, page)))


def read_event(kind: Kind, line: memoryview) -> Event:
    """A line of a watch; the bytes are changed. Raises Broken."""
    said = _document(kind, line)
    thing = said.get("object")
    try:
        type = EventType(said.get("type", ""))
    except ValueError:
        raise Broken("the watch says what no watch says") from None
    if not isinstance(thing, dict):
        raise Broken("an event of the watch is about nothing")
    if type in (EventType.ERROR, EventType.BOOKMARK):
        return Event(type, thing, _version(thing))
    return Event(type, _cut(_checked(thing)), _version(thing))


def _document(kind: Kind, page: memoryview) -> dict[str, Any]:
    if kind is Kind.SECRETS:
        scrub(page)
    try:
        document = json.loads(str(page, "utf-8"))
    except (ValueError, RecursionError):
        raise Broken("the answer is not JSON") from None
    if not isinstance(document, dict):
        raise Broken("the answer is no object")
    return document


def _checked(thing: object) -> dict[str, Any]:
    """Everything that is listed has a name; what has none cannot be told from another."""
    metadata = thing.get("metadata") if isinstance(thing, dict) else None
    if not isinstance(thing, dict) or not isinstance(metadata, dict) or not _text(metadata, "name"):
        raise Broken("an object in the answer has no name")
    return thing


def _cut(thing: dict[str, Any]) -> Object:
    """Without who wrote which field, and without the copy of itself that kubectl leaves: most of its size."""
    metadata = {name: value for name, value in thing["metadata"].items() if name != "managedFields"}
    annotations = metadata.get("annotations")
    if isinstance(annotations, Mapping):
        metadata["annotations"] = {name: text for name, text in annotations.items() if text and name != _LAST_APPLIED}
    return {**thing, "metadata": metadata}


def _version(thing: dict[str, Any]) -> str:
    metadata = thing.get("metadata")
    return _text(metadata, "resourceVersion") if isinstance(metadata, dict) else ""


def _text(thing: dict[str, Any], name: str) -> str:
    value = thing.get(name)
    return value if isinstance(value, str) else ""
