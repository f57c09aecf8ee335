"""A real git repository in a folder of the test, and what a person does in it."""

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from incidentd.artefacts.caps import Caps
from incidentd.artefacts.scan import Build, scan
from incidentd.artefacts.scanned import Scanned

ENVIRONMENT = {
    "PATH": os.environ["PATH"],
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    **{f"GIT_{who}_{what}": "test" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
}


@dataclass(frozen=True)
class Repo:
    """A repository, and what a person does in it."""

    folder: Path

    def git(self, *arguments: str, said: str = "") -> str:
        """What git answers; `said`: what it reads."""
        done = subprocess.run(
            ["git", *arguments],
            cwd=self.folder,
            env=ENVIRONMENT,
            check=True,
            capture_output=True,
            text=True,
            input=said,
        )
        return done.stdout.strip()

    def commit(self, files: Mapping[str, bytes | None]) -> str:
        """These files written, or removed where there is None; the commit."""
        for name, content in files.items():
            path = self.folder / name
            if content is None:
                path.unlink()
            else:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", "work")
        return self.git("rev-parse", "HEAD")

    def scan(self, commits: str, *artefacts: str, caps: Caps | None = None) -> Scanned:
        build = Build(artefacts, commits, repository=str(self.folder))
        return scan(build, caps) if caps else scan(build)


def new_repository(folder: Path, files: Mapping[str, bytes]) -> Repo:
    """One commit with these files, tagged `base`."""
    fresh = Repo(folder)
    fresh.folder.mkdir()
    fresh.git("init", "-q", "-b", "main")
    fresh.commit(files)
    fresh.git("tag", "base")
    return fresh
