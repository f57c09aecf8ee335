"""The schema of the chart's values, with that of the configuration in it: what is wrong is refused before an install.

incidentd's own schema is made to fit: what a Secret may hold is not required, and of a source or tracker that is wrong
only its own kind complains, not each of the others.
"""

import json
from collections.abc import Iterator
from typing import Any

from incidentd.settings import json_schema
from tests.config.chart import CHART

FILE = CHART / "values.schema.json"
WIDTH = 110
TOLD = ("default", "description", "discriminator", "format", "title", "writeOnly")
"""What says nothing about what is allowed."""

Schema = dict[str, Any]


def values_schema() -> str:
    """The text of values.schema.json as it should be: what stands in it of the chart, and the configuration anew."""
    schema: Schema = json.loads(FILE.read_text())
    settings = _fitting(json_schema())
    schema["properties"]["config"] = {
        "type": "object",
        "additionalProperties": False,
        "properties": settings["properties"],
    }
    schema["$defs"] = settings["$defs"]
    return _written(schema) + "\n"


def _fitting(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_fitting(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    if "discriminator" in schema:
        return _by_kind(schema["discriminator"]["mapping"])
    return dict(_kept(schema))


def _kept(schema: Schema) -> Iterator[tuple[str, Any]]:
    for key, value in schema.items():
        if key == "properties":
            yield key, {name: _fitting(one) for name, one in value.items()}
        elif key not in TOLD and key != "required":
            yield key, _fitting(value)


def _by_kind(mapping: dict[str, str]) -> Schema:
    return {
        "type": "object",
        "required": ["kind"],
        "properties": {"kind": {"enum": sorted(mapping)}},
        "allOf": [
            {"if": {"properties": {"kind": {"const": kind}}}, "then": {"$ref": where}}
            for kind, where in sorted(mapping.items())
        ],
    }


def _written(value: Any, depth: int = 0) -> str:
    """JSON, with whatever fits on a line on one line."""
    flat = json.dumps(value)
    if len(flat) + 2 * depth <= WIDTH or not isinstance(value, dict | list) or not value:
        return flat
    pad, end = "  " * (depth + 1), "  " * depth
    if isinstance(value, dict):
        inner = [f"{pad}{json.dumps(key)}: {_written(one, depth + 1)}" for key, one in value.items()]
        return "{\n" + ",\n".join(inner) + f"\n{end}}}"
    return "[\n" + ",\n".join(pad + _written(one, depth + 1) for one in value) + f"\n{end}]"
