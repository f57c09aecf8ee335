"""Configured paths to the files they mean, and the folders that were, and could not be, listed whole. Blocking.

Links are followed, and each path is a place of its own, under the name by which it is reached: that is the name a
deployment reads. A folder that is its own ancestor is not entered again.
"""

import os
import stat
from collections.abc import Iterable
from dataclasses import dataclass, field

from incidentd.model.observation import GapReason
from incidentd.sources.files.pattern import PathPattern, Wanted, beneath, parse_pattern, wants

MAX_DEPTH = 64
MAX_ENTRIES = 1_000_000


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a file or a folder could not be read."""

    reason: GapReason
    text: str


@dataclass(slots=True)
class Expansion:
    """What the configured paths come to."""

    files: dict[str, bool] = field(default_factory=dict)
    """Files to read; True for those that are configured by their own name."""
    folders: dict[str, frozenset[str]] = field(default_factory=dict)
    """Folders that were listed whole, with the names in them."""
    failed: dict[str, Trouble] = field(default_factory=dict)
    """Files and folders that could not be looked into."""
    missing: set[str] = field(default_factory=set)
    """Configured paths that are not there, in a folder that is and could be listed."""


def trouble_of(error: OSError) -> Trouble:
    """A stable reason for what the operating system said."""
    if isinstance(error, PermissionError):
        return Trouble(GapReason.PERMISSION, "no permission to read it: let the user that incidentd runs as read it")
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return Trouble(GapReason.MISSING_FOLDER, "there is no such file or folder")
    return Trouble(GapReason.UNREADABLE, f"it cannot be read: {error.strerror or type(error).__name__}")


def expand(text: str, folder: str = ".") -> Expansion:
    """The files that one configured path means; relative ones begin at `folder`. Never raises for what is on disk."""
    return expand_all([parse_pattern(text, folder)])


def expand_all(patterns: Iterable[PathPattern]) -> Expansion:
    """The same for several paths; a file that several of them mean is there once."""
    expansion = Expansion()
    for pattern in patterns:
        _Walk(expansion, pattern).begin()
    return expansion


class _Walk:
    """One configured path on its way through the tree."""

    def __init__(self, expansion: Expansion, pattern: PathPattern) -> None:
        self._found = expansion
        self._pattern = pattern
        self._entries_left = MAX_ENTRIES

    def begin(self) -> None:
        base = self._pattern.base
        try:
            status = os.stat(base)
        except OSError as error:
            self._not_there(base, error)
            return
        if stat.S_ISDIR(status.st_mode):
            self._folder(base, self._pattern.wanted, ())
        elif self._pattern.is_literal:
            self._found.files[base] = True
        else:
            self._found.failed[base] = Trouble(GapReason.MISSING_FOLDER, "it is not a folder")

    def _not_there(self, base: str, error: OSError) -> None:
        """A path that is certainly gone from a folder that can be listed is told apart from one that cannot be seen."""
        parent, name = os.path.split(base)
        names = _listed(parent) if self._pattern.is_literal and isinstance(error, FileNotFoundError) else None
        if names is None or name in names:
            self._found.failed[base] = trouble_of(error)
            return
        self._found.folders[parent] = names
        self._found.missing.add(base)

    def _folder(self, path: str, wanted: Wanted, ancestors: tuple[tuple[int, int], ...]) -> None:
        try:
            status = os.stat(path)
            identity = (status.st_dev, status.st_ino)
            if identity in ancestors:
                return
            with os.scandir(path) as listing:
                entries = sorted(listing, key=lambda entry: entry.name)
        except OSError as error:
            self._found.failed[path] = trouble_of(error)
            return
        self._entries_left -= len(entries)
        if self._entries_left < 0 or len(ancestors) >= MAX_DEPTH:
            text = (
                f"more than {MAX_ENTRIES} entries, or {MAX_DEPTH} folders in each other: configure what is beneath it"
            )
            self._found.failed[path] = Trouble(GapReason.TOO_LARGE, text)
            return
        self._found.folders[path] = frozenset(entry.name for entry in entries)
        for entry in entries:
            self._entry(entry, wanted, (*ancestors, identity))

    def _entry(self, entry: "os.DirEntry[str]", wanted: Wanted, ancestors: tuple[tuple[int, int], ...]) -> None:
        if _is_folder(entry):
            if further := beneath(wanted, entry.name):
                self._folder(entry.path, further, ancestors)
        elif wants(wanted, entry.name) and _may_be_file(entry):
            self._found.files.setdefault(entry.path, False)


def _listed(folder: str) -> frozenset[str] | None:
    """The names in a folder; None when it cannot be listed."""
    try:
        return frozenset(os.listdir(folder))
    except OSError:
        return None


def _is_folder(entry: "os.DirEntry[str]") -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def _may_be_file(entry: "os.DirEntry[str]") -> bool:
    """False for what is certainly none: a device, a pipe, a link to nothing. Reading says why of the unclear."""
    try:
        return entry.is_file()
    except OSError:
        return True
