"""The configuration file as it is written: YAML of bounded size, with the line of every key, and no surprises.

Errors name file and line but never repeat what stands there: a mistyped line may hold a secret.
"""

from collections.abc import Iterator
from pathlib import Path

import yaml

from incidentd.errors import ConfigError
from incidentd.settings.layers import KeyPath, Layer, Origin, OriginKind, key_text

LARGEST_FILE_BYTES = 1_048_576
MOST_NODES = 200_000
"""Counted with every alias spelt out, so that a few lines cannot stand for billions of values."""

_NO_YAML = "this is not YAML: a bracket, a quote, a colon or the indentation does not fit"


class _PlainLoader(yaml.SafeLoader):
    """Plain data only; days and times stay text, so that a bad one is found where it stands."""


_PlainLoader.yaml_implicit_resolvers = {
    letter: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith(":timestamp")]
    for letter, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def read_config(path: Path) -> Layer:
    """The file's settings with their lines. Raises ConfigError."""
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_FILE_BYTES + 1)
    except OSError as error:
        raise ConfigError(f"the configuration cannot be read: {error.strerror}", where=str(path)) from None
    if len(content) > LARGEST_FILE_BYTES:
        raise ConfigError(
            f"the configuration has more than {LARGEST_FILE_BYTES} bytes",
            where=str(path),
            hint="long lists of targets go into a targets_file",
        )
    try:
        return parse_config(content.decode("utf-8-sig"), str(path))
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise ConfigError("this is not UTF-8 text", where=f"{path}:{line}") from None


def parse_config(text: str, name: str) -> Layer:
    """The settings in a text, with their lines. Raises ConfigError."""
    try:
        loader = _PlainLoader(text)
        node = loader.get_single_node()
        if node is None:
            raise ConfigError(
                "the configuration is empty", where=f"{name}:1", hint="`incidentd init` writes one to begin with"
            )
        _check_bounds(node, name)
        data = loader.construct_document(node)
        if not isinstance(data, dict):
            raise ConfigError("the configuration is not a mapping of keys", where=f"{name}:{_line(node)}")
        return Layer(data, dict(_origins(node, (), name)))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        what, hint = _explained(error, text.splitlines()[line - 1 : line])
        raise ConfigError(what, where=f"{name}:{line}", hint=hint) from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise ConfigError("a control character stands here", where=f"{name}:{line}", hint="remove it") from None
    except RecursionError:
        raise ConfigError("the configuration is nested too deeply", where=name) from None
    except ValueError:
        raise ConfigError("a number in the configuration cannot be read", where=name, hint="put it in quotes") from None


def _explained(error: yaml.MarkedYAMLError, line: list[str]) -> tuple[str, str]:
    """What a parser's error means to a person, and what to do."""
    indentation = line[0][: len(line[0]) - len(line[0].lstrip())] if line else ""
    if "\t" in indentation:
        return "a tab cannot indent", "use spaces"
    problem = error.problem or ""
    if "undefined alias" in problem:
        return "this alias has no anchor", "a text that begins with * needs quotes"
    if "constructor" in problem or "tag" in problem:
        return "tags are not allowed", "a text that begins with ! needs quotes"
    if "single document" in (error.context or ""):
        return "a second document begins here", "keep one, and no line of three hyphens after the first"
    return _NO_YAML, "a text with `: `, `#` or a bracket in it needs quotes"


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1


def _children(node: yaml.Node) -> Iterator[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield key
            yield value
    elif isinstance(node, yaml.SequenceNode):
        yield from node.value


def _check_bounds(root: yaml.Node, name: str) -> None:
    """Refuses what would grow without end, what contains itself, and keys that stand twice or are no text."""
    count = 0

    def visit(node: yaml.Node, above: frozenset[int]) -> None:
        nonlocal count
        count += 1
        if count > MOST_NODES:
            raise ConfigError(
                f"the configuration has more than {MOST_NODES} values", where=name, hint="use fewer aliases"
            )
        if id(node) in above:
            raise ConfigError("an alias stands inside what it names", where=f"{name}:{_line(node)}")
        if isinstance(node, yaml.MappingNode):
            _check_keys(node, name)
        for child in _children(node):
            visit(child, above | {id(node)})

    visit(root, frozenset())


def _check_keys(node: yaml.MappingNode, name: str) -> None:
    seen: dict[str, int] = {}
    for key, _ in node.value:
        line = _line(key)
        if key.tag not in ("tag:yaml.org,2002:str", "tag:yaml.org,2002:merge"):
            raise ConfigError("a key must be text", where=f"{name}:{line}", hint="put it in quotes")
        if key.value in seen:
            raise ConfigError(
                f"the key {key_text((key.value,))} stands here again",
                where=f"{name}:{line}",
                hint=f"first in line {seen[key.value]}",
            )
        seen[key.value] = line


def _origins(node: yaml.Node, path: KeyPath, name: str) -> Iterator[tuple[KeyPath, Origin]]:
    """The line of each key and list item. What a merge key brought in comes first, so that own keys win."""
    steps: Iterator[tuple[str | int, yaml.Node, yaml.Node]] = iter(())
    if isinstance(node, yaml.MappingNode):
        steps = ((str(key.value), key, value) for key, value in node.value)
    elif isinstance(node, yaml.SequenceNode):
        steps = ((position, item, item) for position, item in enumerate(node.value))
    for step, marked, value in steps:
        here = (*path, step)
        yield here, Origin(OriginKind.FILE, name, _line(marked))
        yield from _origins(value, here, name)
