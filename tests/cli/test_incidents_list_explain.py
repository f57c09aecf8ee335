"""`list`, `incidents`, `explain` and `db check`: what was seen and became of it, in documents that scripts rely on."""

from __future__ import annotations

import os

import pytest

from incidentd.cli.inventory import in_words, with_places
from tests.cli.nursery import ROOT
from tests.cli.site import Site

INCIDENT = {
    "key",
    "fingerprint",
    "name",
    "not_after",
    "severity",
    "stage",
    "state",
    "tracker",
    "ticket",
    "url",
    "opened_at",
    "closed_at",
    "locations",
    "history",
}
FORM = pytest.mark.parametrize("form", [["--json"], ["-o", "json"]], ids=["--json", "-o json"])


@FORM
def test_incidents_have_every_key_of_the_contract(either: Site, form: list[str]) -> None:
    """Open with its ticket, then closed with its proof."""
    due = either.certificate("api.pem", 30)
    assert either.run("incidents", *form).document == {"schema_version": 1, "incidents": [], "self_incidents": []}
    either.run("run", "--once")
    (row,) = either.run("incidents", *form).document["incidents"]
    assert set(row) >= INCIDENT
    assert (row["fingerprint"], row["state"], row["severity"]) == (due.fingerprint, "open", "warning")
    assert (row["tracker"], row["closed_at"], row["stage"]) == ("queue", None, "due")
    assert row["url"].startswith("http")
    assert row["opened_at"].endswith("Z")
    (place,) = row["locations"]
    assert set(place) >= {"location", "role", "status"}
    assert place["location"].startswith("file://")
    assert [event["what"] for event in row["history"]] == ["opened"]
    either.certificate("api.pem", 300)
    either.run("run", "--once")
    (row,) = either.run("incidents", *form).document["incidents"]
    assert (row["state"], row["closed_at"] is not None) == ("closed", True)
    assert either.open_tickets(due) == []


@FORM
def test_the_list_has_every_key_of_the_contract(site: Site, form: list[str]) -> None:
    """Soonest end first; what is fine is in it too."""
    fine, due = site.certificate("b.pem", 300, "fine.example.test"), site.certificate("a.pem", 30)
    site.run("run", "--once")
    document = site.run("list", *form).document
    assert [one["fingerprint"] for one in document["certificates"]] == [due.fingerprint, fine.fingerprint]
    assert [one["stage"] for one in document["certificates"]] == ["due", "fine"]
    assert set(document["certificates"][0]) >= {"fingerprint", "name", "not_after", "locations", "stage"}
    assert set(document) == {"schema_version", "certificates"}


def test_old_archives_are_listed_apart(site: Site) -> None:
    """Expired long before they were first seen: reported, never opened."""
    stale = site.certificate("old.pem", -30, "old.example.test")
    site.certificate("api.pem", 30)
    site.run("run", "--once")
    listed = site.run("list", "--stale", "--json").document["certificates"]
    assert [one["fingerprint"] for one in listed] == [stale.fingerprint]
    assert site.tickets(stale) == []


def test_tables_go_to_stdout_and_nothing_else_does(site: Site) -> None:
    """With a word where there is nothing."""
    assert (site.run("list").out, site.run("incidents").out) == ("No certificates.\n", "No incidents.\n")
    site.certificate("api.pem", 30)
    site.run("run", "--once")
    for command in ("list", "incidents"):
        said = site.run(command)
        assert "api.example.test" in said.out
        assert (said.code, said.err) == (0, "")
    assert "file://" in site.run("list").out


def test_the_table_says_where_the_first_is_and_how_many_more() -> None:
    """A certificate can be at hundreds of places."""
    rows = [{"locations": [{"location": uri} for uri in uris]} for uris in (["tls://a", "tls://b", "tls://c"], [])]
    shown = with_places({"certificates": rows})["certificates"]
    assert [row["where"] for row in shown] == ["tls://a and 2 more", ""]


@pytest.mark.parametrize(
    ("row", "state", "ticket"),
    [
        (("open", None, "OPS-1"), "open", "OPS-1"),
        (("open", None, None), "open", "waiting"),
        (("closed", None, "OPS-1"), "closed", "OPS-1"),
        (("closed", None, None), "closed", ""),
        (("closed", "person", "OPS-1"), "closed", "OPS-1"),
        (("held", "person", "OPS-1"), "closed by a person", "OPS-1"),
        (("held", "automation", "OPS-1"), "closed by an automation", "OPS-1"),
        (("held", "acceptance", "OPS-1"), "accepted", "OPS-1"),
        (("held", "deletion", "OPS-1"), "deleted", "OPS-1"),
    ],
)
def test_the_table_says_on_whose_word(row: tuple[str, str | None, str | None], state: str, ticket: str) -> None:
    """In words for people; scripts keep their own."""
    document = {"incidents": [dict(zip(("state", "held_by", "ticket"), row, strict=True))]}
    (said,) = in_words(document)["incidents"]
    assert (said["state"], said["ticket"]) == (state, ticket)


@pytest.mark.parametrize(
    ("row", "state"),
    [
        ({"state": "open", "snoozed_until": "2026-12-01T00:00:00Z"}, "snoozed until 2026-12-01"),
        ({"state": "open", "snoozed_until": "2026-12-01T06:39:12.5Z"}, "snoozed until 2026-12-01 06:39 UTC"),
        ({"state": "held", "held_by": "acceptance", "held_until": "2026-12-01T00:00:00Z"}, "accepted until 2026-12-01"),
    ],
)
def test_the_table_says_the_minute_at_which_a_quiet_ends(row: dict[str, str], state: str) -> None:
    """The day alone, where that is its first moment: by `--for 8h` it would not be told whether it is over."""
    (said,) = in_words({"incidents": [{"held_by": None, "ticket": "OPS-1", **row}]})["incidents"]
    assert said["state"] == state


def test_a_ticket_that_was_never_delivered_is_waited_for(site: Site) -> None:
    """In the table; a document says null."""
    site.certificate("api.pem", 30)
    site.asked(site.kind, "switches", {"down": True})
    site.run("run", "--once", "--deadline", "0s")
    assert site.run("incidents").out.splitlines()[1].endswith("  queue    waiting")
    (row,) = site.run("incidents", "--json").document["incidents"]
    assert (row["state"], row["ticket"]) == ("open", None)


def test_a_certificate_is_explained_by_any_of_its_names(either: Site) -> None:
    """Fingerprint, its beginning, with colons, serial, host, path, address, ticket."""
    due = either.certificate("api.pem", 30)
    either.run("run", "--once")
    (row,) = either.run("incidents", "--json").document["incidents"]
    fingerprint = due.fingerprint
    pairs = ":".join(fingerprint[at : at + 2] for at in range(0, 64, 2)).upper()
    path = str(either.folder / "pki" / "api.pem")
    serial = f"{due.certificate.serial_number:x}"
    names = ("api.example.test", path, f"file://{path}", os.path.relpath(path, ROOT), row["ticket"], row["url"])
    for cert in (fingerprint, fingerprint[:8], pairs, serial, *names):
        said = either.run("explain", cert, "-o", "json")
        assert said.code == 0, cert
        (document,) = said.document["certificates"]
        assert document["fingerprint"] == fingerprint
        assert {"stage", "checks", "evidence", "changes", "incidents"} <= set(document)
    text = either.run("explain", "api.example.test").out
    assert "Is it due? yes" in text
    assert path in text


@pytest.mark.parametrize("cert", ["elsewhere.example.test", "abcdef", "", "0", "*", "OPS-99"])
def test_what_was_never_seen_is_one(site: Site, cert: str) -> None:
    """And says how to find what was."""
    site.certificate("api.pem", 30)
    site.run("run", "--once")
    said = site.run("explain", cert)
    assert (said.code, said.out) == (1, "")
    assert "`incidentd list`" in said.err


def test_db_check_as_a_document(site: Site) -> None:
    """1 before there is a state, 0 after."""
    missing = site.run("db", "check", "--json")
    assert (missing.code, missing.document["sound"]) == (1, False)
    site.run("run", "--once")
    sound = site.run("db", "check", "-o", "json")
    assert (sound.code, sound.document["sound"], sound.document["complaints"]) == (0, True, [])
