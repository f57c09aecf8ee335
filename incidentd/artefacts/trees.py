"""Trees of git, compared: which files differ between two. Level by level, so that every cap is met on the way.

`git diff-tree` gathers all that differs before it says the first word, and a few trees that hold each other list files
without end. Format: Git's user manual, "Tree Object"; `git cat-file --batch`.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass

from incidentd.artefacts.caps import MIB, Allowance, Exhausted
from incidentd.artefacts.git import Contents
from incidentd.artefacts.tar import damaged

_MAX_TREE_BYTES = 16 * MIB
"""A folder of four hundred thousand files."""
_MAX_PATH_BYTES = 4096
"""PATH_MAX of Linux: no longer one could be checked out."""
_TREE, _SUBMODULE, _REGULAR = b"40000", b"160000", b"100"


@dataclass(frozen=True, slots=True)
class Change:
    """A path that differs; the id of its content on each side, None where there is no regular file."""

    path: str
    old: str | None
    new: str | None
    is_submodule: bool = False


@dataclass(frozen=True, slots=True)
class _Entry:
    """What stands under a name in a tree."""

    mode: bytes
    id: str

    @property
    def tree(self) -> str | None:
        return self.id if self.mode == _TREE else None

    @property
    def file(self) -> str | None:
        return self.id if self.mode.startswith(_REGULAR) else None


_Entries = dict[bytes, _Entry]


def changes(contents: Contents, old: str, new: str, allowance: Allowance) -> Iterator[Change]:
    """The paths that differ between two trees, each once.

    Raises StreamFault for a tree that is missing or damaged, and Exhausted.
    """
    pending: list[tuple[bytes, str | None, str | None]] = [(b"", old, new)]
    while pending:
        folder, *sides = pending.pop()
        before, after = (_entries(contents, id_, allowance) for id_ in sides)
        for name in sorted(before.keys() | after.keys()):
            was, now = before.get(name), after.get(name)
            if was == now:
                continue
            path = _path(folder, name)
            trees = (was.tree if was else None, now.tree if now else None)
            if any(trees):
                allowance.spend_kept(len(path))
                pending.append((path, *trees))
            yield from _change(path, was, now)


def _entries(contents: Contents, id_: str | None, allowance: Allowance) -> _Entries:
    if id_ is None:
        return {}
    with contents.opened(id_, "tree") as content:
        if content.left_bytes > _MAX_TREE_BYTES:
            raise Exhausted(f"a folder of more than {_MAX_TREE_BYTES} bytes is in it")
        listing = content.read(content.left_bytes)
    found, at, width = _Entries(), 0, len(id_) // 2
    while at < len(listing):
        allowance.spend_member()
        end = listing.find(b"\0", at) + 1
        mode, _, name = listing[at : end - 1].partition(b" ")
        if not end or end + width > len(listing) or name in found:
            raise damaged("a folder in it is written in a way that git refuses")
        found[name] = _Entry(mode.lstrip(b"0"), listing[end : end + width].hex())
        at = end + width
    return found


def _path(folder: bytes, name: bytes) -> bytes:
    path = folder + b"/" + name if folder else name
    if len(path) > _MAX_PATH_BYTES:
        raise Exhausted(f"a path of more than {_MAX_PATH_BYTES} bytes is in it")
    return path


def _change(path: bytes, was: _Entry | None, now: _Entry | None) -> Iterator[Change]:
    """What is said of a name beside what is beneath it: nothing of a folder that only differs inside."""
    either = [one for one in (was, now) if one is not None and one.tree is None]
    if either:
        is_submodule = any(one.mode == _SUBMODULE for one in either)
        yield Change(os.fsdecode(path), was.file if was else None, now.file if now else None, is_submodule)
