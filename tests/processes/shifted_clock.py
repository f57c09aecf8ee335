"""The real-time clock of other processes, shifted at will, also while they run; their monotonic clock is left alone."""

from __future__ import annotations

import shutil
import subprocess
from datetime import timedelta
from pathlib import Path

SOURCE = Path(__file__).with_name("shifted_clock.c")


def compiler() -> str | None:
    """The C compiler, if there is one."""
    return shutil.which("cc")


def compiled(folder: Path) -> Path:
    """The library, built from its source. Raises CalledProcessError with what the compiler says."""
    library = folder / "shifted_clock.so"
    command = [compiler() or "cc", "-shared", "-fPIC", "-O2", "-Wall", "-Werror", "-o", str(library), str(SOURCE)]
    subprocess.run(command, check=True, capture_output=True, text=True)
    return library


class ShiftedClock:
    """One offset, shared by all processes that are started with `environment`."""

    def __init__(self, library: Path, file: Path) -> None:
        self._library = library
        self._file = file
        self._offset = timedelta(0)
        file.write_bytes(bytes(8))

    @property
    def environment(self) -> dict[str, str]:
        """What a process needs in its environment."""
        return {"LD_PRELOAD": str(self._library), "SHIFTED_CLOCK_FILE": str(self._file)}

    @property
    def offset(self) -> timedelta:
        """How far ahead they are now."""
        return self._offset

    def shift(self, by: timedelta) -> None:
        """The clock leaps by so much, in all of them at once."""
        self._offset += by
        nanoseconds = self._offset // timedelta(microseconds=1) * 1000
        with self._file.open("r+b") as mapped:
            mapped.write(nanoseconds.to_bytes(8, "little", signed=True))
