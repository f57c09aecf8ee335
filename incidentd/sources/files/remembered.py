"""What files held when they were last read, so that a file that did not change since is not read again."""

import os
from collections.abc import Iterable
from functools import lru_cache

from incidentd.sources.files.expand import Trouble
from incidentd.sources.files.read import FileRead, read_file
from incidentd.x509.parse import parse_certificate

_Generation = tuple[int, int, int, int, int]
_SETTLED_AFTER_NANOSECONDS = 2_000_000_000
"""A file changed within a tick of its clock (2 s on FAT) of its reading may change again and look the same."""
_PARSED_AT_ONCE = 4096

Outcome = FileRead | Trouble | None


class RememberedFiles:
    """Reads files, those that are unchanged from memory. Blocking; one sweep at a time."""

    def __init__(self) -> None:
        self._held: dict[str, tuple[_Generation, Outcome]] = {}

    def read(self, files: Iterable[tuple[str, bool]], now_seconds: float) -> list[tuple[str, Outcome]]:
        """Each path, and whether certificates are expected in it, to what it holds; `now_seconds` of the wall clock."""
        # Intermediates stand in many files: each is parsed once a batch.
        parse = lru_cache(_PARSED_AT_ONCE)(parse_certificate)
        outcomes: list[tuple[str, Outcome]] = []
        for path, expected in files:
            before = _generation(path)
            held = self._held.get(path)
            if held is not None and held[0] == before:
                outcomes.append((path, held[1]))
                continue
            outcome = read_file(path, named=expected, parse=parse)
            outcomes.append((path, outcome))
            self._remember(path, before, outcome, now_seconds)
        return outcomes

    def forget_all_but(self, paths: Iterable[str]) -> None:
        """Drops what is no longer swept."""
        kept = set(paths)
        self._held = {path: held for path, held in self._held.items() if path in kept}

    def _remember(self, path: str, before: _Generation | None, outcome: Outcome, now_seconds: float) -> None:
        """Only what was settled before it was read, and is the same after, is worth remembering."""
        self._held.pop(path, None)
        if before is None or isinstance(outcome, Trouble) or before != _generation(path):
            return
        changed_at = max(before[3], before[4])
        if changed_at + _SETTLED_AFTER_NANOSECONDS < int(now_seconds * 1_000_000_000):
            self._held[path] = (before, outcome)


def _generation(path: str) -> _Generation | None:
    """What changes when a file does: which file it is, its size and its times."""
    try:
        status = os.stat(path)
    except OSError:
        return None
    return (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
