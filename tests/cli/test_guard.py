"""Day one on a terminal: a flood is told in a few lines, the document has it all, and a hash lets it through."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.cli.site import Site
from tests.stories.archive import day_one, lay_down

SIZE = 150
LOCAL = {"queue": {"kind": "local"}}
HELD = SIZE - 70
TOLD = f"{HELD} actions: at most 50 new incidents an hour, and 20 urgent ones"


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """Many due and as many old ones, in the built-in queue."""
    day_one(tmp_path, SIZE, now())
    fresh = Site(tmp_path, {})
    disk = {"kind": "files", "labels": {"env": "prod"}, "paths": ["pki", "old"]}
    policy = {"close_after": {"observations": 1, "apart": "0s"}}
    state = {"url": f"sqlite:///{tmp_path}/state/incidentd.db"}
    fresh.configure(state=state, sources={"disk": disk}, trackers=LOCAL, policy=policy)
    return fresh


def now() -> datetime:
    """The commands are real processes, on the real clock."""
    return datetime.now(UTC)  # noqa: TID251 - as said


def ends(items: list[dict[str, Any]]) -> list[str]:
    """When each expires."""
    return [item["not_after"] for item in items]


def test_day_one_is_a_few_lines_and_one_hash_lets_it_through(site: Site) -> None:
    """What is held stands once with how much it is; it opens by itself in time, or at once by its hash."""
    planned = site.run("plan")
    assert len(planned.out.splitlines()) < 3 * 70 + 20
    assert f"hold     {TOLD} [guard_open_rate]" in planned.out
    assert f"and {HELD - 10} more held on this ground: `incidentd plan --json` has them all" in planned.out
    document = site.run("plan", "--json").document
    assert [len(document[kind]) for kind in ("open", "hold", "update", "close")] == [70, HELD, 0, 0]
    assert ends(document["open"] + document["hold"]) == sorted(ends(document["open"] + document["hold"]))
    assert all(item["reasons"][0] == "guard_open_rate" for item in document["hold"])
    release = f"incidentd approve {document['hash']}"
    assert f"Release what is held: {release}" in planned.out
    passed = site.run("run", "--once")
    assert (passed.code, passed.out) == (0, "70 actions sent, 0 incidents as they should be.\n")
    assert f"incidentd: the guard holds {TOLD}" in passed.err
    assert f"`{release}` lets them through" in passed.err
    assert (
        site.run("approve", document["hash"]).out == f"Approved: {HELD} incidents. The next pass lets them through.\n"
    )
    assert site.run("run", "--once").out == f"{HELD} actions sent, 70 incidents as they should be.\n"
    stale = site.run("list", "--stale", "--json").document["certificates"]
    assert len(stale) == SIZE
    assert {row["stage"] for row in stale} == {"expired"}
    opened = {row["fingerprint"] for row in site.run("incidents", "--json").document["incidents"]}
    assert len(opened) == SIZE
    assert opened.isdisjoint(row["fingerprint"] for row in stale)


def test_a_folder_that_left_the_configuration_is_held_and_said(site: Site) -> None:
    """A typing error must not close ten incidents: that is said, and is no error."""
    lay_down(site.folder / "few", 10, lambda n: now().replace(year=now().year + 1), first=90_000)
    disk = {"kind": "files", "labels": {"env": "prod"}, "paths": ["few"]}
    few = {"policy": {"threshold": "400d", "close_after": {"observations": 1, "apart": "0s"}}}
    site.configure(sources={"disk": disk}, **few)
    assert site.run("run", "--once").out == "10 actions sent, 0 incidents as they should be.\n"
    (site.folder / "fwe").mkdir()
    site.configure(sources={"disk": {**disk, "paths": ["fwe"]}})
    passed = site.run("run", "--once")
    assert passed.code == 0
    assert "the guard holds 10 actions: 10 of 10 open incidents would end in one pass without a successor" in passed.err
