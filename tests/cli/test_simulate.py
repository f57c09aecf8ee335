"""`simulate`: a day to come, told from the state; nothing is written; other rules as a difference."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.cli.site import Site, told
from tests.cli.test_plan import traces

ITEM = {"key", "fingerprint", "name", "not_after", "severity", "stage", "tracker", "ticket", "reasons", "text"}


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """Files, and the built-in queue; one certificate is open, one opens in a month."""
    (tmp_path / "pki").mkdir()
    site = Site(tmp_path, {})
    site.configure(
        state={"url": f"sqlite:///{tmp_path}/incidentd.db"},
        sources={"pki": {"kind": "files", "labels": {"env": "prod"}, "paths": ["pki"]}},
    )
    site.certificate("api.pem", 30)
    site.certificate("later.pem", 120, "later.example.test")
    told(site, "run", "--once")
    return site


def day(days: int) -> str:
    """A day so many days from now."""
    now = datetime.now(UTC)  # noqa: TID251 - the commands are on the real clock
    return (now + timedelta(days=days)).date().isoformat()


def test_it_shows_what_will_be_open_and_what_opens_and_leaves_no_trace(site: Site) -> None:
    """The document, and the table; not a byte is written."""
    before = traces(site.folder)
    said = told(site, "simulate", "--at", day(60), "--json")
    assert said.code == 0 and "pki: last swept" in said.err
    document = said.document
    assert document["at"] == f"{day(60)}T00:00:00Z"
    assert [one["name"] for one in document["open"]] == ["api.example.test", "later.example.test"]
    assert [(one["severity"], one["ticket"]) for one in document["open"]] == [
        ("critical", "LOCAL-1"),
        ("warning", None),
    ]
    assert [one["name"] for one in document["opens"]] == ["later.example.test"]
    assert all(set(one) >= ITEM for one in (*document["open"], *document["opens"]))
    table = told(site, "simulate", "--at", day(60))
    assert "2 incidents open" in table.out and "open now" in table.out and "later.example.test" in table.out
    assert traces(site.folder) == before


def test_today_is_now(site: Site) -> None:
    """Though its first moment has passed."""
    [one] = told(site, "simulate", "--at", day(0), "--json").document["open"]
    assert (one["name"], one["severity"]) == ("api.example.test", "warning")


def test_what_is_no_moment_to_come_is_refused_in_words(site: Site) -> None:
    """Past, beyond the calendar, or nonsense: exit 2, and nothing on stdout."""
    for at, words in (
        ("2013-02-22", "this moment has passed"),
        ("2013-02-22T20:29:53Z", "this moment has passed"),
        ("10000-01-01", "a moment to come is a day"),
        ("tomorrow", "a moment to come is a day"),
        ("", "a moment to come is a day"),
        ("2027-13-01", "a moment to come is a day"),
    ):
        said = told(site, "simulate", "--at", at)
        assert (said.code, said.out) == (2, ""), at
        assert "--at" in said.err and words in said.err


def test_other_rules_are_told_as_a_difference(site: Site) -> None:
    """From a file that holds them in whatever frame: with 30 days, the one that is far off does not open."""
    rules = site.folder / "rules.yaml"
    for text in ("threshold: 30d\n", "policy: {threshold: 30d}\n", "sources: {}\npolicy: {threshold: 30d}\n"):
        rules.write_text(text)
        document = told(site, "simulate", "--at", day(60), "--policy", str(rules), "--json").document
        assert [one["name"] for one in document["policy"]["closes"]] == ["later.example.test"]
        assert (document["policy"]["opens"], document["policy"]["changes"]) == ([], [])
        assert [one["name"] for one in document["open"]] == ["api.example.test"]
    table = told(site, "simulate", "--at", day(60), "--policy", str(rules))
    assert "0 opened, 1 closed, 0 changed" in table.out and "close" in table.out


def test_a_mistake_in_the_rules_is_told_with_its_line(site: Site) -> None:
    """As in a configuration; a configuration that says nothing of rules has the default ones."""
    rules = site.folder / "rules.yaml"
    rules.write_text("blind_after: 2d\nthreshhold: 30d\n")
    said = told(site, "simulate", "--at", day(60), "--policy", str(rules))
    assert said.code == 2 and "rules.yaml:2" in said.err and "threshold" in said.err
    rules.write_text("policy:\nmode: act\n")
    said = told(site, "simulate", "--at", day(60), "--policy", str(rules))
    assert said.code == 0 and "0 opened, 0 closed, 0 changed" in said.out
    assert told(site, "simulate", "--at", day(60), "--policy", str(site.folder / "none.yaml")).code == 2
