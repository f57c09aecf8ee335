"""A site as a user has it: a configuration on disk, certificates in files, a PagerDuty and a Jira of their own process.

Commands are processes of their own too: what is judged is what they print, where they print it, and their exit code.
"""

from __future__ import annotations

import io
import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from incidentd.cli.main import run
from incidentd.sandbox.ca import CertificateAuthority, Issued
from tests.cli.nursery import ENVIRONMENT, PATIENCE_SECONDS, ROOT, run_command

KINDS = ("pagerduty", "jira")


@dataclass(frozen=True, slots=True)
class Said:
    """What a command came to."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """What it printed, as JSON."""
        return json.loads(self.out)


@dataclass
class Site:
    """One folder with everything in it."""

    folder: Path
    trackers: Mapping[str, Any]
    """What the sandbox said of itself."""
    kind: str = "pagerduty"
    config: dict[str, Any] = field(default_factory=dict)
    authority: CertificateAuthority = field(default_factory=lambda: _authority())
    environment: dict[str, str] = field(default_factory=lambda: dict(ENVIRONMENT))
    """What the commands find in theirs."""
    within: tuple[str, ...] = ()
    """What the commands are run by, as `nsenter` is."""

    @property
    def path(self) -> Path:
        """The configuration."""
        return self.folder / "incidentd.yaml"

    @property
    def state(self) -> Path:
        """The database."""
        return self.folder / "state" / "incidentd.db"

    def configure(self, **sections: Any) -> None:
        """Changes whole sections of the configuration; None takes one out."""
        self.config = {name: value for name, value in {**self.config, **sections}.items() if value is not None}
        self.path.write_text(json.dumps(self.config))  # JSON is YAML
        self.path.chmod(0o600)

    def certificate(self, file: str, days: float, name: str = "api.example.test") -> Issued:
        """A certificate with so many days left, in a file of the store."""
        issued = self.issue(days, name)
        path = self.folder / "pki" / file
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(issued.certificate_pem)
        return issued

    def issue(self, days: float, name: str) -> Issued:
        """A certificate with so many days left."""
        now = datetime.now(UTC)  # noqa: TID251 - the commands are real processes, on the real clock
        begins = now - timedelta(days=300)
        return self.authority.issue([name], not_before=begins, not_after=now + timedelta(days=days))

    def command(self, *arguments: str) -> list[str]:
        """The command line."""
        return [*self.within, sys.executable, "-m", "incidentd", "--config", str(self.path), *arguments]

    def run(self, *arguments: str) -> Said:
        """One command, to its end."""
        done = self._done(*arguments)
        said = Said(done.returncode, done.stdout.decode(), done.stderr.decode())
        assert "Traceback" not in said.err, said.err
        return said

    def _done(self, *arguments: str) -> subprocess.CompletedProcess[bytes]:
        if not self.within and self.environment == ENVIRONMENT:
            return run_command("--config", str(self.path), *arguments)
        command = self.command(*arguments)
        return subprocess.run(
            command, cwd=ROOT, env=self.environment, capture_output=True, check=False, timeout=PATIENCE_SECONDS
        )

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """One command that goes on by itself."""
        return subprocess.Popen(
            self.command(*arguments),
            cwd=ROOT,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def tracker(self, kind: str, **more: object) -> dict[str, Any]:
        """The configuration of the sandbox's own PagerDuty or Jira."""
        lag = {"index_lag": "0s"} if kind == "jira" else {}
        return {"kind": kind, **self.trackers[kind], **lag, **more}

    def asked(self, kind: str, what: str, order: object = None) -> Any:
        """The sandbox's control interface: `state`, `journal`; with an order, `faults`, `switches`, `actions`."""
        address = self.trackers[kind].get("api_url") or self.trackers[kind]["base_url"]
        body = None if order is None else json.dumps(order).encode()
        request = urllib.request.Request(f"{address}/__sandbox__/{what}", body)  # noqa: S310 - our own, on loopback
        with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as answer:  # noqa: S310 - the same
            text = answer.read()
        return json.loads(text) if text else None

    def reset(self, kind: str) -> None:
        """That tracker as on its first day."""
        self.asked(kind, "reset", {})

    def tickets(self, issued: Issued, kind: str = "") -> list[Any]:
        """Every ticket that stands for a certificate, open or not."""
        kind = kind or self.kind
        return tickets_in(self.asked(kind, "state"), kind, issued)

    def open_tickets(self, issued: Issued, kind: str = "") -> list[Any]:
        """Those that are open, as the vendor sees it."""
        kind = kind or self.kind
        return [one for one in self.tickets(issued, kind) if is_open(one, kind)]


def tickets_in(state: Any, kind: str, issued: Issued) -> list[Any]:
    """Of a tracker's whole state, every ticket that stands for a certificate, open or not."""
    if kind == "pagerduty":
        key = f"incidentd:default:{issued.fingerprint}"
        return [one for one in state["incidents"] if any(alert["alert_key"] == key for alert in one["alerts"])]
    marker = f"incidentd-default-{issued.fingerprint[:40]}"
    return [one for one in state["issues"] if marker in one["fields"]["labels"]]


def is_open(ticket: Any, kind: str) -> bool:
    """As the vendor sees it."""
    if kind == "pagerduty":
        return bool(ticket["status"] != "resolved")
    return bool(ticket["fields"]["status"]["statusCategory"]["key"] != "done")


def _authority() -> CertificateAuthority:
    now = datetime.now(UTC)  # noqa: TID251 - the commands are real processes, on the real clock
    return CertificateAuthority(not_before=now - timedelta(days=4000), not_after=now + timedelta(days=4000))


def told(site: Site, *arguments: str) -> Said:
    """One command in this process."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = run(["--config", str(site.path), *arguments])
    assert "Traceback" not in err.getvalue()
    return Said(code, out.getvalue(), err.getvalue())


@contextmanager
def sandbox(*arguments: str) -> Iterator[Mapping[str, Any]]:
    """`python -m incidentd.sandbox`, and what it says of itself."""
    command = [sys.executable, "-m", "incidentd.sandbox", *arguments]
    with subprocess.Popen(command, cwd=ROOT, env=ENVIRONMENT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield json.loads(process.stdout.readline())
        finally:
            process.terminate()


def new_site(folder: Path, trackers: Mapping[str, Any], kind: str = "pagerduty") -> Site:
    """A site with one store of files and one tracker, and no certificate yet."""
    (folder / "pki").mkdir(parents=True)
    site = Site(folder, trackers)
    site.configure(
        state={"url": f"sqlite:///{folder}/state/incidentd.db"},
        sources={"pki": {"kind": "files", "labels": {"env": "prod"}, "paths": ["pki"]}},
        trackers={"queue": site.tracker(kind)},
        policy={"close_after": {"observations": 1, "apart": "0s"}},
    )
    return site
