"""A small disk, for real: a tmpfs in a mount namespace of its own, which is gone with the process that holds it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

PAGE_BYTES = 4096
ENDS_SECONDS = 10.0
WAYS = (
    (("unshare", "--mount"), ("--mount",)),
    (("unshare", "--map-root-user", "--mount"), ("--user", "--preserve-credentials", "--mount")),
)
"""How a namespace is made, as root and as anybody, and how it is entered."""


class NoSmallDisk(Exception):
    """This machine lets nobody mount anything."""


@dataclass(frozen=True, slots=True)
class SmallDisk:
    """What is mounted at `folder`, for those within."""

    folder: Path
    holder_pid: int
    entered_with: tuple[str, ...]

    @property
    def within(self) -> tuple[str, ...]:
        """What a command is run by, so that it sees the disk."""
        return ("nsenter", "--target", str(self.holder_pid), *self.entered_with)

    @property
    def seen_from_outside(self) -> Path:
        """The same folder, for those who are not within."""
        return Path(f"/proc/{self.holder_pid}/root{self.folder}")

    @property
    def free_bytes(self) -> int:
        """What is left."""
        status = os.statvfs(self.seen_from_outside)
        return status.f_bavail * status.f_frsize

    def leave_free(self, pages: int) -> None:
        """Fills it up, but for so many pages of 4 KiB."""
        ballast = self.seen_from_outside / "ballast"
        ballast.unlink(missing_ok=True)
        ballast.write_bytes(bytes(self.free_bytes - pages * PAGE_BYTES))
        assert self.free_bytes == pages * PAGE_BYTES

    def clear(self) -> None:
        """Nothing is left of what was on it."""
        for path in self.seen_from_outside.iterdir():
            path.unlink()

    def give_way(self) -> None:
        """There is space again."""
        (self.seen_from_outside / "ballast").unlink()


@contextmanager
def mounted(folder: Path, size_bytes: int) -> Iterator[SmallDisk]:
    """A disk of so many bytes on a folder. Raises NoSmallDisk."""
    for making, entering in WAYS:
        script = 'mount -t tmpfs -o "size=$1" incidentd-test "$0" && echo ready && exec cat'
        command = [*making, "sh", "-c", script, str(folder), str(size_bytes)]
        pipe = subprocess.PIPE
        with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True) as holder:
            assert holder.stdin is not None
            assert holder.stdout is not None
            try:
                if holder.stdout.readline() == "ready\n":
                    yield SmallDisk(folder, holder.pid, entering)
                    return
            finally:
                holder.stdin.close()  # it ends by itself then, also when we are killed
                holder.wait(ENDS_SECONDS)
    raise NoSmallDisk
