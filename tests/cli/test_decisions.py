"""A person's commands on a terminal: what they print, their exit codes, and that hostile arguments do nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.cli.site import Site, told

DAY = timedelta(days=1)
HOSTILE = "\x1b[31m'; DROP TABLE incidents; --"


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """Two incidents in the built-in queue; each test has its own, since a decision stays."""
    fresh = Site(tmp_path, {})
    fresh.configure(
        state={"url": f"sqlite:///{fresh.folder}/state/incidentd.db"},
        sources={"pki": {"kind": "files", "labels": {"env": "prod"}, "paths": ["pki"]}},
        trackers={"queue": {"kind": "local"}},
    )
    for name, days in (("api", 50), ("shop", 60)):
        fresh.certificate(f"{name}.pem", days, f"{name}.example.test")
    assert told(fresh, "run", "--once").code == 0
    return fresh


def in_days(days: int) -> str:
    """A day as it is typed."""
    now = datetime.now(UTC)  # noqa: TID251 - the commands are real processes, on the real clock
    return f"{now + days * DAY:%Y-%m-%d}"


def test_a_risk_is_accepted_in_one_line(site: Site) -> None:
    """What follows is said; afterwards `incidents` and `explain` say until when it holds."""
    terms = ("--until", in_days(20), "--owner", "payments", "--reason", "retired in May", "--by", "alice")
    done = told(site, "accept", "api.example.test", *terms)
    assert done.code == 0, done.err
    assert done.out == (
        f"Accepted: api.example.test, until {in_days(20)} 00:00 UTC, owned by payments. "
        "The next pass says so on LOCAL-1 and closes it; it comes back by itself.\n"
    )
    assert told(site, "run", "--once").out.startswith("1 action sent")
    assert f"accepted until {in_days(20)}" in told(site, "incidents").out
    rows = {row["name"]: row for row in told(site, "incidents", "--json").document["incidents"]}
    assert rows["api.example.test"]["held_until"] == f"{in_days(20)}T00:00:00Z"
    assert rows["shop.example.test"]["held_until"] is None
    assert f"accepted until {in_days(20)} 00:00 UTC" in told(site, "explain", "api.example.test").out


@pytest.mark.parametrize(
    ("arguments", "code", "why"),
    [
        (("accept", "shop.example.test", "--until", "2999-01-01", "--owner", "x", "--reason", "y"), 1, "7 days before"),
        (("accept", HOSTILE, "--until", "2999-01-01", "--owner", "x", "--reason", "y"), 1, "no open incident matches"),
        (
            ("accept", "shp.example.test", "--until", "2999-01-01", "--owner", "x", "--reason", "y"),
            1,
            "did you mean shop",
        ),
        (("accept", "shop.example.test", "--until", "soon", "--owner", "x", "--reason", "y"), 2, "an end is a day"),
        (("accept", "shop.example.test", "--until", "2020-01-01", "--owner", "x", "--reason", "y"), 2, "has passed"),
        (("accept", "shop.example.test", "--until", "2999-01-01", "--owner", " ", "--reason", "y"), 2, "has an owner"),
        (("accept", "shop.example.test", "--until", "2999-01-01", "--owner", "x", "--reason", " "), 2, "is needed"),
        (("repair", "--apply"), 2, "a reason is needed"),
        (("adopt", "shop.example.test", "LOCAL-7", "--reason", "y"), 1, "nothing can be adopted in queue"),
        (("snooze", "shop.example.test", "--reason", "y"), 2, "say until when"),
        (("snooze", "shop.example.test", "--reason", "y", "--for", "soon"), 2, "a duration is"),
        (("snooze", "shop.example.test", "--reason", "y", "--until", "2020-01-01"), 2, "has passed"),
        (("snooze", "shop.example.test", "--reason", "y", "--for", "1d", "--until", "2999-01-01"), 2, "say until when"),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(site: Site, arguments: tuple[str, ...], code: int, why: str) -> None:
    """Nothing reaches the terminal, and no entry the audit."""
    done = told(site, *arguments)
    assert (done.code, done.out) == (code, "")
    assert why in done.err
    assert "\x1b" not in done.err


def test_a_snooze_is_said_and_shown(site: Site) -> None:
    """Until the next critical step at the latest; `incidents` and `explain` say so."""
    done = told(site, "snooze", "shop.example.test", "--for", "99w", "--reason", "freeze")
    assert done.out.endswith("(its next critical step). Its severity climbs all the same.\n"), done.err
    document = told(site, "snooze", "shop.example.test", "--until", in_days(3), "--reason", "freeze", "--json").document
    assert (document["schema_version"], document["snoozed_until"]) == (1, f"{in_days(3)}T00:00:00Z")
    assert f"snoozed until {in_days(3)}" in told(site, "incidents").out
    assert f"snoozed until {in_days(3)}" in told(site, "explain", "shop.example.test").out


def test_as_a_document_it_names_its_end_and_its_owner(site: Site) -> None:
    """With its version, as every document."""
    terms = ("--until", in_days(10), "--owner", "shop team", "--reason", HOSTILE, "--json")
    document = told(site, "accept", "shop.example.test", *terms).document
    assert document["schema_version"] == 1
    assert (document["held_until"], document["owner"]) == (f"{in_days(10)}T00:00:00Z", "shop team")


def test_the_report_counts_by_owner_in_three_forms(site: Site) -> None:
    """Both were opened, both were acted on; a day to come has nothing yet."""
    for name in ("api", "shop"):
        assert told(site, "snooze", f"{name}.example.test", "--for", "2d", "--reason", "freeze").code == 0
    counted = told(site, "report", "--json").document
    assert counted["schema_version"] == 1
    assert (counted["total"]["opened"], counted["total"]["acted_on"], counted["total"]["closed"]) == (2, 2, 0)
    assert [one["owner"] for one in counted["owners"]] == ["unowned"]
    table = told(site, "report", "--since", in_days(1)).out.splitlines()
    assert table[0] == f"Since {in_days(1)} 00:00 UTC:"
    assert table[-1].split() == ["(all)", "0", "0", "0", "0", "0", "0"]
    rows = told(site, "report", "-o", "csv").out.splitlines()
    assert rows[0].startswith("owner,opened,acted_on,closed,")
    assert rows[1:] == ["unowned,2,2,0,0,0,0,,", "(all),2,2,0,0,0,0,,"]
    wrong = told(site, "report", "--since", "yesterday")
    assert (wrong.code, "a beginning is a day" in wrong.err) == (2, True)


def test_where_all_agree_there_is_nothing_to_repair(site: Site) -> None:
    """In words, and as a document."""
    assert (told(site, "repair").code, told(site, "repair").out) == (0, "Nothing to repair.\n")
    assert told(site, "repair", "--apply", "--reason", "a look", "--json").document == {
        "schema_version": 1,
        "applied": True,
        "problems": [],
        "repairs": [],
    }
