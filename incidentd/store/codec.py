"""Frozen values to compact JSON text and back. What does not fit its type exactly is refused, never guessed at.

A dataclass is an object without the fields that hold their default; a time is a number of microseconds. Escaped to
ASCII, so that no name can hold what a database refuses.
"""

import functools
import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import date, datetime
from enum import Enum
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from incidentd.errors import StoreError
from incidentd.store.columns import instant, microseconds, unreadable

T = TypeVar("T")
E = TypeVar("E", bound=Enum)
Decoder = Callable[[Any], Any]
_ENCODE = json.JSONEncoder(separators=(",", ":")).encode


def dump(value: object) -> str:
    """One value as JSON text. A type that has no place in the state is a TypeError."""
    return _ENCODE(_plain(value))


def load(kind: type[T], text: str) -> T:
    """The value that `dump` wrote. Raises StoreError for anything else."""
    wanted: Any = kind
    try:
        value: T = _decoder(wanted)(json.loads(text))
    except (ValueError, TypeError, KeyError, OverflowError):
        raise _unreadable(kind) from None
    return value


def choice(kind: type[E], word: str | int) -> E:
    """The member of an enumeration that a column holds. Raises StoreError for any other word."""
    try:
        return kind(word)
    except ValueError:
        raise _unreadable(kind) from None


def choice_or_none(kind: type[E], word: str | int | None) -> E | None:
    """The same, where a column may be empty."""
    return None if word is None else choice(kind, word)


def _unreadable(kind: type) -> StoreError:
    return unreadable(getattr(kind, "__name__", str(kind)))


def _plain(value: object) -> object:
    if is_dataclass(value) and not isinstance(value, type):
        return {
            field.name: _plain(held)
            for field in fields(value)
            if (held := getattr(value, field.name)) != field.default or field.default is MISSING
        }
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return microseconds(value)
    if isinstance(value, date):
        return value.isoformat()
    return _plain_inside(value)


def _plain_inside(value: object) -> object:
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, Mapping):
        return {name: _plain(item) for name, item in value.items()}
    if value is None or isinstance(value, str | int):
        return value
    raise TypeError(f"a {type(value).__name__} has no place in the state")


@functools.cache
def _decoder(kind: Any) -> Decoder:
    """How values of one type are read; worked out once, for a start reads a million of them."""
    origin = get_origin(kind)
    if origin is tuple:
        return _tuple_decoder(*get_args(kind))
    if origin is dict:
        return _mapping_decoder(*get_args(kind))
    if origin in (Union, UnionType):
        return _optional_decoder(get_args(kind))
    if is_dataclass(kind):
        return _dataclass_decoder(kind)
    if kind in _PLAIN:
        return _PLAIN[kind]
    return functools.partial(choice, kind)


def _exactly(kind: type) -> Decoder:
    def decode(value: Any) -> Any:
        if type(value) is not kind:
            raise TypeError(f"{kind.__name__} expected")
        return value

    return decode


def _text(value: Any) -> str:
    """The same text, the same object: issuers, labels and fingerprints stand in row after row."""
    if type(value) is not str:
        raise TypeError("str expected")
    return sys.intern(value)


_PLAIN: Mapping[type, Decoder] = {
    str: _text,
    int: _exactly(int),
    bool: _exactly(bool),
    date: date.fromisoformat,
    datetime: lambda value: instant(_exactly(int)(value)),
}


def _tuple_decoder(first: Any, *rest: Any) -> Decoder:
    exactly_list = _exactly(list)
    if rest == (Ellipsis,):
        item = _decoder(first)
        return lambda value: tuple(map(item, exactly_list(value)))
    items = [_decoder(kind) for kind in (first, *rest)]
    return lambda value: tuple(item(held) for item, held in zip(items, exactly_list(value), strict=True))


def _mapping_decoder(_name: type[str], held: Any) -> Decoder:
    item = _decoder(held)
    return lambda value: {name: item(inside) for name, inside in _exactly(dict)(value).items()}


def _optional_decoder(kinds: tuple[Any, ...]) -> Decoder:
    (kind,) = (kind for kind in kinds if kind is not NoneType)
    item = _decoder(kind)
    return lambda value: None if value is None else item(value)


def _dataclass_decoder(kind: Any) -> Decoder:
    hints = get_type_hints(kind)
    items = {field.name: _decoder(hints[field.name]) for field in fields(kind)}
    # A field that is missing, and has no default, is refused by the constructor; one that is unknown by `items`.
    return lambda value: kind(**{name: items[name](held) for name, held in _exactly(dict)(value).items()})
