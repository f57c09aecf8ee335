"""What one TARGET on the command line means: standard input, something on disk, or an endpoint."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from incidentd.errors import UsageError
from incidentd.sources.files.pattern import path_of
from incidentd.sources.target import Target, parse_target

STANDARD_INPUT = "-"
_NAME_ASKED_FOR = "?sni="
_LIKE_A_PATH = re.compile(r"[/*?\[]")
_CERTIFICATE_FILE = re.compile(r"\.(pem|crt|cer|der|p7b|p7c|p12|pfx|jks)$", re.IGNORECASE)
"""Endings that no top-level domain has: without them, a file that is not there would pass for an unreachable host."""


@dataclass(frozen=True, slots=True)
class FromStdin:
    """PEM on standard input."""

    text: str = STANDARD_INPUT


@dataclass(frozen=True, slots=True)
class FromPath:
    """A file, a folder or a glob."""

    text: str
    """As given."""
    path: str


@dataclass(frozen=True, slots=True)
class FromEndpoint:
    """Something to shake hands with."""

    text: str
    """As given."""
    target: Target


Argument = FromStdin | FromPath | FromEndpoint


def read_argument(text: str, exists: Callable[[str], bool]) -> Argument:
    """`-` is standard input; what exists, or looks like a path, is one; all else is a host. Raises UsageError.

    `tls://HOST` always means the host, `./NAME` always the file.
    """
    if text == STANDARD_INPUT:
        return FromStdin()
    if not text or "\0" in text:
        raise UsageError("an empty target", hint="write a host, a file, a folder, a glob, or - for PEM on stdin")
    if text.startswith("file://"):
        return FromPath(text, path_of(text))
    if _NAME_ASKED_FOR in text and "://" not in text and not exists(text):
        hint = f"write tls://{text}"
        raise UsageError(f"{text!r} is no target: a name to ask for needs a scheme before the host", hint=hint)
    if exists(text) or _looks_like_a_path(text):
        return FromPath(text, text)
    try:
        return FromEndpoint(text, parse_target(text))
    except ValueError as error:
        raise UsageError(f"{text!r} is no target: {error}", hint=_hint(text)) from None


def _hint(text: str) -> str:
    """What to write instead: of an address as browsers have it, its host and port."""
    scheme, separator, rest = text.partition("://")
    if not separator:
        return "" if ":" in text else "a file in this folder is ./NAME"
    if scheme not in ("https", "tls"):
        return "write host:port"
    try:
        meant = parse_target(re.split("[/?#]", rest)[0].rpartition("@")[2])
    except ValueError:
        return "write host:port"
    return f"write host:port: {meant.uri.removeprefix('tls://')}"


def _looks_like_a_path(text: str) -> bool:
    if "://" in text or text.startswith("["):
        return False
    return bool(_LIKE_A_PATH.search(text) or _CERTIFICATE_FILE.search(text))
