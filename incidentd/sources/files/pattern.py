"""Configured paths: a folder to begin at and what is wanted beneath it. Pure.

A path without `*`, `?` or `[` is a file, or a folder with everything beneath it. In a glob, `**` crosses any number of
folders, and a wildcard takes no name that begins with a dot, as in a shell. Names that begin with two dots are never
wanted unless they are written out: they are the private generations behind a mounted Kubernetes volume, reached, and
swapped, through the links beside them.
"""

import os
import re
from dataclasses import dataclass
from fnmatch import fnmatchcase
from urllib.parse import quote, unquote_to_bytes

_MAGIC = re.compile(r"[*?\[]")
_PREFIX = "file://"

Wanted = frozenset[tuple[str, ...]]
"""What is wanted beneath a folder: alternatives, each a row of glob segments. The empty row wants everything."""


@dataclass(frozen=True, slots=True)
class PathPattern:
    """One configured path, absolute."""

    base: str
    """The file or folder before the first wildcard."""
    segments: tuple[str, ...] = ()

    @property
    def is_literal(self) -> bool:
        """True when the path names one file or folder."""
        return not self.segments

    @property
    def wanted(self) -> Wanted:
        """What is wanted directly beneath the base."""
        return _closure(frozenset({self.segments}))

    def covers(self, path: str) -> bool:
        """True when a file at this absolute path would be looked at."""
        if path == self.base:
            return self.is_literal
        prefix = self.base.rstrip(os.sep) + os.sep
        if not path.startswith(prefix):
            return False
        *folders, name = path.removeprefix(prefix).split(os.sep)
        wanted = self.wanted
        for folder in folders:
            wanted = beneath(wanted, folder)
        return wants(wanted, name)


def parse_pattern(text: str, folder: str) -> PathPattern:
    """A configured path; a relative one begins at `folder`."""
    segments = os.path.abspath(os.path.join(folder, text)).split(os.sep)[1:]
    literal = next((n for n, segment in enumerate(segments) if _MAGIC.search(segment)), len(segments))
    return PathPattern(os.sep + os.sep.join(segments[:literal]), tuple(segments[literal:]))


def wants(wanted: Wanted, name: str) -> bool:
    """True when a file of this name is wanted in the folder."""
    return any(_takes(row, name) and len(row) <= 1 for row in wanted)


def beneath(wanted: Wanted, name: str) -> Wanted:
    """What is wanted in the folder of this name; empty when nothing is."""
    rows = (row if row[:1] in ((), ("**",)) else row[1:] for row in wanted if _takes(row, name))
    return _closure(frozenset(rows))


def _takes(row: tuple[str, ...], name: str) -> bool:
    if not row:
        return not name.startswith("..")
    if name.startswith(".") and not row[0].startswith("."):
        return False
    return row[0] == "**" or fnmatchcase(name, row[0])


def _closure(rows: Wanted) -> Wanted:
    """`**` may cross no folder at all: then what follows it is wanted right here; nothing follows: everything is."""
    closed = set(rows)
    for row in rows:
        while row and row[0] == "**":
            row = row[1:]
            closed.add(row)
    return frozenset(closed)


def file_uri(path: str) -> str:
    """The address of a file: `file:///etc/pki/a.pem` (RFC 8089), in ASCII whatever bytes its name has."""
    return _PREFIX + quote(os.fsencode(path))


def path_of(uri: str) -> str:
    """The path that `file_uri` made an address of."""
    return os.fsdecode(unquote_to_bytes(uri.removeprefix(_PREFIX)))
