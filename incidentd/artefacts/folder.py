"""Files of a folder. Links are names here: what they lead to is in the folder by itself, or is no part of the build."""

import os
import stat
from collections.abc import Collection, Iterator
from contextlib import contextmanager

from incidentd.artefacts.caps import Allowance
from incidentd.artefacts.looking import Eye, Spot
from incidentd.artefacts.scanned import Event, Unread, UnreadReason
from incidentd.artefacts.streams import Peeked, RawFile

_FLAGS = os.O_RDONLY | os.O_CLOEXEC | os.O_NOCTTY | os.O_NONBLOCK | os.O_NOFOLLOW
_MAX_DEPTH = 256


@contextmanager
def opened(path: str, allowance: Allowance, *, follow: bool = False) -> Iterator[Peeked]:
    """A regular file as a stream; `follow` for one that somebody named. Raises OSError."""
    # A device or a pipe may have been put in its place meanwhile: O_NONBLOCK waits for none, and none is read.
    descriptor = os.open(path, _FLAGS & ~os.O_NOFOLLOW if follow else _FLAGS)
    with os.fdopen(descriptor, "rb", buffering=0) as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise OSError("it is not a regular file")
        yield Peeked(RawFile(file, allowance, status.st_size))


def look_at_folder(path: str, eye: Eye, but_for: Collection[str] = ()) -> Iterator[Event]:
    """Everything beneath a folder, but for these names at its top. Raises Exhausted."""
    pending = [(path, 0)]
    while pending:
        folder, depth = pending.pop()
        try:
            entries = _entries(folder, eye.allowance)
        except OSError as error:
            yield not_accessible(folder, error)
            continue
        if depth > _MAX_DEPTH:
            yield Unread(folder, UnreadReason.TOO_DEEP, f"more than {_MAX_DEPTH} folders in each other")
            continue
        for entry in entries:
            if depth == 0 and entry.name in but_for:
                continue
            if entry.is_dir(follow_symlinks=False):
                pending.append((entry.path, depth + 1))
            elif entry.is_file(follow_symlinks=False):
                yield from look_at_file(entry.path, eye)


def look_at_file(path: str, eye: Eye) -> Iterator[Event]:
    """One file of a folder. Raises Exhausted."""
    try:
        with opened(path, eye.allowance) as stream:
            yield from eye.look(stream, Spot(path))
    except OSError as error:
        yield not_accessible(path, error)


def not_accessible(path: str, error: OSError) -> Unread:
    """What the disk did not give."""
    why = error.strerror or str(error) or type(error).__name__
    return Unread(path, UnreadReason.NOT_ACCESSIBLE, f"it cannot be read: {why}")


def _entries(folder: str, allowance: Allowance) -> list["os.DirEntry[str]"]:
    entries = []
    with os.scandir(folder) as listing:
        for entry in listing:
            allowance.spend_member()
            entries.append(entry)
    return entries
