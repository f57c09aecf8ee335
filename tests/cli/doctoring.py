"""What the tests of `doctor` share: a set-up as it should be, and the command in process, its document by id."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from incidentd.cli.main import run
from incidentd.store import opening


@dataclass
class SetUp:
    """One folder with a configuration, a database, a certificate file and a secret in it."""

    folder: Path
    capsys: pytest.CaptureFixture[str]
    config: dict[str, Any] = field(default_factory=dict)

    @property
    def path(self) -> Path:
        """The configuration."""
        return self.folder / "incidentd.yaml"

    def configure(self, **sections: Any) -> None:
        """Changes whole sections; None takes one out."""
        self.config = {name: value for name, value in {**self.config, **sections}.items() if value is not None}
        self.path.write_text(json.dumps(self.config))  # JSON is YAML
        self.path.chmod(0o600)

    def doctor(self, *arguments: str) -> tuple[int, str]:
        """Exit code and output. Nobody sees a traceback, and nothing is said aside."""
        code = run(["--config", str(self.path), "doctor", *arguments])
        said = self.capsys.readouterr()
        assert "Traceback" not in said.err
        return code, said.out

    def checks(self, *arguments: str) -> tuple[int, list[Mapping[str, str]]]:
        """Exit code and checks of the document; all that is wrong has a fix, and the code says whether any is."""
        code, out = self.doctor("--json", *arguments)
        document = json.loads(out)
        found: list[Mapping[str, str]] = document["checks"]
        assert document["schema_version"] == 1
        assert all(check["fix"] for check in found if check["verdict"] != "ok")
        assert code == int(any(check["verdict"] == "problem" for check in found))
        assert document["problems"] == sum(check["verdict"] == "problem" for check in found)
        return code, found

    def wrong(self, *arguments: str) -> dict[str, tuple[str, str]]:
        """By id, verdict and text of all that is not ok."""
        _, found = self.checks(*arguments)
        return {one["id"]: (one["verdict"], one["text"]) for one in found if one["verdict"] != "ok"}


def set_up(folder: Path, capsys: pytest.CaptureFixture[str]) -> SetUp:
    """With nothing to mend in it."""
    (folder / "certs").mkdir()
    (folder / "certs" / "a.pem").write_text("-----BEGIN CERTIFICATE-----\n")
    made = SetUp(folder, capsys)
    state = folder / "state"
    state.mkdir(mode=0o700)
    made.configure(
        state={"url": f"sqlite:///{state}/incidentd.db"},
        sources={"disk": {"kind": "files", "paths": ["certs"], "labels": {"env": "prod"}}},
        trackers={"queue": {"kind": "local"}},
        self_tracker="queue",
        heartbeat={"url": "https://beat.example.test/canary-path"},
    )
    opening.open_store(f"sqlite:///{state}/incidentd.db").close()
    return made


def secret(folder: Path, name: str, text: str) -> str:
    """A file with a secret, private; its path."""
    path = folder / name
    path.write_text(text)
    path.chmod(0o600)
    return str(path)
