"""The metrics: each that the table names is there, and none grows with the fleet."""

from pathlib import Path

from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families

from incidentd.daemon.telemetry import METRICS
from tests.store.examples import intent
from tests.web.world import Lived, built, lived


async def _families(world: Lived) -> dict[str, Metric]:
    async with world.client() as client:
        answer = await client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    return {family.name: family for family in text_string_to_metric_families(answer.text)}


def _value(family: Metric, **labels: str) -> float:
    (found,) = [sample.value for sample in family.samples if labels.items() <= sample.labels.items()]
    return float(found)


async def test_every_name_of_the_table_is_served_and_no_other(tmp_path: Path) -> None:
    """Alerts rely on the table."""
    async with lived(tmp_path) as world:
        served = set(await _families(world))
    ours = {f"incidentd_{metric.name}" for metric in METRICS}
    assert ours <= served
    assert all(name.startswith("incidentd_process_") for name in served - ours)


async def test_incidents_are_counted_by_what_a_person_acts_on(tmp_path: Path) -> None:
    """State, severity and stage; the earliest end by severity."""
    async with lived(tmp_path) as world:
        families = await _families(world)
        ends = [r.not_after.timestamp() for r in world.status.records if r.not_after]
    incidents = families["incidentd_incidents"]
    assert _value(incidents, state="open", severity="warning", stage="due") == 1
    assert _value(incidents, state="open", severity="error", stage="due") == 1
    assert _value(families["incidentd_incident_earliest_expiry_timestamp_seconds"], severity="error") == min(ends)
    assert _value(families["incidentd_certificates"], stage="fine") == 1


async def test_what_the_guard_holds_is_counted(tmp_path: Path) -> None:
    """By its reason."""
    names = {f"n{number}.example.test": 60.0 for number in range(4)}
    async with lived(tmp_path, names, guard={"open_per_hour": 1}) as world:
        families = await _families(world)
    assert _value(families["incidentd_plan_held_actions"], reason="guard_open_rate") == 3
    assert _value(families["incidentd_certificates_unkept"]) == 3


async def test_a_promise_that_is_kept_counts_nothing(tmp_path: Path) -> None:
    """Each certificate inside its window has its incident; the others were not promised."""
    async with lived(tmp_path) as world:
        families = await _families(world)
    assert _value(families["incidentd_certificates_unkept"]) == 0


async def test_the_outbox_is_measured_by_tracker_and_age(tmp_path: Path) -> None:
    """What waits, what failed at its last attempt, and for how long."""
    async with lived(tmp_path) as world:
        failed = intent(created_at=world.clock.now(), error="the tracker refuses")
        world.status.outbox = (failed, intent(created_at=world.clock.now()))
        families = await _families(world)
    assert _value(families["incidentd_outbox_waiting"], tracker="local") == 2
    assert _value(families["incidentd_outbox_failing"], tracker="local") == 1
    assert 0 <= _value(families["incidentd_outbox_oldest_age_seconds"]) < 60


async def test_places_that_cannot_be_seen_are_counted_by_source(tmp_path: Path) -> None:
    """A gap is a number, not a silence."""
    sources = {"edge": {"kind": "tls", "targets": ["127.0.0.1:1"]}}
    async with lived(tmp_path, {}, sources=sources) as world:
        families = await _families(world)
    assert _value(families["incidentd_places_unseen"], source="edge") == 1
    assert _value(families["incidentd_sweep_complete"], source="edge") == 0
    assert _value(families["incidentd_source_failing"], source="edge") == 0


async def test_no_label_names_a_certificate(tmp_path: Path) -> None:
    """A fleet of ten has as many series as a fleet of three."""
    few, many = tmp_path / "few", tmp_path / "many"
    few.mkdir()
    many.mkdir()
    counts = []
    for folder, size in ((few, 3), (many, 10)):
        async with lived(folder, {f"n{number}.example.test": 60.0 for number in range(size)}) as world:
            families = await _families(world)
        counts.append(sum(len(family.samples) for family in families.values()))
        assert not any("example.test" in str(sample) for f in families.values() for sample in f.samples)
    assert counts[0] == counts[1]


async def test_before_the_first_look_nothing_is_claimed(tmp_path: Path) -> None:
    """What is not known yet has no series; whether it is ready has one."""
    async with built(tmp_path) as world:
        families = await _families(world)
    assert _value(families["incidentd_ready"]) == 0
    assert families["incidentd_certificates"].samples == []
    assert families["incidentd_clock_distrusted"].samples == []
