"""A ConfigMap and a Secret in a pod's volumes change under a running daemon, the way that the kubelet changes them."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path
from typing import Any

from tests.cli.process import lay_out, running
from tests.config.mounted import mount


def _config(folder: Path, **sources: Any) -> dict[str, str]:
    """The ConfigMap."""
    config = {
        "state": {"url": f"sqlite:///{folder}/state/incidentd.db"},
        "schedule": {"sweep_every": "1s", "reconcile_every": "1s"},
        "sources": {"disk": {"kind": "files", "paths": [f"{folder}/certs"], "role": "served"}, **sources},
        "web": {"listen": "127.0.0.1:0"},
    }
    return {"incidentd.yaml": json.dumps(config)}


def test_both_take_over_by_themselves_and_a_mistake_stops_nothing(tmp_path: Path) -> None:
    """A new source is swept, a wrong one refused while the one before goes on, a rotated secret read again."""
    lay_out(tmp_path, due_example_test=60)
    volume, secrets = tmp_path / "volumes" / "config", tmp_path / "volumes" / "secrets"
    mount(volume, _config(tmp_path))
    mount(secrets, {"mode": "act"})
    given = {**os.environ, "INCIDENTD_SECRETS_DIR": str(secrets)}
    with running(volume / "incidentd.yaml", log_path=tmp_path / "log", environment=given) as daemon:
        daemon.until_ready()
        mount(volume, _config(tmp_path, more={"kind": "files", "paths": [str(tmp_path)]}), "..two")
        daemon.until(lambda: "more" in [one["source"] for one in daemon.get("/api/v1/health").json()["sources"]])
        mount(volume, _config(tmp_path, wrong={"kind": "file"}), "..three")
        daemon.until(lambda: "is refused" in daemon.get("/readyz").text)
        assert daemon.get("/readyz").status_code == 200
        assert "due.example.test" in daemon.get("/").text
        mount(volume, _config(tmp_path), "..four")
        daemon.until(lambda: "incidentd_config_reload_refused 0.0" in daemon.get("/metrics").text)
        mount(secrets, {"mode": "observe"}, "..two")
        daemon.until(lambda: "incidentd_observe_mode 1.0" in daemon.get("/metrics").text)
        daemon.tell(signal.SIGTERM)
        assert daemon.ended() == 0
