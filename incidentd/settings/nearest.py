"""The nearest right key, out of the schema itself: whoever mistyped a key is told the one that was probably meant."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from difflib import get_close_matches
from functools import cache
from typing import Any

from pydantic.json_schema import GenerateJsonSchema

from incidentd.durations import duration_text
from incidentd.settings.layers import KeyPath, Value
from incidentd.settings.schema import Settings

Schema = Mapping[str, Any]
_FEW = 14


class _AsWritten(GenerateJsonSchema):
    """Defaults as they are written in a configuration: `10m`, not `PT10M`."""

    def encode_default(self, dft: Any) -> Any:
        """A duration in its own words; the rest as pydantic says it."""
        return duration_text(dft) if isinstance(dft, timedelta) else super().encode_default(dft)


@cache
def whole_schema() -> Schema:
    """The JSON Schema of the configuration (draft 2020-12)."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **Settings.model_json_schema(schema_generator=_AsWritten),
    }


def hint_for_key(path: KeyPath, data: Value) -> str:
    """What to write instead of the unknown key at the end of `path`."""
    known = known_keys(path[:-1], data)
    return meant(str(path[-1]), known) or (f"known here: {', '.join(known)}" if 0 < len(known) <= _FEW else "")


def meant(word: str, known: Iterable[str]) -> str:
    """`did you mean …?` for the nearest known word, or nothing."""
    near = get_close_matches(word.lower(), list(known), n=1)
    return f"did you mean {near[0]}?" if near else ""


def known_keys(path: KeyPath, data: Value) -> list[str]:
    """The keys that a mapping at `path` may have, sorted."""
    return sorted({key for schema in _schemas_at(path, data) for key in schema.get("properties", ())})


def known_kinds(path: KeyPath, data: Value) -> list[str]:
    """The kinds that a source or tracker at `path` may be of."""
    kinds = (schema.get("properties", {}).get("kind", {}).get("const") for schema in _schemas_at(path, data))
    return sorted({str(kind) for kind in kinds if kind})


def description(path: KeyPath, data: Value) -> str:
    """What the schema says of the setting at `path`; empty where it says nothing."""
    for schema in _schemas_at(path[:-1], data):
        said = schema.get("properties", {}).get(path[-1], {}).get("description")
        if said:
            return str(said).removesuffix(".")
    return ""


def _schemas_at(path: KeyPath, data: Value) -> list[Schema]:
    schemas, value = list(_alternatives(whole_schema(), data)), data
    for step in path:
        value = child(value, step)
        schemas = [found for schema in schemas for found in _below(schema, step, value)]
    return schemas


def child(value: Value, step: str | int) -> Value:
    """The value one step further in; None where there is none."""
    if isinstance(value, dict) and isinstance(step, str):
        return value.get(step)
    if isinstance(value, list) and isinstance(step, int) and step < len(value):
        return value[step]
    return None


def _below(schema: Schema, step: str | int, value: Value) -> Iterator[Schema]:
    if isinstance(step, int):
        inner = schema.get("items")
    else:
        inner = schema.get("properties", {}).get(step, schema.get("additionalProperties"))
    if isinstance(inner, Mapping):
        yield from _alternatives(inner, value)


def _alternatives(schema: Schema, value: Value) -> Iterator[Schema]:
    """The schemas that a value may have to satisfy, references followed, kinds told apart."""
    if "$ref" in schema:
        yield from _alternatives(whole_schema()["$defs"][schema["$ref"].rpartition("/")[2]], value)
        return
    kinds = schema.get("discriminator", {}).get("mapping", {})
    kind = value.get("kind") if isinstance(value, dict) else None
    told = isinstance(kind, str) and kind in kinds
    choices = [{"$ref": kinds[kind]}] if told else [*schema.get("anyOf", ()), *schema.get("oneOf", ())]
    if not choices:
        yield schema
    for choice in choices:
        yield from _alternatives(choice, value)
