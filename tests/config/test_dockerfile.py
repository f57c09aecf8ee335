"""The Dockerfile as it is written; that it builds and runs is shown in test_image.py."""

import subprocess
import sys
from pathlib import Path

from tests.config.chart import ROOT

HADOLINT = Path(sys.executable).with_name("hadolint")


def test_hadolint_finds_nothing() -> None:
    """Not even a remark."""
    done = subprocess.run([HADOLINT, "--no-fail", "Dockerfile"], cwd=ROOT, check=True, capture_output=True, text=True)
    assert done.stdout == ""


def test_hadolint_looks(tmp_path: Path) -> None:
    """A judge that finds nothing anywhere would be none."""
    (tmp_path / "Dockerfile").write_text("FROM debian:latest\nRUN cd /tmp && sudo make\n")
    done = subprocess.run([HADOLINT, "Dockerfile"], cwd=tmp_path, check=False, capture_output=True, text=True)
    assert done.returncode == 1
    assert "DL3004" in done.stdout
