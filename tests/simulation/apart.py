"""Apart: runs a module of the simulation in a process of its own, which no tracer of coverage slows down.

Under a tracer a life takes several times as long; the lines that it runs are counted by the other tests anyhow.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TRACERS = ("COVERAGE_", "COV_CORE_", "PYTEST_")


class Failed(AssertionError):
    """It ended with an error, or did not end in time; the text is all that it said."""


def run_apart(module: str, arguments: tuple[str, ...] = (), timeout_seconds: float = 110.0) -> str:
    """`python -m module arguments`, from the root of the repository; what it printed. Raises Failed."""
    command = [sys.executable, "-m", module, *arguments]
    try:
        done = subprocess.run(
            command, cwd=ROOT, env=untraced(), capture_output=True, text=True, timeout=timeout_seconds, check=False
        )
    except subprocess.TimeoutExpired as late:
        said = _text(late.stdout) + _text(late.stderr)
        raise Failed(f"{' '.join(command)}\nnot done after {timeout_seconds:.0f} s\n{said}") from None
    if done.returncode:
        raise Failed(f"{' '.join(command)}\nexit {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def untraced() -> dict[str, str]:
    """Our environment, without what would make a child trace itself."""
    return {name: value for name, value in os.environ.items() if not name.startswith(TRACERS)}


def _text(said: str | bytes | None) -> str:
    return said.decode(errors="replace") if isinstance(said, bytes) else said or ""
