"""Fixtures of the simulation: states are kept in memory, where a commit waits for no disk."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.simulation.running import MEMORY


@pytest.fixture(scope="module")
def in_memory() -> Iterator[Path]:
    """A folder of its own for each module, whose tests make theirs in it."""
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        yield Path(folder)
