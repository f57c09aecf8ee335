"""Atlassian documents against the schema that their vendor publishes (JSON Schema draft-04).

Only a verdict is asked of the validator: gathering reasons over thirty alternatives at each level takes minutes. The
reason told is the first block that is illegal by itself.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs

SCHEMA = "adf-schema-full.v1.json"


def atlassian_problems(schema: Path, body: bytes) -> list[str]:
    """What breaks the schema in the Atlassian documents within a JSON body; empty where nothing does."""
    try:
        found = json.loads(body) if body else None
    except ValueError:
        return []
    validator = _validator(schema)
    return [_told(validator, document) for document in _documents(found) if not validator.is_valid(document)]


def _documents(value: Any) -> Iterator[Any]:
    if isinstance(value, dict) and value.get("type") == "doc":
        yield value
        return
    children: Iterable[Any] = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for child in children:
        yield from _documents(child)


@functools.cache
def _validator(schema: Path) -> jsonschema_rs.Draft4Validator:
    return jsonschema_rs.Draft4Validator(json.loads(schema.read_text()))


def _told(validator: jsonschema_rs.Draft4Validator, document: dict[str, Any]) -> str:
    content = document.get("content")
    for block in content if isinstance(content, list) else ():
        if not validator.is_valid({"type": "doc", "version": 1, "content": [block]}):
            return f"ADF: illegal block {str(block)[:200]}"
    return f"ADF: illegal document {str(document)[:200]}"
