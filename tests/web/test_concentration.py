"""The concentrations as the daemon shows them: page, API and metrics; looked for only when somebody asks."""

from pathlib import Path
from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from incidentd.planning.concentrating import concentration_document
from tests.web.partitioned import lay_out_regions
from tests.web.test_api import checked_json
from tests.web.test_board import _flat
from tests.web.test_hostile_names import ATTRIBUTES, ELEMENTS, Parts
from tests.web.world import Lived, issue, lived

HOSTILE = "<img src=x onerror=alert(1)>\x1b[31m\u202e"


def _everywhere(folder: Path, service: str = "shop") -> dict[str, Any]:
    """One certificate in two regions, and two others that end on one day; all of one issuer."""
    one = issue("api.example.test", 200)
    others = [issue(f"{name}.example.test", 300) for name in ("a", "b")]
    shown = [(service, "eu", one), (service, "us", one), ("post", "eu", others[0]), ("post", "us", others[1])]
    return lay_out_regions(folder, shown)


async def _metric(world: Lived, name: str) -> dict[tuple[str, ...], float]:
    async with world.client() as client:
        text = (await client.get("/metrics")).text
    family = next(one for one in text_string_to_metric_families(text) if one.name == f"incidentd_{name}")
    return {tuple(sample.labels.values()): float(sample.value) for sample in family.samples}


async def test_the_page_tells_each_with_what_pulls_it_apart(tmp_path: Path) -> None:
    """What fails together, the id that a waiver needs, and dates."""
    async with lived(tmp_path, {}, sources=_everywhere(tmp_path)) as world:
        page = await world.text("/concentration")
        document = await checked_json(world, "concentration")
    text = _flat(page)
    assert "3 concentrations" in text
    assert "post in eu, us: 2 certificates end" in text
    assert "api.example.test: 1 certificate at 2 endpoints in eu, us" in text
    assert all(row["id"] in text for row in document["findings"])
    assert "Renew on" in text
    assert 'aria-current="page">Concentration<' in page


async def test_the_document_is_that_of_the_command(tmp_path: Path) -> None:
    """As its description says."""
    async with lived(tmp_path, {}, sources=_everywhere(tmp_path)) as world:
        document = await checked_json(world, "concentration")
        review = world.installation.reviews.last
    assert review is not None
    assert document == concentration_document(review)
    assert [row["kind"] for row in document["findings"]] == ["same_window", "same_certificate", "shared_issuer"]


async def test_a_waiver_stands_beside_what_it_accepts(tmp_path: Path) -> None:
    """On the page, in the document, in the metrics; one that names nothing is told everywhere, too."""
    sources = _everywhere(tmp_path)
    async with lived(tmp_path, {}, sources=sources) as world:
        ids = [row["id"] for row in (await checked_json(world, "concentration"))["findings"]]
    waiver = {"until": "2027-01-31", "owner": "edge", "reason": "split in May"}
    waivers = [{"id": id, **waiver} for id in (ids[0], "same_key-0123456789ab")]
    async with lived(tmp_path, {}, sources=sources, policy={"waivers": waivers}) as world:
        text = _flat(await world.text("/concentration"))
        rows = (await checked_json(world, "concentration"))["findings"]
        counts = await _metric(world, "concentrations")
        next_window = await _metric(world, "concentration_next_window_timestamp_seconds")
        unknown = await _metric(world, "concentration_waivers_unknown")
    assert "Accepted until 2027-01-31 00:00 UTC by edge (split in May)." in text
    assert "the waiver same_key-0123456789ab names no concentration" in text
    assert "Renew on" not in text
    assert [row["accepted"] for row in rows] == [True, False, False]
    assert counts[("same_window", "accepted")] == counts[("same_certificate", "open")] == 1
    assert counts[("same_window", "open")] == 0
    assert (next_window, unknown) == ({}, {(): 1.0})


async def test_the_metrics_count_by_kind_alone(tmp_path: Path) -> None:
    """No label holds a service, a region or a name; and when the next of them ends."""
    async with lived(tmp_path, {}, sources=_everywhere(tmp_path, HOSTILE)) as world:
        counts = await _metric(world, "concentrations")
        next_window = await _metric(world, "concentration_next_window_timestamp_seconds")
        decision = world.status.decision
    assert decision is not None
    assert sum(counts.values()) == 3
    assert len(counts) == 14
    assert (
        next_window[()]
        == max(one.not_after for one in decision.inventory.certificates.values() if not one.is_ca).timestamp()
    )


async def test_nothing_is_looked_for_in_a_pass_and_nothing_twice(tmp_path: Path) -> None:
    """A pass that changed nothing leaves the last review as it is, and so does whoever asks after it."""
    async with lived(tmp_path, {}, sources=_everywhere(tmp_path)) as world:
        assert world.installation.reviews.last is None
        await world.text("/concentration")
        first = world.installation.reviews.last
        await world.goes_round()
        await world.text("/concentration")
        await _metric(world, "concentrations")
        assert world.installation.reviews.last is first


async def test_hostile_labels_are_inert_on_the_page(tmp_path: Path) -> None:
    """Only our own elements, attributes and addresses, and no character that cannot be seen."""
    async with lived(tmp_path, {}, sources=_everywhere(tmp_path, HOSTILE)) as world:
        page = await world.text("/concentration")
    parts = Parts(page)
    assert parts.elements <= ELEMENTS
    assert parts.attributes <= ATTRIBUTES
    assert "\x1b" not in page
    assert "\u202e" not in page
    assert "<img src=x onerror=alert(1)>\\x1b[31m\\u202e" in parts.text
