"""Another network, told over HTTP: it opens and closes on proof, as what is looked at from here does, or is silent."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from incidentd.model.assessment import Stage
from incidentd.model.incident import IncidentState
from incidentd.sources.pushed.source import NEVER, SILENT
from tests.stories.branch import Branch, branch_of
from tests.stories.life import ADDRESSES, NAME, SWEEP, Life, living

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


@pytest.fixture
async def life(tmp_path: Path) -> AsyncIterator[Life]:
    """The hub's; what is told does not depend on the tracker."""
    (tmp_path / "hub").mkdir()
    async with living("pagerduty", tmp_path / "hub") as fresh:
        yield fresh


@pytest.fixture(params=[timedelta(0), 400 * DAY, -400 * DAY], ids=["right", "ahead", "behind"])
def branch(request: pytest.FixtureRequest, life: Life, tmp_path: Path) -> Branch:
    """Whatever its clock says."""
    return branch_of(life, tmp_path / "branch", request.param)


async def test_from_the_first_push_to_the_proof(life: Life, branch: Branch) -> None:
    """Opened, renewed at two of three, still open, at all of them, and closed after three looks ten minutes apart."""
    scene = life.scene
    old, new = life.issue(ends_in=50 * DAY), life.issue(ends_in=400 * DAY, begins=-DAY)
    await scene.serve(NAME, old, *ADDRESSES)
    pushed = await branch.push()
    assert (len(pushed.seen.accounts), pushed.written.certificates, pushed.problems) == (3, 1, ())
    await life.run_once()
    assert len(life.open_tickets(old)) == 1

    scene.deploy(new, NAME, *ADDRESSES[:2])
    await branch.pushes(3, SWEEP)
    assert (await life.records())[0].stage is Stage.PARTLY_DEPLOYED
    scene.deploy(new, NAME)
    scene.clock.advance(SWEEP)
    await branch.pushes(3, timedelta(minutes=4))
    assert len(life.open_tickets(old)) == 1, "three looks, but not far enough apart"
    scene.clock.advance(SWEEP)
    await branch.pushes(1, SWEEP)
    await branch.pushes(1, SWEEP)
    assert life.open_tickets(old) == []
    assert (await life.records())[0].state is IncidentState.CLOSED


async def test_what_the_hub_knows_is_not_sent_again(life: Life, tmp_path: Path) -> None:
    """The bytes of a certificate travel once; the second push is small."""
    branch = branch_of(life, tmp_path / "branch")
    await life.scene.serve(NAME, life.issue(ends_in=50 * DAY), *ADDRESSES)
    first, second = await branch.push(), await branch.push()
    assert first.written.certificates > 0
    assert second.written.certificates == 0
    assert len(second.written.body) < len(first.written.body)
    assert (await branch.record()).sequence == 2  # type: ignore[union-attr]  # pushed twice


async def test_a_silent_pusher_is_blindness_and_closes_nothing(life: Life, tmp_path: Path) -> None:
    """Nothing is gone and nothing settled; its source fails, since it was last heard, until it is heard again."""
    branch = branch_of(life, tmp_path / "branch", silent_after="3h")
    old, new = life.issue(ends_in=50 * DAY), life.issue(ends_in=400 * DAY, begins=-DAY)
    await life.scene.serve(NAME, old, *ADDRESSES)
    await branch.pushes(1, SWEEP)
    life.scene.deploy(new, NAME)
    await branch.pushes(1, SWEEP)
    heard = await branch.record()
    assert heard is not None
    life.scene.clock.advance(2 * HOUR)
    assert (await life.run_once()).problems == (), "not yet"
    for _ in range(4):
        life.scene.clock.advance(DAY)
        passed = await life.run_once()
        assert passed.problems == (f"source branch failed: {SILENT}",)
    assert len(life.open_tickets(old)) == 1
    record = await branch.record()
    assert record is not None and record.failing_since == heard.finished_at
    assert all(place.open_gaps[0].since == heard.finished_at for place in (await branch.places()).values())
    await branch.push()
    assert (await life.run_once()).problems == ()
    assert all(not place.open_gaps for place in (await branch.places()).values())


async def test_one_that_was_never_heard_is_said_to_be(life: Life, tmp_path: Path) -> None:
    """From the first pass on; it holds up none of them."""
    branch_of(life, tmp_path / "branch")
    assert (await life.run_once()).problems == (f"source branch failed: {NEVER}",)


async def test_an_answer_that_is_lost_is_asked_for_again(life: Life, tmp_path: Path) -> None:
    """The sweep was recorded: pushed a second time, it is one sweep still."""
    branch = branch_of(life, tmp_path / "branch")
    await life.scene.serve(NAME, life.issue(ends_in=50 * DAY), *ADDRESSES)
    async with branch.hub(lost=1) as url:
        done = await branch.push_to(url)
    assert (done.answer["again"], done.answer["sequence"]) == (True, 1)


async def test_two_machines_with_one_token_take_turns(life: Life, tmp_path: Path) -> None:
    """The one that comes second begins anew, by itself."""
    one, two = branch_of(life, tmp_path / "one"), branch_of(life, tmp_path / "two")
    await life.scene.serve(NAME, life.issue(ends_in=50 * DAY), *ADDRESSES)
    async with one.hub() as url:
        done = await asyncio.gather(*(each.push_to(url) for each in (one, two)))
    assert sorted(each.answer["sequence"] for each in done) == [1, 2]


async def test_a_name_that_leaves_an_address_is_noticed_elsewhere_too(life: Life, tmp_path: Path) -> None:
    """By three complete answers without it over a day, as here; the addresses that stay are proof of their own."""
    branch = branch_of(life, tmp_path / "branch")
    branch.sources = {"edge": {"kind": "tls", "targets": [NAME]}}
    old, new = life.issue(ends_in=50 * DAY), life.issue(ends_in=400 * DAY, begins=-DAY)
    await life.scene.serve(NAME, old, *ADDRESSES[:2])
    await branch.pushes(1, SWEEP)
    life.scene.deploy(new, NAME, ADDRESSES[0])
    life.scene.network.names[NAME] = ADDRESSES[:1]
    await branch.pushes(4, SWEEP)
    assert len(life.open_tickets(old)) == 1, "not for a day yet"
    life.scene.clock.advance(DAY)
    await branch.pushes(3, SWEEP)
    assert life.open_tickets(old) == []


async def test_a_folder_that_is_emptied_there_proves_nothing(life: Life, tmp_path: Path) -> None:
    """Its removals are suspect, however often they are pushed; beside it, endpoints are judged for themselves."""
    branch = branch_of(life, tmp_path / "branch")
    branch.sources["disk"] = {"kind": "files", "paths": ["certs"], "role": "served"}
    (branch.folder / "certs").mkdir()
    olds = [life.issue(ends_in=50 * DAY, names=(f"n{number}.example.test",)) for number in range(3)]
    for number, issued in enumerate(olds):
        (branch.folder / "certs" / f"{number}.pem").write_bytes(issued.chain_pem)
    await life.scene.serve(NAME, life.issue(ends_in=300 * DAY), *ADDRESSES)
    await branch.pushes(1, SWEEP)
    assert len(await branch.places()) == 6
    for file in (branch.folder / "certs").iterdir():
        file.unlink()
    passed = await branch.pushes(5, SWEEP)
    assert [len(life.open_tickets(issued)) for issued in olds] == [1, 1, 1]
    assert passed.problems == ()


async def test_a_source_that_is_taken_away_there_is_gone_in_time(life: Life, tmp_path: Path) -> None:
    """What no source there has any more left its configuration; while one cannot read its list, nothing did."""
    branch = branch_of(life, tmp_path / "branch")
    (branch.folder / "more.txt").write_text(f"{ADDRESSES[2]}\n")
    targets = [{"host": address, "server_name": NAME} for address in ADDRESSES[:2]]
    branch.sources = {
        "edge": {"kind": "tls", "targets": targets[:1], "targets_file": "more.txt"},
        "more": {"kind": "tls", "targets": targets[1:]},
    }
    old = life.issue(ends_in=50 * DAY)
    await life.scene.serve(NAME, old, *ADDRESSES)
    await branch.pushes(1, SWEEP)
    del branch.sources["more"]
    (branch.folder / "more.txt").write_text("not: a: target\n")
    await branch.pushes(4, SWEEP)
    kept = {place.location.uri for place in (await branch.places()).values() if place.open_gaps}
    assert len(kept) == 2, "the list cannot be read: nothing is gone"
    (branch.folder / "more.txt").write_text(f"{ADDRESSES[2]}\n")
    await branch.pushes(4, SWEEP)
    (record,) = await life.records()
    gone = [one for one in (await branch.places()).values() if not one.members[0].current.chain]
    assert [one.location.uri for one in gone] == [f"tls://{ADDRESSES[1]}:443?sni={NAME}"]
    assert record.state is IncidentState.OPEN
