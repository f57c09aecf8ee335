"""Branching: one life is lived once, and at each of its steps it forks into the lives in which that step goes wrong.

What comes before the step is the same in all of them, so it is lived once. A branch is a process of its own, which has
the files for itself until it ends; then they are put back as they were, and the trunk goes on.
"""

from __future__ import annotations

import asyncio
import gc
import os
import pickle
import shutil
import signal
import tempfile
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Generic, TypeVar

from tests.simulation.life import Life
from tests.simulation.process import Process
from tests.simulation.running import Ended, run
from tests.simulation.schedule import Counted, Fault, Misfortune, Schedule, Step
from tests.simulation.shrinking import as_python

R = TypeVar("R")
LONGEST_SECONDS = 60
"""Real ones; a branch that takes longer hangs."""


class BranchDied(AssertionError):
    """A branch did not live to its end."""


def branched(
    schedule: Schedule, points: Mapping[int, tuple[Misfortune, ...]], judge: Callable[[Schedule, Ended], R]
) -> list[R]:
    """What `judge` says of each life in which one step (by its number, from 1) meets one misfortune, in order.

    Raises BranchDied where one did not end, and AssertionError where a step never came.
    """
    trunk = _Trunk(points, judge)
    gc.freeze()  # what is there already is shared with the branches, not copied
    try:
        ended = run(schedule, trunk)
        if trunk.lived is not None:
            trunk.hand_over(judge(trunk.lived, ended), died=False)
    except BaseException:
        if trunk.lived is not None:
            trunk.hand_over(traceback.format_exc(), died=True)
        raise
    finally:
        gc.unfreeze()
    if trunk.died:
        raise BranchDied("\n".join(trunk.died))
    assert ended.counts[Counted.ANY] >= max(points, default=0), "the life ended before a step that was to go wrong"
    return trunk.said + [judge(each, run(each)) for each in trunk.from_the_start]


@dataclass
class _Trunk(Generic[R]):
    """Watches a life; and lets it branch."""

    points: Mapping[int, tuple[Misfortune, ...]]
    judge: Callable[[Schedule, Ended], R]
    said: list[R] = field(default_factory=list)
    died: list[str] = field(default_factory=list)
    from_the_start: list[Schedule] = field(default_factory=list)
    pipe: int = -1
    """In a branch: the way back."""
    lived: Schedule | None = None
    """In a branch: what is lived there."""

    def __call__(self, life: Life, process: Process, kind: Step) -> None:
        nth = life.counts[Counted.ANY] + 1
        if self.lived is not None or nth not in self.points:
            return
        branches = [replace(life.schedule, faults=(Fault(nth, each),)) for each in self.points[nth]]
        if not _lets_go_of_files(life):
            self.from_the_start += branches
            return
        kept = _Kept(life.folder)
        for schedule in branches:
            self._grow(life, schedule)
            if self.lived is not None:
                return  # what is kept is the trunk's
            kept.put_back()
        kept.forget()

    def _grow(self, life: Life, schedule: Schedule) -> None:
        """One branch, from here to its end; in the branch itself it returns at once."""
        loop, (reading, writing) = asyncio.get_running_loop(), os.pipe()
        child = os.fork()
        if not child:
            os.close(reading)
            signal.alarm(LONGEST_SECONDS)
            asyncio._set_running_loop(loop)  # a running loop is known by its process
            self.pipe, self.lived, life.schedule = writing, schedule, schedule
            return
        os.close(writing)
        with os.fdopen(reading, "rb") as stream:
            said = stream.read()
        _, status = os.waitpid(child, 0)
        if status:
            text = pickle.loads(said) if said else f"ended by signal {os.WTERMSIG(status)}"  # noqa: S301 - our own
            self.died.append(f"{as_python(schedule)}\n{text}")
            return
        self.said.append(pickle.loads(said))  # noqa: S301 - our own

    def hand_over(self, said: object, died: bool) -> None:
        """The end of a branch: nothing that the trunk would do afterwards is done here."""
        with os.fdopen(self.pipe, "wb") as stream:
            pickle.dump(said, stream)
        os._exit(1 if died else 0)


def _lets_go_of_files(life: Life) -> bool:
    """Closes every database that is open; they are opened again when they are needed. False where one is unknown."""
    living = [process for process in life.replicas.values() if not process.dead]
    stores = [process.installation.store for process in living if process.installation is not None]
    life.database.close()
    for store in stores:
        store.close()
    return len(stores) == len(living)


class _Kept:
    """The files of a folder as they are now. They come back as the same files: the product notices another inode."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._held = Path(tempfile.mkdtemp(dir=folder.parent))
        self._contents: dict[Path, tuple[bytes, os.stat_result]] = {}
        for path in sorted(each for each in folder.rglob("*") if each.is_file()):
            name = path.relative_to(folder)
            self._contents[name] = path.read_bytes(), path.stat()
            self._link(path, self._held / name)

    def put_back(self) -> None:
        """Whatever a branch has made of them, and of the folder."""
        shutil.rmtree(self._folder, ignore_errors=True)
        self._folder.mkdir()
        for name, (content, status) in self._contents.items():
            held = self._held / name
            held.write_bytes(content)
            held.chmod(status.st_mode)
            os.utime(held, ns=(status.st_atime_ns, status.st_mtime_ns))
            self._link(held, self._folder / name)

    def forget(self) -> None:
        """They are not needed any more."""
        shutil.rmtree(self._held)

    @staticmethod
    def _link(existing: Path, new: Path) -> None:
        new.parent.mkdir(parents=True, exist_ok=True)
        os.link(existing, new)
