"""`promise`: the register on a terminal and as a document, and the exit code that says whether it is kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.site import Site, told


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """Files, and the built-in queue."""
    (tmp_path / "pki").mkdir()
    site = Site(tmp_path, {})
    site.configure(
        state={"url": f"sqlite:///{tmp_path}/incidentd.db"},
        sources={"pki": {"kind": "files", "labels": {"env": "prod"}, "paths": ["pki"]}},
    )
    return site


def test_each_stands_there_with_its_incident_or_its_exemption(site: Site) -> None:
    """Exit 0 while each has one of both; nothing of what has time left."""
    due = site.certificate("api.pem", 30)
    exempt = site.certificate("moved.pem", 40, "moved.example.test")
    site.certificate("fine.pem", 300, "fine.example.test")
    listed = {"fingerprint": exempt.fingerprint, "until": "2999-01-01", "reason": "it moves", "owner": "alice"}
    site.configure(policy={"exemptions": [listed]})
    told(site, "run", "--once")
    said = told(site, "promise", "--json")
    document = said.document
    assert (said.code, document["schema_version"]) == (0, 1)
    first, second = document["certificates"]
    assert (first["fingerprint"], first["name"]) == (due.fingerprint, "api.example.test")
    assert (first["incident"]["state"], first["incident"]["ticket"], first["exemption"]) == ("open", "LOCAL-1", None)
    assert (second["incident"], second["exemption"]["proof"]) == (None, "alice: it moves")
    assert set(first) >= {"fingerprint", "name", "not_after", "incident", "exemption"}
    table = told(site, "promise")
    assert table.code == 0 and "pki: last swept" in table.err
    assert "open, warning, local LOCAL-1" in table.out and "alice: it moves; until 2999-01-01" in table.out


def test_one_with_neither_is_exit_1(site: Site) -> None:
    """As where nothing may be written to a tracker; the document is printed all the same."""
    site.configure(mode="observe")
    site.certificate("api.pem", 30)
    told(site, "run", "--once")
    said = told(site, "promise", "--json")
    assert (said.code, said.document["certificates"][0]["kept"]) == (1, False)
    table = told(site, "promise")
    assert table.code == 1 and "NONE" in table.out
    assert "1 certificate with neither incident nor exemption" in table.err


def test_an_empty_state_says_so(site: Site) -> None:
    """It is no proof that all is well."""
    said = told(site, "promise")
    assert (said.code, said.out) == (0, "No certificates inside their window.\n")
    assert "nothing was swept yet" in said.err
