"""The clocks of other processes, shifted at will, also while they run: set wrong, or moved on as where time passes.

What they wait by is left alone: no wait gets shorter or longer.
"""

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
        self._offset = self._passed = timedelta(0)
        file.write_bytes(bytes(16))

    @property
    def environment(self) -> dict[str, str]:
        """What a process needs in its environment."""
        return {"LD_PRELOAD": str(self._library), "SHIFTED_CLOCK_FILE": str(self._file)}

    @property
    def offset(self) -> timedelta:
        """How far ahead they are now."""
        return self._offset

    def shift(self, by: timedelta) -> None:
        """The wall clock leaps by so much, in all of them at once."""
        self._offset += by
        self._write()

    def pass_by(self, span: timedelta) -> None:
        """So much time passes between two processes: the machine counts it too, and what a dead one held runs out."""
        self._passed += span
        self.shift(span)

    def _write(self) -> None:
        with self._file.open("r+b") as mapped:
            for offset in (self._offset, self._passed):
                mapped.write((offset // timedelta(microseconds=1) * 1000).to_bytes(8, "little", signed=True))
