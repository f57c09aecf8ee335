"""A useful part of JQL: clauses joined by AND, OR, NOT and parentheses, and ORDER BY. All else is refused.

Quoting: values in double or single quotes, with backslash escapes (support.atlassian.com, advanced searching).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

KEYWORDS = ("AND", "OR", "NOT", "IN", "IS", "EMPTY", "NULL", "ORDER", "BY", "ASC", "DESC")
TOKEN = re.compile(
    r"""\s*(?: (?P<quoted>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')
             | (?P<sign>!=|>=|<=|!~|=|>|<|~|\(|\)|,)
             | (?P<word>[^\s"'()=!<>~,]+) )""",
    re.VERBOSE | re.DOTALL,
)


class Malformed(ValueError):
    """The text is not JQL; the message is the vendor's."""


@dataclass(frozen=True, slots=True)
class Clause:
    """One comparison; `operator` is `=`, `in`, `not in`, `is`, `is not`… in lower case."""

    name: str
    operator: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Both:
    """All of these."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Either:
    """One of these."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """Not this."""

    part: Node


Node = Clause | Both | Either | Not


@dataclass(frozen=True, slots=True)
class Query:
    """A parsed query; `where` is None where there is no restriction, `order` holds (field, descending)."""

    where: Node | None
    order: tuple[tuple[str, bool], ...] = ()


@dataclass(slots=True)
class _Reader:
    tokens: list[tuple[str, str]]
    at: int = 0
    depth: int = field(default=0)

    def peek(self) -> str:
        """The next token as a keyword or sign, upper case; a quoted value is never one."""
        if self.at >= len(self.tokens):
            return ""
        kind, text = self.tokens[self.at]
        return text.upper() if kind != "quoted" else "\0value"

    def take(self) -> tuple[str, str]:
        if self.at >= len(self.tokens):
            raise Malformed("Error in the JQL Query: The query ended before it was complete.")
        self.at += 1
        return self.tokens[self.at - 1]

    def accept(self, wanted: str) -> bool:
        if self.peek() != wanted:
            return False
        self.at += 1
        return True

    def expect(self, wanted: str) -> None:
        if not self.accept(wanted):
            raise Malformed(f"Error in the JQL Query: Expecting '{wanted}' but got '{self.peek()}'.")


def parse(text: str) -> Query:
    """A query from its text; raises Malformed."""
    reader = _Reader(_tokens(text))
    where = None if reader.peek() in ("", "ORDER") else _either(reader)
    order = _order(reader)
    if reader.peek():
        raise Malformed(f"Error in the JQL Query: Unexpected '{reader.peek()}'.")
    return Query(where, order)


def _tokens(text: str) -> list[tuple[str, str]]:
    tokens: list[tuple[str, str]] = []
    position = 0
    while text[position:].strip():
        match = TOKEN.match(text, position)
        if match is None:
            raise Malformed(f"Error in the JQL Query: The character '{text[position:].strip()[0]}' is not expected.")
        kind = str(match.lastgroup)
        found = match.group(kind)
        tokens.append((kind, re.sub(r"\\(.)", r"\1", found[1:-1], flags=re.DOTALL) if kind == "quoted" else found))
        position = match.end()
    return tokens


def _joined(reader: _Reader, keyword: str, part: Callable[[_Reader], Node]) -> tuple[Node, ...]:
    parts = [part(reader)]
    while reader.accept(keyword):
        parts.append(part(reader))
    return tuple(parts)


def _either(reader: _Reader) -> Node:
    parts = _joined(reader, "OR", _both)
    return parts[0] if len(parts) == 1 else Either(parts)


def _both(reader: _Reader) -> Node:
    parts = _joined(reader, "AND", _single)
    return parts[0] if len(parts) == 1 else Both(parts)


def _single(reader: _Reader) -> Node:
    if reader.accept("NOT"):
        return Not(_single(reader))
    if reader.accept("("):
        inner = _either(reader)
        reader.expect(")")
        return inner
    return _clause(reader)


def _clause(reader: _Reader) -> Clause:
    kind, name = reader.take()
    if kind == "sign" or (kind == "word" and name.upper() in KEYWORDS):
        raise Malformed(f"Error in the JQL Query: Expecting a field name but got '{name}'.")
    operator = _operator(reader)
    if operator in ("is", "is not"):
        _, value = reader.take()
        return Clause(name.lower(), operator, (value.upper(),))
    values = _values(reader) if operator in ("in", "not in") else (_value(reader),)
    return Clause(name.lower(), operator, values)


def _operator(reader: _Reader) -> str:
    kind, text = reader.take()
    word = text.upper()
    if kind == "sign" and text in ("=", "!=", ">=", "<=", ">", "<", "~", "!~"):
        return text
    if word == "IN" and kind == "word":
        return "in"
    if word == "NOT" and kind == "word":
        reader.expect("IN")
        return "not in"
    if word == "IS" and kind == "word":
        return "is not" if reader.accept("NOT") else "is"
    raise Malformed(f"Error in the JQL Query: Expecting an operator but got '{text}'.")


def _values(reader: _Reader) -> tuple[str, ...]:
    reader.expect("(")
    values = [_value(reader)]
    while reader.accept(","):
        values.append(_value(reader))
    reader.expect(")")
    return tuple(values)


def _value(reader: _Reader) -> str:
    kind, text = reader.take()
    if kind == "sign":
        raise Malformed(f"Error in the JQL Query: Expecting a value but got '{text}'.")
    if kind == "word" and reader.accept("("):  # a function without arguments, such as currentUser()
        reader.expect(")")
        return f"{text}()"
    return text


def _order(reader: _Reader) -> tuple[tuple[str, bool], ...]:
    if not reader.accept("ORDER"):
        return ()
    reader.expect("BY")
    order: list[tuple[str, bool]] = []
    while True:
        _, name = reader.take()
        descending = reader.accept("DESC")
        if not descending:
            reader.accept("ASC")
        order.append((name.lower(), descending))
        if not reader.accept(","):
            return tuple(order)
