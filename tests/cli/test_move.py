"""`move` on a terminal, and what people see of owners and pages: as commands print it, with their exit codes."""

from __future__ import annotations

from incidentd.store.opening import open_store
from tests.cli.site import Site

ROUTES = [
    {"match": {"owner": "pay*"}, "tracker": "queue", "page": {"tracker": "oncall", "from": "error"}},
    {"tracker": "queue"},
]


def two_trackers(site: Site) -> None:
    """Jira for tickets, PagerDuty for pages; the payers own what a rule gives them."""
    (site.folder / "OWNERS").write_text("api.example.test payments\n")
    trackers = {"queue": site.tracker("jira"), "oncall": site.tracker("pagerduty")}
    site.configure(trackers=trackers, routes=ROUTES, owners={"file": "OWNERS"})


def test_a_page_an_owner_and_a_move_are_told_wherever_people_look(site: Site) -> None:
    """In one pass the ticket, its page, and each names the other; moved, the page gives way to the ticket."""
    two_trackers(site)
    due = site.certificate("api.pem", 10)
    assert "-> queue, and a page in oncall\n" in site.run("plan").out
    passed = site.run("run", "--once")
    assert (passed.code, passed.err.count("problem")) == (0, 0)
    (row,) = site.run("incidents", "--json").document["incidents"]
    assert (row["tracker"], row["page"]["tracker"], row["page"]["state"]) == ("queue", "oncall", "open")
    assert row["page"]["url"].startswith("http")
    told = site.run("explain", "api.example.test").out
    assert "payments" in told
    assert "rule api.example.test in OWNERS, line 1" in told
    assert site.run("plan", "--detailed-exitcode").code == 0
    moved = site.run("move", "api.example.test", "oncall", "--reason", "on  call\ntakes over", "--by", "alice")
    assert (moved.code, moved.err) == (0, "")
    assert moved.out == (
        f"Moved: api.example.test, from queue to oncall. "
        f"The next pass opens its ticket there, and then closes {row['ticket']} with a note.\n"
    )
    (planned,) = site.run("plan", "--json").document["open"]
    assert (planned["tracker"], planned["owner"]) == ("oncall", "payments")
    assert site.run("run", "--once").code == 0
    (row,) = site.run("incidents", "--json").document["incidents"]
    assert (row["tracker"], row["state"], row["page"]["state"]) == ("oncall", "open", "closed")
    assert "moved" in [event["what"] for event in row["history"]]
    assert (site.open_tickets(due, "jira"), len(site.open_tickets(due, "pagerduty"))) == ([], 1)
    store = open_store(f"sqlite:///{site.state}", read_only=True)
    (entry,) = store.audit()
    store.close()
    assert (entry.who, entry.command, entry.reason) == ("alice", "move", "on call takes over")


def test_a_move_that_is_refused_says_why_and_exits_1(site: Site) -> None:
    """Several certificates, none, an unknown tracker; without a reason it is wrong usage."""
    two_trackers(site)
    site.certificate("a.pem", 40)
    site.certificate("b.pem", 50)
    site.run("run", "--once")
    several = site.run("move", "api.example.test", "oncall", "--reason", "why")
    assert (several.code, "2 incidents match" in several.err) == (1, True)
    rows = site.run("incidents", "--json").document["incidents"]
    assert all(f"expires {row['not_after'][:10]}, {row['ticket']})" in several.err for row in rows), several.err
    unknown = site.run("move", "nobody.example.test", "oncall", "--reason", "why")
    assert (unknown.code, "no open incident matches" in unknown.err) == (1, True)
    assert site.run("move", "api.example.test", "oncall", "--reason", " ").code == 2
    assert site.run("move", "api.example.test", "oncall").code == 2
    document = site.run("incidents", "--json").document["incidents"]
    nowhere = site.run("move", document[0]["fingerprint"], "nowhere", "--reason", "why")
    assert (nowhere.code, "there are: queue, oncall" in nowhere.err) == (1, True)
    done = site.run("move", document[0]["fingerprint"], "oncall", "--reason", "why", "--json").document
    assert (done["to"], done["closes_by_itself"]) == ({"tracker": "oncall"}, True)


def test_a_repair_that_could_not_ask_a_tracker_does_not_say_that_all_is_well(site: Site) -> None:
    """On stdout neither: a script, and tired eyes, may see that alone."""
    site.certificate("api.pem", 40)
    site.run("run", "--once")
    site.asked(site.kind, "switches", {"down": True})
    said = site.run("repair")
    assert (said.code, said.out) == (1, "Nothing to repair in what could be read.\n")
    assert "cannot be asked for all tickets of ours" in said.err
