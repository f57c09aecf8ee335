"""The nursery: a process that has imported the libraries, and for each mutant a child with a program of its own.

Nothing here imports incidentd before the fork: each child imports it whole, with one bug in it or with none.
"""

from __future__ import annotations

import importlib
import os
import pickle
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any, BinaryIO, TypeVar

from tests.simulation.invariants import Invariant
from tests.simulation.mutants.mutant import Drifted, Mutant
from tests.simulation.mutants.planting import plant

T = TypeVar("T")
Seed = TypeVar("Seed")

LIBRARIES = (
    "alembic.command",
    "cryptography.hazmat.primitives.asymmetric.rsa",
    "cryptography.x509",
    "httpx",
    "jinja2",
    "OpenSSL.SSL",
    "pydantic_settings",
    "sqlalchemy.dialects.sqlite",
    "starlette.applications",
    "structlog",
    "tenacity",
    "yaml",
)
"""What takes long to import, and is the same for all."""


@dataclass(frozen=True, slots=True)
class Found:
    """What the trial of one mutant came to."""

    violated: tuple[Invariant, ...]
    """In the order of their numbers; empty: it survives."""
    texts: tuple[str, ...]
    seconds: float
    """The detector alone, without the imports before it."""


def tried(planted: Mutant | None, detectors: Sequence[Mutant]) -> list[Found]:
    """In this process, a child of the nursery: detectors, one after the other, with one mutant planted or with none."""
    if planted is not None:
        plant(planted)
    try:
        from tests.simulation.mutants.trying import violations_of
    except Drifted as drifted:
        return [Found((), (str(drifted),), 0.0) for _ in detectors]

    found = []
    for detector in detectors:
        began = perf_counter()
        violations = violations_of(detector.detector, detector.trial)
        violated = tuple(one for one in Invariant if any(each.invariant is one for each in violations))
        texts = tuple(f"{each.invariant}: {each.text}" for each in violations)
        found.append(Found(violated, texts, perf_counter() - began))
    return found


def in_children(work: Callable[[Seed], T], seeds: Iterable[Seed], jobs: int = 2) -> Iterator[tuple[Seed, T]]:
    """Each seed with what `work` makes of it in a child of its own, as they end. Raises RuntimeError for what fails."""
    for name in LIBRARIES:
        importlib.import_module(name)
    waiting, running = list(seeds), dict[int, tuple[Seed, BinaryIO]]()
    while waiting or running:
        while waiting and len(running) < jobs:
            seed = waiting.pop(0)
            running.update([_born(work, seed)])
        pid, _ = os.wait()
        seed, told = running.pop(pid)
        yield seed, _result(seed, told)


def _born(work: Callable[[Seed], T], seed: Seed) -> tuple[int, tuple[Seed, BinaryIO]]:
    """A child. What it has to say goes into a file, so that nobody waits for anybody."""
    told: Any = tempfile.TemporaryFile()  # noqa: SIM115 - `_result` closes it
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if pid == 0:
        _live(work, seed, told)
    return pid, (seed, told)


def _live(work: Callable[[Seed], T], seed: Seed, told: BinaryIO) -> None:
    try:
        said = pickle.dumps((True, work(seed)))
    except BaseException:
        said = pickle.dumps((False, traceback.format_exc()))
    told.write(said)
    told.flush()
    os._exit(0)


def _result(seed: object, told: BinaryIO) -> Any:
    with told:
        told.seek(0)
        said = told.read()
    done, value = pickle.loads(said) if said else (False, "it ended without a word")  # noqa: S301 - our own child's
    if not done:
        raise RuntimeError(f"{getattr(seed, 'name', seed)}: {value}")
    return value
