"""What pydantic found, said to a person: where, which key, what is wrong, what is right. Values are never repeated."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from incidentd.settings.layers import KeyPath, Origin, OriginKind, Origins, Problem, Value, key_text, origin_of
from incidentd.settings.nearest import child, description, hint_for_key, known_kinds, meant

UNKNOWN_KEY = "unknown key"
_TYPES = {
    "string_type": "must be text",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "list_type": "must be a list",
    "tuple_type": "must be a list",
    "dict_type": "must be a mapping of keys",
    "model_type": "must be a mapping of keys",
    "model_attributes_type": "must be a mapping of keys",
    "missing": "is missing",
}
_BOUNDS = {
    "greater_than_equal": ("at least", "ge"),
    "greater_than": ("more than", "gt"),
    "less_than_equal": ("at most", "le"),
    "less_than": ("less than", "lt"),
}


def problems_of(error: ValidationError, data: Value) -> list[Problem]:
    """Everything that was found in `data`, each thing once, in the order of the schema."""
    found: dict[tuple[KeyPath, str], Problem] = {}
    details = error.errors(include_url=False, include_input=False)
    for detail in _without_echoes(details, data):
        problem = _problem(detail, data)
        found.setdefault((problem.path, problem.what), problem)
    return list(found.values())


def real_path(location: Iterable[str | int], data: Value, missing: bool) -> KeyPath:
    """Pydantic's location without what is no key: the names of a union's choices and its `[key]` mark."""
    steps = list(location)
    path: KeyPath = ()
    for position, step in enumerate(steps):
        known = (isinstance(data, dict) and step in data) or (
            isinstance(data, list) and isinstance(step, int) and step < len(data)
        )
        if known or (missing and position == len(steps) - 1):
            path, data = (*path, step), child(data, step)
    return path


def _without_echoes(details: list[ErrorDetails], data: Value) -> Iterator[ErrorDetails]:
    """A value that fits none of a union's choices fails in each: only what is said deepest inside it helps."""
    paths = [real_path(detail["loc"], data, detail["type"] == "missing") for detail in details]
    for detail, path in zip(details, paths, strict=True):
        deeper = any(other[: len(path)] == path and len(other) > len(path) for other in paths)
        if not (deeper and detail["type"] in _TYPES):
            yield detail


def _problem(detail: ErrorDetails, data: Value) -> Problem:
    path = real_path(detail["loc"], data, detail["type"] == "missing")
    value = data
    for step in path:
        value = child(value, step)
    what, hint = _sentence(detail["type"], detail.get("ctx", {}), detail["msg"], value)
    return Problem(path, what, hint or _schema_hint(detail["type"], path, data))


def _schema_hint(kind: str, path: KeyPath, data: Value) -> str:
    """What the schema knows of the place."""
    if kind == "extra_forbidden":
        return hint_for_key(path, data)
    if kind == "union_tag_not_found":
        return f"there are: {', '.join(known_kinds(path, data))}"
    return description(path, data) if path and kind in ("missing", "string_pattern_mismatch") else ""


def _sentence(kind: str, context: Mapping[str, Any], message: str, value: Value) -> tuple[str, str]:
    """What is wrong and what to do. Our own validators' words come through; pydantic's are said in ours."""
    if kind in _TYPES:
        return _TYPES[kind], _type_hint(kind, value)
    if kind in _BOUNDS:
        word, name = _BOUNDS[kind]
        return f"must be {word} {context[name]:g}", ""
    if kind in ("literal_error", "enum", "union_tag_invalid"):
        return _choice(context, value)
    if kind == "union_tag_not_found":
        return "`kind` is missing", ""
    return _own_words(kind, context, message), ""


def _own_words(kind: str, context: Mapping[str, Any], message: str) -> str:
    fixed = {
        "extra_forbidden": UNKNOWN_KEY,
        "string_pattern_mismatch": "is not written as it must be",
        "string_too_short": "must not be empty",
        "too_short": "must not be empty",
    }
    if kind == "value_error":
        return str(context["error"])
    return fixed.get(kind, message[:1].lower() + message[1:])


def _type_hint(kind: str, value: Value) -> str:
    if kind == "string_type" and isinstance(value, bool | int | float):
        return "put it in quotes"
    if kind in ("list_type", "tuple_type") and isinstance(value, str):
        return 'write [a, b], or in the environment ["a", "b"]'
    return ""


def _choice(context: Mapping[str, Any], value: Value) -> tuple[str, str]:
    """The words that are possible; pydantic lists them as `'a', 'b' or 'c'`."""
    known = re.findall("'([^']*)'", context.get("expected", context.get("expected_tags", "")))
    word = value.get("kind") if isinstance(value, dict) else value
    subject = "`kind` must be" if "expected_tags" in context else "must be"
    listed = " or ".join(filter(None, (", ".join(known[:-1]), known[-1])))
    return f"{subject} {listed}", meant(word, known) if isinstance(word, str) else ""


def lines_of(problems: Iterable[Problem], origins: Origins) -> list[str]:
    """One line a problem, `place: key: what (hint)`, in the order of the file's lines."""
    placed = [(problem.origin or origin_of(problem.path, origins), problem) for problem in problems]
    return [_line(origin, problem) for origin, problem in sorted(placed, key=lambda pair: _order(pair[0]))]


def _order(origin: Origin) -> tuple[str, int]:
    return (origin.kind, origin.line or 0)


def _line(origin: Origin, problem: Problem) -> str:
    place = "" if origin.kind is OriginKind.DEFAULT else f"{origin}: "
    key = f"{key_text(problem.path)}: " if problem.path else ""
    return f"{place}{key}{problem.what}" + (f" ({problem.hint})" if problem.hint else "")
