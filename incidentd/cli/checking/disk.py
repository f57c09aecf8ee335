"""What a path on the command line holds: a file, each file of a folder, or what a glob matches. Blocking.

What was named, and shows no certificate, is unreadable: a mount that is missing must not pass for a clean one.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from incidentd.cli.checking.found import SOURCE, Found, found_one
from incidentd.model.location import Location, Role
from incidentd.model.observation import Gap, GapReason, Observation
from incidentd.sources.files.expand import Expansion, Trouble, expand
from incidentd.sources.files.judge import Candidate, judge
from incidentd.sources.files.pattern import file_uri
from incidentd.sources.files.read import holds_private_key, read_file
from incidentd.x509.parse import parse_certificate

_PARSED_AT_ONCE = 4096
_NOT_THERE = Trouble(GapReason.MISSING_FOLDER, "there is no such file or folder")
_EMPTY_FOLDER = Trouble(
    GapReason.UNREADABLE, "no certificate is in this folder: is it the right one, and is it mounted?"
)
_NO_CERTIFICATE = Trouble(GapReason.UNREADABLE, "no certificate is in it")
_KEY_ALONE = Trouble(GapReason.UNREADABLE, "it holds a private key, no certificate")
_NO_MATCH = Trouble(GapReason.UNREADABLE, "no file matches it, or none that does holds a certificate")


@dataclass(frozen=True, slots=True)
class ReadPath:
    """What one argument came to."""

    found: tuple[Found, ...]
    passed_over: int = 0
    """Files in a folder that hold no certificate."""


@dataclass(frozen=True, slots=True)
class Written:
    """A path as a person wrote it."""

    text: str
    """The whole argument."""
    path: str

    def shown(self, path: str) -> str:
        """A path that this one led to, absolute only if it is."""
        return path if os.path.isabs(self.path) else os.path.relpath(path)

    def trouble(self, path: str, trouble: Trouble, at: datetime) -> Found:
        """What could not be read, on the way or at its end."""
        is_itself = path == os.path.abspath(self.path)
        gap = Gap(_location(path), None, trouble.reason, trouble.text, at)
        return found_one(self.text if is_itself else self.shown(path), gap, self.shown(path))


def read_path(written: Written, at: datetime) -> ReadPath:
    """One Found a file that holds certificates, or should. Never raises for what is on disk."""
    expansion = expand(written.path)
    files = list(_files(expansion, written, at))
    troubles = list(_troubles(expansion, written, at))
    passed_over = len(expansion.files) - len(files)
    if not files and not troubles:
        where = os.path.abspath(written.path)
        troubles.append(written.trouble(where, _EMPTY_FOLDER if os.path.isdir(where) else _NO_MATCH, at))
    return ReadPath((*files, *troubles), passed_over)


def _files(expansion: Expansion, written: Written, at: datetime) -> Iterator[Found]:
    # Intermediates stand in many files: each is parsed once.
    parse = lru_cache(_PARSED_AT_ONCE)(parse_certificate)
    for path, named in expansion.files.items():
        outcome = read_file(path, named=named, parse=parse)
        if outcome is None and named:
            outcome = _KEY_ALONE if holds_private_key(path) else _NO_CERTIFICATE
        judged = judge(Candidate(_location(path), path, named, None), outcome, at)
        # Without a memory of the place what is neither merely lies there.
        if isinstance(judged, Observation | Gap):
            yield found_one(written.text if named else written.shown(path), judged, written.shown(path))


def _troubles(expansion: Expansion, written: Written, at: datetime) -> Iterator[Found]:
    """Folders that could not be listed, and paths that are not there."""
    for path, trouble in expansion.failed.items():
        yield written.trouble(path, trouble, at)
    for path in sorted(expansion.missing):
        yield written.trouble(path, _NOT_THERE, at)


def _location(path: str) -> Location:
    return Location(file_uri(path), SOURCE, Role.STORED)
