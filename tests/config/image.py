"""Builds the image and runs it without a Docker engine: a base from Debian's packages, buildah, and podman on runc.

Everything lies in one folder: nothing of the machine's own images and containers is seen or changed.
"""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.config.chart import ROOT

TOOLS = ("buildah", "podman", "runc", "mmdebstrap")
SUITE = "bookworm"
"""The Debian whose python3 is the Python of the Dockerfile's FROM."""
BUILD_SECONDS = 280
RUN_SECONDS = 60
NAME = "localhost/incidentd:tested"
LIMIT = "256m"
"""What the chart allows."""


def missing() -> str:
    """Why no image can be built here; empty when it can."""
    if os.geteuid() != 0:
        return "root is needed"
    lacking = [tool for tool in TOOLS if shutil.which(tool) is None]
    return f"not installed: {' '.join(lacking)}" if lacking else ""


def asked(*command: str | Path, seconds: float = RUN_SECONDS) -> subprocess.CompletedProcess[str]:
    """One call of a tool, with its end."""
    return subprocess.run(
        command, check=False, capture_output=True, text=True, timeout=seconds, stdin=subprocess.DEVNULL
    )


def done(*command: str | Path, seconds: float = RUN_SECONDS) -> str:
    """What it printed; it has to succeed."""
    answer = asked(*command, seconds=seconds)
    assert answer.returncode == 0, f"{command[0]}: {answer.stdout[-2000:]}{answer.stderr[-4000:]}"
    return answer.stdout.strip()


@dataclass(frozen=True, slots=True)
class Workshop:
    """Where images and containers are kept."""

    folder: Path

    @property
    def _kept(self) -> list[str]:
        return ["--root", f"{self.folder}/root", "--runroot", f"{self.folder}/run", "--storage-driver", "overlay"]

    def buildah(self, *arguments: str | Path, seconds: float = RUN_SECONDS) -> str:
        """One command of buildah that succeeds."""
        return done("buildah", *self._kept, *arguments, seconds=seconds)

    def podman(self, *arguments: str | Path) -> str:
        """One command of podman that succeeds."""
        return done("podman", *self._podman, *arguments)

    def tried(self, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        """One command of podman, whatever comes of it."""
        return asked("podman", *self._podman, *arguments)

    @property
    def _podman(self) -> list[str]:
        return [*self._kept, "--runtime", "runc", "--cgroup-manager", "cgroupfs"]

    def base(self) -> None:
        """An image by the name in FROM, with what python:3.11-slim has: a Python, and little else."""
        (name,) = set(re.findall(r"^FROM (\S+)", (ROOT / "Dockerfile").read_text(), re.MULTILINE))
        packed = self.folder / "base.tar"
        done(
            *("mmdebstrap", "--variant=extract", "--include=dash,coreutils,python3,python3-venv,ca-certificates"),
            '--aptopt=APT::Sandbox::User "root"',
            *(f"--dpkgopt=path-exclude=/usr/share/{room}/*" for room in ("doc", "locale", "man")),
            '--extract-hook=ln -s python3 "$1/usr/bin/python"',
            *(SUITE, packed),
            seconds=BUILD_SECONDS,
        )
        container = self.buildah("from", "scratch")
        self.buildah("add", "--quiet", container, packed, "/")
        self.buildah("commit", "--quiet", "--rm", container, f"localhost/{name}")
        packed.unlink()

    def build(self) -> None:
        """The Dockerfile as it stands, with the machine's own way to packages."""
        mounts = [word for path in (*self._pip_configuration(), _certificates()) for word in ("--volume", path)]
        self.buildah(
            *("bud", "--isolation", "chroot", "--pull-never", "--network", "host", "--format", "docker"),
            *(*mounts, "--tag", NAME, str(ROOT)),
            seconds=BUILD_SECONDS,
        )

    def _pip_configuration(self) -> Iterator[str]:
        """What pip is told on this machine, as a file; and the folders in it."""
        listed = done(sys.executable, "-m", "pip", "config", "list").splitlines()
        told = [line.partition("=") for line in listed if line.startswith(("global.", ":env:."))]
        settings = {key.rpartition(".")[2]: str(ast.literal_eval(value)) for key, _, value in told}
        written = self.folder / "pip.conf"
        written.write_text("[global]\n" + "".join(f"{key} = {value}\n" for key, value in settings.items()))
        yield f"{written}:/etc/pip.conf:ro"
        words = {Path(word.removeprefix("file://")) for value in settings.values() for word in value.split()}
        for folder in {
            word.parent if word.name == "simple" else word for word in words
        }:  # an index links beside itself
            if folder.is_absolute() and folder.is_dir():
                yield f"{folder}:{folder}:ro"

    def clean(self) -> None:
        """Leaves nothing: no container, no mount, no file."""
        self.tried("rm", "--all", "--force", "--time", "0", "--volumes")
        asked("buildah", *self._kept, "rm", "--all")
        asked("buildah", *self._kept, "rmi", "--all", "--force")
        asked("umount", self.folder / "root" / "overlay")
        shutil.rmtree(self.folder, ignore_errors=True)


def _certificates() -> str:
    """The authorities that this machine believes."""
    return "/etc/ssl/certs:/etc/ssl/certs:ro"


@contextmanager
def workshop() -> Iterator[Workshop]:
    """A place to build in, gone afterwards. Its name is short: podman takes no more than 50 characters."""
    shop = Workshop(Path(tempfile.mkdtemp(prefix="image-", dir="/var/tmp")))
    try:
        yield shop
    finally:
        shop.clean()


def restricted(empty: Path) -> list[str]:
    """How a container runs here: as the chart's pod does, and with an empty folder where shell and tools would be."""
    return [
        *("--read-only", "--read-only-tmpfs=false", "--cap-drop", "all", "--security-opt", "no-new-privileges"),
        *("--network", "none", "--memory", LIMIT, "--volume", f"{empty}:/bin:ro"),
        *("--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1000:1000"),
    ]
