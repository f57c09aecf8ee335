"""`incidentd run` as a real process, with its log in a file and its board on a port of its own."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx

from incidentd.ports import SystemClock
from incidentd.sandbox.ca import CertificateAuthority

LISTEN = "127.0.0.1:0"
PATIENCE_SECONDS = 60.0
"""Much more than anything takes: the machine may be busy with other tests."""
ENDS_SECONDS = 30.0
"""What a daemon that is told to end may take for it."""
BETWEEN_SECONDS = 0.05


def lay_out(folder: Path, **days_left: float) -> None:
    """One certificate a name (with `_` for `.`), that ends in so many days from now."""
    now = SystemClock().now()
    root = CertificateAuthority(not_before=now - timedelta(days=900), not_after=now + timedelta(days=3000))
    (folder / "certs").mkdir(exist_ok=True)
    for name, days in days_left.items():
        issued = root.issue(
            [name.replace("_", ".")], not_before=now - timedelta(days=300), not_after=now + timedelta(days=days)
        )
        (folder / "certs" / f"{name}.pem").write_bytes(issued.chain_pem)


def configure(folder: Path, **sections: Any) -> Path:
    """A configuration that looks at `certs` every second and keeps its incidents in the built-in queue."""
    config = {
        "state": {"url": f"sqlite:///{folder}/state/incidentd.db"},
        "schedule": {"sweep_every": "1s", "reconcile_every": "1s"},
        "sources": {"disk": {"kind": "files", "paths": ["certs"], "role": "served"}},
        "web": {"listen": LISTEN},
        **sections,
    }
    (folder / "config").mkdir(exist_ok=True)
    path = folder / "config" / "incidentd.yaml"
    for source in config["sources"].values():
        if "paths" in source:
            source["paths"] = [str(folder / one) for one in source["paths"]]
    path.write_text(json.dumps(config))
    path.chmod(0o600)
    return path


@dataclass
class Daemon:
    """A running one."""

    process: subprocess.Popen[bytes]
    log_path: Path

    @property
    def log(self) -> str:
        """What it said so far."""
        return self.log_path.read_text(errors="replace")

    @property
    def urls(self) -> list[str]:
        """Where it served its board, oldest first."""
        return re.findall(r'"url": "(http://[^"]+)/"', self.log)

    @property
    def url(self) -> str:
        """Where it serves its board now."""
        self.until(lambda: bool(self.urls))
        return self.urls[-1]

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> httpx.Response:
        """One answer over HTTP."""
        return httpx.get(f"{self.url}{path}", headers=dict(headers or {}), timeout=10, trust_env=False)

    def until_ready(self) -> None:
        """Until it has looked at everything once."""
        self.until(lambda: self.get("/readyz").status_code == 200)

    def until(self, so: Callable[[], bool]) -> None:
        """Waits until it is so; fails with the log when it is not, or when the process has ended."""
        clock = SystemClock()
        limit = clock.monotonic() + PATIENCE_SECONDS
        while not so():
            assert clock.monotonic() < limit, self.log
            with suppress(subprocess.TimeoutExpired):
                code = self.process.wait(BETWEEN_SECONDS)
                raise AssertionError(f"it ended with {code}:\n{self.log}")

    def tell(self, number: signal.Signals) -> None:
        """Sends a signal."""
        self.process.send_signal(number)

    def ended(self) -> int:
        """Its exit code, once told to end."""
        return self.process.wait(ENDS_SECONDS)


@contextmanager
def running(
    config: Path,
    *,
    log_path: Path | None = None,
    environment: Mapping[str, str] | None = None,
    within: tuple[str, ...] = (),
) -> Iterator[Daemon]:
    """`python -m incidentd run`; killed at the end if it still runs. `within`: by what it is run, as by `nsenter`."""
    log_path = log_path or config.parent.parent / "log"
    command = [*within, sys.executable, "-m", "incidentd", "--log-format", "json", "--config", str(config), "run"]
    with log_path.open("ab") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
    try:
        yield Daemon(process, log_path)
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
