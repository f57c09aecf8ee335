"""What is said of a known place whose file did not turn up: gone from a folder that was listed whole, or not seen."""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from incidentd.model.observation import AbsenceKind, GapReason
from incidentd.sources.files.expand import Expansion, Trouble
from incidentd.sources.files.pattern import PathPattern

_GONE_FOLDER = Trouble(GapReason.MISSING_FOLDER, "its folder is gone: what is not there proves nothing")
_NO_FILE = Trouble(GapReason.NOT_LOOKED_AT, "what has its name now is not a file, or came while the folder was read")


@dataclass(frozen=True, slots=True)
class Territory:
    """The configured paths and what was found of them in one sweep."""

    patterns: tuple[PathPattern, ...]
    expansion: Expansion

    def verdict(self, path: str, has_held: bool) -> AbsenceKind | Trouble:
        """Why a known file did not turn up. A folder that is gone, or was not listed whole, is no proof. Blocking."""
        if path in self.expansion.folders and not has_held:
            # A folder stands for what may be in it only while it cannot be listed.
            return AbsenceKind.UNCONFIGURED
        if not any(pattern.covers(path) for pattern in self.patterns):
            return AbsenceKind.UNCONFIGURED
        folder, name = os.path.split(path)
        if folder not in self.expansion.folders:
            return self._trouble_above(path)
        # The listing is not one instant: a file that is replaced meanwhile may stand in neither half of it.
        if name in self.expansion.folders[folder] or os.path.lexists(path):
            return self.expansion.failed.get(path, _NO_FILE)
        return AbsenceKind.REMOVED

    def blind_spots(self, known: Iterable[str]) -> Iterator[tuple[str, Trouble]]:
        """Paths that could not be looked at, and beneath which nothing is known that would say so by itself."""
        covered = {ancestor for path in known for ancestor in (path, *_ancestors(path))}
        for path, trouble in self.expansion.failed.items():
            if path not in covered:
                yield path, trouble
        for path in sorted(self.expansion.missing - covered):
            yield path, Trouble(GapReason.MISSING_FOLDER, "there is no such file or folder: is it spelled right?")

    def failure(self) -> str | None:
        """Set when nothing at all could be looked at."""
        troubles = [(one.base, self.expansion.failed.get(one.base)) for one in self.patterns]
        if any(trouble is None for _, trouble in troubles):
            return None
        path, trouble = troubles[0]
        return f"none of its paths could be read; {path}: {trouble.text if trouble else ''}"

    def _trouble_above(self, path: str) -> Trouble:
        above = (path, *_ancestors(path))
        return next((self.expansion.failed[one] for one in above if one in self.expansion.failed), _GONE_FOLDER)


def _ancestors(path: str) -> Iterator[str]:
    while (parent := os.path.dirname(path)) != path:
        yield parent
        path = parent
