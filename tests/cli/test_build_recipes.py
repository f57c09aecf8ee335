"""The steps for builds in the README: their lines do what they say, against a real hub and a real repository."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from incidentd.sandbox.ca import Issued
from tests.artefacts.repository import Repo, new_repository
from tests.cli.nursery import ENVIRONMENT, ROOT
from tests.cli.process import Daemon, configure, running
from tests.web.world import issue

BLOCKS = re.findall(r"```yaml\n(.*?)```", (ROOT / "README.md").read_text().split("## In a build")[1], re.DOTALL)
GITHUB, GITLAB = (yaml.safe_load(block) for block in BLOCKS[:2])
TOKEN = "correct horse battery staple"
PATIENCE_SECONDS = 60.0


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    """A daemon that knows of no release."""
    folder = tmp_path_factory.mktemp("hub")
    (folder / "certs").mkdir()
    (folder / "token").write_text(TOKEN)
    config = configure(folder, web={"listen": "127.0.0.1:0", "token_file": str(folder / "token")})
    with running(config) as daemon:
        assert daemon.url
        yield daemon


class Runner:
    """Runs the lines of a job in a repository, as a CI system does: by a shell that stops at the first failure."""

    def __init__(self, repo: Repo, folder: Path, **variables: str) -> None:
        self._repo = repo
        tools = folder / "tools"
        tools.mkdir()
        (tools / "incidentd").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m incidentd "$@"\n')
        (tools / "incidentd").chmod(0o700)
        path = f"{tools}:{ENVIRONMENT['PATH']}"
        self._environment = {**ENVIRONMENT, "PYTHONPATH": str(ROOT), **variables, "PATH": path}

    def run(self, script: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["bash", "-e", "-o", "pipefail", "-c", script],
            cwd=self._repo.folder,
            env=self._environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE_SECONDS,
        )


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    """A release that is out, and a branch that changes the certificate after it."""
    fresh = new_repository(tmp_path / "repo", {"shop.pem": renewal(10).certificate_pem})
    fresh.git("checkout", "-q", "-b", "renewal")
    fresh.commit({"shop.pem": renewal(300).certificate_pem})
    return fresh


def renewal(days: float) -> Issued:
    return issue("shop.example.test", days)


def steps(job: str) -> list[str]:
    """The scripts of a GitHub job, but for what installs."""
    return [step["run"] for step in GITHUB["jobs"][job]["steps"] if "incidentd release" in step.get("run", "")]


def script(job: str) -> str:
    """The lines of a GitLab job."""
    return "\n".join(GITLAB[job]["script"])


def test_the_steps_for_github_do_what_they_say(hub: Daemon, repo: Repo, tmp_path: Path) -> None:
    """A pull request is stopped, the release announces itself, the same pull request passes, and it ships."""
    runner = Runner(
        repo, tmp_path, HUB=hub.url, HUB_TOKEN=TOKEN, RUNNER_TEMP=str(tmp_path), BASE="base", GITHUB_REF_NAME="v1"
    )
    stopped = runner.run(steps("check")[0])
    assert (stopped.returncode, stopped.stdout.split(",")[0]) == (1, "::error file=shop.pem"), stopped.stderr
    assert TOKEN not in stopped.stdout + stopped.stderr
    assert (tmp_path / "hub_token").stat().st_mode & 0o077 == 0
    announce, ship = steps("release")
    announced = runner.run(announce)
    assert announced.stdout.startswith("Release v1 is announced: 1 certificate"), announced.stderr
    assert runner.run(steps("check")[0]).returncode == 0
    assert runner.run(ship).stdout.startswith("Release v1 is shipped")


def test_the_steps_for_gitlab_do_what_they_say(hub: Daemon, repo: Repo, tmp_path: Path) -> None:
    """The same."""
    (tmp_path / "token").write_text(TOKEN)
    variables = {"CI_MERGE_REQUEST_DIFF_BASE_SHA": repo.git("rev-parse", "base"), "CI_COMMIT_TAG": "v2"}
    runner = Runner(repo, tmp_path, HUB=hub.url, HUB_TOKEN=str(tmp_path / "token"), **variables)
    assert runner.run(script("certificates")).returncode == 1
    assert runner.run(script("announce")).stdout.startswith("Release v2 is announced: 1 certificate")
    assert runner.run(script("shipped")).stdout.startswith("Release v2 is shipped")


def test_nothing_that_an_event_says_is_written_into_a_script() -> None:
    """A branch called like a command would be one: expressions stand in `env` alone."""
    jobs: dict[str, Any] = GITHUB["jobs"]
    scripts = [step["run"] for job in jobs.values() for step in job["steps"] if "run" in step]
    assert scripts and not any("${{" in one for one in scripts)
