"""Whose an incident is, and where it is paged: on the board, on its own page, as a document and as a metric."""

from pathlib import Path

from tests.web.world import lived

TWO = {"queue": {"kind": "local"}, "oncall": {"kind": "local"}}
ROUTES = [{"tracker": "queue", "page": {"tracker": "oncall", "from": "error"}}]


async def test_owner_and_page_stand_wherever_a_person_looks(tmp_path: Path) -> None:
    """With the rule that won; what nobody owns is counted."""
    (tmp_path / "OWNERS").write_text("pay.example.test payments\n")
    names = {"pay.example.test": 10.0, "api.example.test": 60.0}
    async with lived(tmp_path, names, trackers=TWO, routes=ROUTES, owners={"file": "OWNERS"}) as world:
        board, metrics = await world.text("/"), await world.text("/metrics")
        row = next(one for one in world.status.records if one.of_certificate and one.name == "pay.example.test")
        page = await world.text(f"/c/{row.fingerprint}")
        async with world.client() as client:
            document = (await client.get("/api/v1/incidents")).json()
    assert "Owner: payments (rule pay.example.test in OWNERS, line 1)" in board
    assert "Owner: unowned (no label owner= or team= at its places, and no rule in OWNERS matches)" in board
    assert board.count("paged: ") == 1
    assert "rule pay.example.test in OWNERS, line 1" in page
    assert "page: from error on, beside the ticket" in page
    assert "incidentd_incidents_unowned 1.0" in metrics
    assert 'incidentd_pages{state="open",tracker="oncall"} 1.0' in metrics
    assert sorted(one["page"]["state"] if one["page"] else "" for one in document["incidents"]) == ["", "open"]
