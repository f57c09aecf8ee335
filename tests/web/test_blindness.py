"""What incidentd is blind to is shown, and never counted among the certificates' incidents."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from incidentd.model.incident import IncidentState
from tests.web.test_api import checked_json
from tests.web.world import Lived, lived

GONE = {
    "disk": {"kind": "files", "paths": ["certs"], "role": "served", "labels": {"env": "prod"}},
    "gone": {"kind": "files", "paths": ["nowhere/*.pem"]},
}
TOLD = {"sources": GONE, "trackers": {"queue": {"kind": "local"}}, "self_tracker": "queue"}


async def _samples(world: Lived) -> dict[str, dict[tuple[str, ...], float]]:
    families = text_string_to_metric_families(await world.text("/metrics"))
    return {
        family.name: {tuple(sample.labels.values()): sample.value for sample in family.samples} for family in families
    }


async def test_the_board_names_each_cause_and_its_ticket(tmp_path: Path) -> None:
    """Beside the incidents, not among them; on the health page too."""
    async with lived(tmp_path, {"api.example.test": 60.0}, **TOLD) as world:
        board, health = await world.text("/"), await world.text("/health")
    assert "<h1>1 open incident</h1>" in board
    for page in (board, health):
        assert "incidentd cannot look at source gone since" in page
        assert "LOCAL-2" in page
    assert "none is configured (heartbeat.url)" in health


async def test_a_cause_that_no_tracker_is_told_of_is_shown_as_such(tmp_path: Path) -> None:
    """By default all is said here only."""
    async with lived(tmp_path, {"api.example.test": 60.0}, sources=GONE) as world:
        board = await world.text("/")
        ready = await world.text("/readyz")
    assert "No tracker is told of it." in board
    assert "warning: source gone fails" in ready


async def test_the_documents_hold_them_apart(tmp_path: Path) -> None:
    """Each as its description says."""
    async with lived(tmp_path, {"api.example.test": 60.0}, **TOLD) as world:
        incidents = await checked_json(world, "incidents")
        health = await checked_json(world, "health")
        plan = await checked_json(world, "plan")
    (told,) = incidents["self_incidents"]
    assert (told["key"], told["cause"]) == ("incidentd:default:self:source:gone", "source:gone")
    assert (told["state"], told["ticket"], told["severity"]) == ("open", "LOCAL-2", "warning")
    assert [row["name"] for row in incidents["incidents"]] == ["api.example.test"]
    assert [(cause["cause"], cause["severity"]) for cause in health["blind_to"]] == [("source:gone", "warning")]
    assert health["heartbeat"] == {"heard_at": None, "silent": "", "problem": ""}
    assert [(action["cause"], action["action"], action["held"]) for action in plan["self"]] == [
        ("source:gone", "open", None)
    ]
    assert plan["hold"] == []


async def test_the_metrics_count_them_apart(tmp_path: Path) -> None:
    """By kind of cause; alerts need not tell 0 from nothing."""
    async with lived(tmp_path, {"api.example.test": 60.0}, **TOLD) as world:
        samples = await _samples(world)
        (row,) = [record for record in world.status.records if not record.of_certificate]
    assert samples["incidentd_blindness_causes"][("source",)] == 1
    assert samples["incidentd_blindness_causes"][("outbox",)] == 0
    assert samples["incidentd_self_incidents"] == {("source", "open"): 1}
    assert sum(samples["incidentd_incidents"].values()) == 1
    assert samples["incidentd_places_blind"] == {(): 0}
    assert samples["incidentd_heartbeat_failing"] == {}
    assert row.state is IncidentState.OPEN


async def test_a_silent_heartbeat_says_why(tmp_path: Path) -> None:
    """On the health page, in its document and as a metric."""
    sections: dict[str, Any] = {**TOLD, "heartbeat": {"url": "http://127.0.0.1:9/t0ken"}}
    async with lived(tmp_path, {}, **sections) as world:
        health = await world.text("/health")
        document = await checked_json(world, "health")
        samples = await _samples(world)
    assert "not heard yet; silent: source:gone" in health
    assert document["heartbeat"]["silent"] == "source:gone"
    assert samples["incidentd_heartbeat_silent"] == {(): 1}
    assert "t0ken" not in health
