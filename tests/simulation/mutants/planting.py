"""Planting: a module is changed on its way from disk into this process, before anybody has imported it."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import CodeType, ModuleType

from tests.simulation.mutants.mutant import Mutant

PACKAGE = "incidentd"


def plant(mutant: Mutant) -> None:
    """From now on this process imports the mutated module. Raises AssertionError where it is too late for that."""
    assert not any(name.split(".")[0] == PACKAGE for name in sys.modules), "incidentd is imported already"
    sys.meta_path.insert(0, _Finder(mutant))


class _Finder:
    """Finds the one module, and leaves all others to those who find them otherwise."""

    def __init__(self, mutant: Mutant) -> None:
        self._mutant = mutant

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """As `importlib.abc.MetaPathFinder` says."""
        found = PathFinder.find_spec(name, path) if name == self._mutant.module else None
        if found is not None and found.origin is not None:
            found.loader = _Loader(self._mutant, found.origin)
        return found


class _Loader(SourceFileLoader):
    """Compiles the changed text; what lies compiled on disk is neither read nor written."""

    def __init__(self, mutant: Mutant, path: str) -> None:
        super().__init__(mutant.module, path)
        self._mutant = mutant

    def get_code(self, fullname: str) -> CodeType:
        """The code of the mutated module."""
        source = self.get_data(self.path).decode()
        return compile(self._mutant.planted_in(source), self.path, "exec", dont_inherit=True)
