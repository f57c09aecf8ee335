"""Looking into objects that tenants write: what is not of the type that the API gives it is not there. Pure."""

from collections.abc import Mapping
from datetime import UTC, datetime

from incidentd.sources.kubernetes.objects import Object


def at(thing: object, *path: str) -> object:
    """What stands under these names, one in the other; None where nothing does."""
    for name in path:
        if not isinstance(thing, Mapping):
            return None
        thing = thing.get(name)
    return thing


def text_at(thing: object, *path: str) -> str:
    """A text, or nothing."""
    found = at(thing, *path)
    return found if isinstance(found, str) else ""


def number_at(thing: object, *path: str) -> int | None:
    """A whole number."""
    found = at(thing, *path)
    return found if isinstance(found, int) and not isinstance(found, bool) else None


def port_at(thing: object, *path: str) -> int | None:
    """A port from 1 to 65535."""
    number = number_at(thing, *path)
    return number if number is not None and 0 < number < 65536 else None


def instant_at(thing: object, *path: str) -> datetime | None:
    """A time as the API writes it (metav1.Time: RFC 3339), aware and in UTC."""
    try:
        found = datetime.fromisoformat(text_at(thing, *path))
        return found.astimezone(UTC) if found.tzinfo else None
    except (ValueError, OverflowError):
        return None


def objects_at(thing: object, *path: str) -> tuple[Object, ...]:
    """The objects of a list."""
    return tuple(one for one in _items(at(thing, *path)) if isinstance(one, Mapping))


def texts_at(thing: object, *path: str) -> tuple[str, ...]:
    """The texts of a list, none of them empty."""
    return tuple(one for one in _items(at(thing, *path)) if isinstance(one, str) and one)


def _items(found: object) -> list[object]:
    return found if isinstance(found, list) else list(found) if isinstance(found, tuple) else []
