"""`release` and `releases` on a terminal: what a build says, and what it is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.site import Site, told

NAME = "api.example.test"


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """One incident in the built-in queue, and its renewal in a file of a build."""
    fresh = Site(tmp_path, {})
    fresh.configure(
        state={"url": f"sqlite:///{fresh.folder}/state/incidentd.db"},
        sources={"pki": {"kind": "files", "labels": {"env": "prod"}, "paths": ["pki"]}},
        trackers={"queue": {"kind": "local"}},
    )
    fresh.certificate("api.pem", 50, NAME)
    (fresh.folder / "build.pem").write_bytes(fresh.issue(400, NAME).certificate_pem)
    assert told(fresh, "run", "--once").code == 0
    return fresh


def test_the_life_of_a_release(site: Site) -> None:
    """Announced, shown, late in the incident, shipped, given up."""
    assert told(site, "releases").out == "No releases.\n"
    announce = ("release", "announce", "--id", "R", "--by", "ci")
    artifact = ("--artifact", str(site.folder / "build.pem"), "--planned-at", "2100-01-01", "--ticket", "OPS-7")
    first = told(site, *announce, *artifact, "--service", "storage", "--url", "https://ci.example.net/1")
    assert (first.code, first.err) == (0, "")
    lines = first.out.splitlines()
    assert lines[0] == "Release R is announced: 1 certificate added, changed or removed; planned 2100-01-01 00:00 UTC."
    assert lines[1].startswith(f"It renews {NAME}, which expires ") and "AFTER expiry" in lines[1]
    assert "no build is named" in told(site, *announce, "--url", "https://ci.example.net/2").err
    assert told(site, "run", "--once").code == 0
    (row,) = told(site, "incidents", "--json").document["incidents"]
    assert (row["stage"], row["severity"], row["release"]["id"]) == ("release_late", "error", "R")
    assert "in release R, announced" in told(site, "explain", NAME).out
    assert "release_late" in told(site, "list").out
    shown = told(site, "releases").out
    assert all(
        word in shown for word in ("R", "storage", "announced", "2100-01-01 00:00 UTC", "OPS-7", NAME, "too late")
    )
    document = told(site, "release", "shipped", "--id", "R", "--json").document
    assert (document["schema_version"], document["state"], len(document["renews"])) == (1, "shipped", 1)
    gone = told(site, "release", "abandoned", "--id", "R").out
    assert gone.endswith("; planned 2100-01-01 00:00 UTC.\nIt carries nothing any more.\n")
    (last,) = told(site, "releases", "--json").document["releases"]
    assert (last["state"], last["renews"]) == ("abandoned", [])


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("shipped", "--id", "R"), 1, "nobody announced it"),
        (("abandoned", "--id", "R"), 1, "nobody announced it"),
        (("shipped", "--id", "a b"), 2, "no id"),
        (("announce", "--id", "R", "--planned-at", "soon"), 2, "a planned time is a day"),
        (("announce", "--id", "R", "--ticket", "a b"), 2, "no ticket"),
        (("announce", "--id", "R", "--artifact", "never.pem"), 2, "there is no such file"),
    ],
)
def test_what_cannot_be_meant_so_changes_nothing(site: Site, arguments: tuple[str, ...], code: int, words: str) -> None:
    """In words, with the exit code that other commands have."""
    said = told(site, "release", *arguments)
    assert (said.code, words in said.err) == (code, True), said.err
    assert told(site, "releases").out == "No releases.\n"


def test_what_of_a_file_cannot_be_read_is_said(site: Site) -> None:
    """The rest is carried."""
    (site.folder / "torn.pem").write_bytes((site.folder / "build.pem").read_bytes()[:-60])
    said = told(site, "release", "announce", "--id", "R", "--artifact", str(site.folder / "torn.pem"))
    assert said.code == 0 and "0 certificates added, changed or removed" in said.out and "Not readable: " in said.out
