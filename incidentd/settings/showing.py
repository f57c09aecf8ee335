"""The effective settings as they may be shown: secrets masked, every value with who said it."""

from collections.abc import Iterator
from typing import Any

from incidentd.settings.layers import DEFAULT, KeyPath, Origin, Origins, key_text
from incidentd.settings.nearest import whole_schema
from incidentd.settings.schema import Settings


def json_schema() -> dict[str, Any]:
    """The JSON Schema of the configuration (draft 2020-12), for editors and CI."""
    return dict(whole_schema())


def effective(settings: Settings) -> dict[str, Any]:
    """Every setting with its value, defaults included, in the configuration's own words; secrets are masked.

    Default severities are left out: they shrink with the lifetime, and written down they would be exact.
    """
    shown = _whole(settings)
    if "severities" not in settings.policy.model_fields_set:
        del shown["policy"]["severities"]
    return shown


def effective_origins(settings: Settings, origins: Origins) -> dict[str, str]:
    """By key (`sources.edge.targets[0]`), who said the value: `incidentd.yaml:12`, `environment …`, `default`."""
    return {key_text(path): str(origin) for path, _, origin in _rows(settings, origins)}


def effective_lines(settings: Settings, origins: Origins) -> Iterator[str]:
    """One line a value: key, value, and who said it."""
    for path, value, origin in _rows(settings, origins):
        yield f"{key_text(path)}: {_text(value)}  # {origin}"


def _rows(settings: Settings, origins: Origins) -> Iterator[tuple[KeyPath, object, Origin]]:
    """What nobody wrote inside a mapping that somebody wrote is a default, not the mapping's own."""
    mappings = {path[:-1] for path in origins}
    for path, value in _leaves(_whole(settings), ()):
        said = next((path[:length] for length in range(len(path), 0, -1) if path[:length] in origins), ())
        yield path, value, origins[said] if said and (said == path or said not in mappings) else DEFAULT


def _whole(settings: Settings) -> dict[str, Any]:
    shown: dict[str, Any] = settings.model_dump(mode="json", by_alias=True)
    return shown


def _text(value: object) -> str:
    return "null" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _leaves(value: object, path: KeyPath) -> Iterator[tuple[KeyPath, object]]:
    inner: list[tuple[str | int, object]] = []
    if isinstance(value, dict):
        inner = list(value.items())
    elif isinstance(value, list):
        inner = list(enumerate(value))
    if not inner:
        yield path, value
    for step, part in inner:
        yield from _leaves(part, (*path, step))
