"""`plan` and `approve`: what a pass would do, said and not done; and what the guard holds, let through."""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml

from tests.cli.site import Site, told

ITEM = {"key", "fingerprint", "name", "not_after", "severity", "stage", "tracker", "ticket", "reasons", "text"}
JSON = pytest.mark.parametrize("form", [["--json"], ["-o", "json"]], ids=["--json", "-o json"])


def traces(folder: Path) -> dict[str, tuple[int, str]]:
    """Every file below a folder, with when it was changed and what it holds."""
    return {
        str(path): (path.stat().st_mtime_ns, hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "")
        for path in [folder, *folder.rglob("*")]
    }


@JSON
def test_the_document_has_every_key_of_the_contract(either: Site, form: list[str]) -> None:
    """One to open, nothing else."""
    due = either.certificate("api.pem", 30)
    said = either.run("plan", *form)
    assert (said.code, said.err) == (0, "")
    plan = said.document
    beside = {"pages", "moves", "releases"}
    assert set(plan) == {"schema_version", "hash", "open", "update", "close", "hold", "leave", "self"} | beside
    assert [plan[each] for each in beside] == [[], [], []]
    assert (plan["schema_version"], plan["update"], plan["close"], plan["hold"], plan["leave"]) == (1, [], [], [], 0)
    (item,) = plan["open"]
    assert set(item) >= ITEM
    assert item["key"] == f"incidentd:default:{due.fingerprint}"
    assert (item["fingerprint"], item["name"]) == (due.fingerprint, "api.example.test")
    assert (item["severity"], item["stage"], item["tracker"], item["ticket"]) == ("warning", "due", "queue", None)
    assert item["reasons"] == ["threshold_passed"]
    assert item["not_after"].endswith("Z")


def test_it_leaves_no_trace(either: Site) -> None:
    """No file where there was none; not a byte and no time of change where there was one; no write to the tracker."""
    either.certificate("api.pem", 30)
    before = traces(either.folder)
    assert either.run("plan").code == 0
    assert traces(either.folder) == before
    either.run("run", "--once")
    either.certificate("other.pem", 20, "other.example.test")
    before, calls = traces(either.folder), either.asked(either.kind, "state")
    for arguments in (["plan"], ["plan", "--cached"], ["list"], ["incidents"], ["explain", "api.example.test"]):
        either.run(*arguments)
    assert traces(either.folder) == before
    assert either.asked(either.kind, "state") == calls


def test_the_exit_code_in_detail(site: Site) -> None:
    """0 for nothing to do, 2 for something, 1 where not everything could be looked at; without it 0 for both."""
    assert site.run("plan", "--detailed-exitcode").code == 0
    site.certificate("api.pem", 30)
    assert site.run("plan", "--detailed-exitcode").code == 2
    assert site.run("plan").code == 0
    site.run("run", "--once")
    assert site.run("plan", "--detailed-exitcode").code == 0
    site.asked(site.kind, "switches", {"down": True})
    blind = site.run("plan", "--detailed-exitcode")
    assert blind.code == 1
    assert blind.err.count("tracker queue cannot be read") == 1


def test_a_cached_plan_tells_its_age_and_looks_at_nothing(site: Site) -> None:
    """What lies in the store since then is not in it."""
    assert "nothing was swept yet" in site.run("plan", "--cached").err
    site.certificate("api.pem", 30)
    site.run("run", "--once")
    site.certificate("new.pem", 20, "new.example.test")
    said = site.run("plan", "--cached", "--json")
    assert re.search(r"pki: last swept \d+ s ago", said.err)
    assert (said.document["open"], said.document["leave"]) == ([], 1)
    assert len(site.run("plan", "--json").document["open"]) == 1


def test_what_the_guard_holds_is_approved_by_its_hash(either: Site) -> None:
    """Held and said, no error; a wrong hash lets nothing through; the right one does, once, in the next pass."""
    either.configure(guard={"open_per_hour": 1})
    issued = [either.certificate(f"{n}.pem", 30 + n, f"n{n}.example.test") for n in range(3)]
    held = either.run("plan", "--json").document
    assert [len(held["open"]), len(held["hold"])] == [1, 2]
    assert set(held["hold"][0]) >= ITEM
    assert held["hold"][0]["reasons"][0] == "guard_open_rate"
    passed = either.run("run", "--once")
    assert passed.code == 0
    assert f"incidentd approve {held['hash']}" in passed.err
    assert either.run("approve", "0" * 16).code == 1
    assert sum(len(either.open_tickets(one)) for one in issued) == 1
    approved = either.run("approve", held["hash"])
    assert (approved.code, approved.out) == (0, "Approved: 2 incidents. The next pass lets them through.\n")
    assert either.run("run", "--once").code == 0
    assert [len(either.open_tickets(one)) for one in issued] == [1, 1, 1]
    assert either.run("approve", held["hash"]).code == 1


def test_a_source_that_fails_is_said(site: Site) -> None:
    """With the plan, and the exit code tells that it was made without it."""
    targets = {"kind": "tls", "targets_file": "nowhere.txt"}
    site.configure(sources={**site.config["sources"], "edge": targets})
    said = site.run("plan", "--detailed-exitcode")
    assert said.code == 1
    assert said.err.count("source edge failed") == 1
    assert site.run("plan").code == 0, "only --detailed-exitcode asks for more than that a plan was made"


def test_a_plan_with_many_short_lived_certificates_says_how_to_let_them_off(site: Site) -> None:
    """On stderr; and the two lines that it says do it."""
    now = datetime.now(UTC)  # noqa: TID251 - the commands are real processes, on the real clock
    for number in range(5):
        issued = site.authority.issue(
            [f"h{number}.example.test"], not_before=now - timedelta(days=1), not_after=now + timedelta(days=80)
        )
        (site.folder / "pki" / f"{number}.pem").write_bytes(issued.certificate_pem)
    said = told(site, "plan")
    _, section, line = said.err.splitlines()
    assert said.err.startswith("incidentd: 5 new incidents are for certificates that live for less than 184 days.")
    lines = yaml.safe_load(f"{section}\n{line}")
    site.configure(**lines)
    off = told(site, "plan", "--json")
    assert (off.err, off.document["open"]) == ("", [])
