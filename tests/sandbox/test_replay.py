"""The replay of 2013 tells what was read back, and stops where it does not match."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from incidentd.model.plan import ActionKind
from incidentd.sandbox.replay.beginning import BEGINNING
from incidentd.sandbox.replay.cast import ENDS, REGIONS, SERVICES, cast, host, names_of
from incidentd.sandbox.replay.endings import HAPPENED, PREVENTED
from incidentd.sandbox.replay.fleet import Fleet, Look, fleet
from incidentd.sandbox.replay.tickets import tickets_of
from incidentd.sandbox.replay.witness import StoryContradicted

QUIET, OPENS, RENEWED, ANNOUNCED, _ = BEGINNING


@pytest.fixture
async def staged(tmp_path: Path) -> AsyncIterator[Fleet]:
    """A fleet at the start of the story."""
    async with fleet(tmp_path, QUIET.at, cast()) as fresh:
        yield fresh


async def opened(staged: Fleet) -> Look:
    """Up to the three open tickets."""
    return await OPENS.play(staged, await QUIET.play(staged, None))


def test_three_certificates_end_within_three_minutes_and_in_every_region() -> None:
    """The cast is that of 22 February 2013: each certificate covers its service in all regions, and ends on time."""
    players = cast()
    for service, end in ENDS.items():
        assert players.old[service].certificate.not_valid_after_utc == end
        assert {host(service, region) for region in REGIONS} < set(names_of(service))
        assert players.new[service].certificate.not_valid_after_utc > end
    assert 0 < (max(ENDS.values()) - min(ENDS.values())).total_seconds() < 180


@pytest.mark.parametrize("ending", [HAPPENED, PREVENTED], ids=["happened", "prevented"])
async def test_both_trackers_keep_one_ticket_for_each_certificate_to_the_end(
    staged: Fleet, ending: tuple[object, ...]
) -> None:
    """Each beat comes out as written; at the end PagerDuty holds one ticket, Jira two and that of the release."""
    look = None
    for beat in (*BEGINNING, *(HAPPENED if ending is HAPPENED else PREVENTED)):
        look = await beat.play(staged, look)
    assert len(staged.scene.pagerduty.incidents) == 1
    assert len(staged.scene.jira.issues) == 3
    is_open = {service: seen.ticket.is_open for service, seen in look.seen.items() if seen} if look else {}
    assert is_open == dict.fromkeys(SERVICES, ending is HAPPENED)


async def test_a_ticket_that_lists_its_servers_names_the_forgotten_region(staged: Fleet) -> None:
    """Jira's evidence, and what incidentd saw, both say asia and nothing else."""
    look = None
    for beat in (*BEGINNING, *PREVENTED[:4]):
        look = await beat.play(staged, look)
    assert look is not None
    for service, seen in look.seen.items():
        assert seen is not None
        assert seen.old_at == (f"tls://{host(service, 'asia')}:443",)
        assert seen.ticket.listed_at in (None, seen.old_at)
    assert [seen.ticket.listed_at is None for seen in look.seen.values() if seen] == [True, False, False]


async def test_the_same_beat_twice_is_a_contradiction(staged: Fleet) -> None:
    """A story that says that tickets open, when they are open already, is not told."""
    look = await opened(staged)
    with pytest.raises(StoryContradicted, match="incidentd did"):
        await OPENS.play(staged, look)


async def test_the_release_s_own_ticket_hears_of_all_three_certificates_once(staged: Fleet) -> None:
    """One comment names each of them and its ticket; that the release is pulled forward is no second one."""
    look = await opened(staged)
    for beat in (RENEWED, ANNOUNCED, *BEGINNING[4:], PREVENTED[0]):
        look = await beat.play(staged, look)
    release = staged.release.ticket
    assert release is not None and release.is_open
    (comment,) = release.comments
    for service, seen in look.seen.items():
        assert seen is not None
        assert f"{service}.storage.example" in comment and seen.ticket.name.split()[-1] in comment
    assert "2 days AFTER expiry" in comment


def person_clones(staged: Fleet) -> None:
    """A second ticket with the marker of the first."""
    staged.scene.jira.clone("OPS-1")


def somebody_writes_a_ticket(staged: Fleet) -> None:
    """A ticket that has to do with nothing."""
    jira = staged.scene.jira
    jira.create(jira.project, "Task", {"summary": "Water the plants"}, jira.someone)


def a_server_is_deployed(staged: Fleet) -> None:
    """One server more than the story says."""
    staged.scene.deploy(staged.cast.new["table"], host("table", "eu"))


def a_label_says_otherwise(staged: Fleet) -> None:
    """The tracker no longer says the severity that the ledger does."""
    staged.scene.jira.person_labels("OPS-2", "sev-critical")


@pytest.mark.parametrize(
    ("tamper", "said"),
    [
        (person_clones, "has 2 tickets"),
        (somebody_writes_a_ticket, "the trackers hold 4 tickets, the story knows 3"),
        (a_server_is_deployed, "table stands as"),
        (a_label_says_otherwise, "the severity: the tracker says"),
    ],
)
async def test_what_the_story_does_not_say_stops_it(staged: Fleet, tamper: Callable[[Fleet], None], said: str) -> None:
    """The world differs from the script in one thing, and the next beat is not told."""
    look = await opened(staged)
    tamper(staged)
    with pytest.raises(StoryContradicted, match=said):
        await RENEWED.play(staged, look)


async def test_a_ticket_closed_by_somebody_stops_it(staged: Fleet) -> None:
    """Held is not open, and the story says open."""
    look = await opened(staged)
    staged.scene.jira.person_transitions("OPS-1", "Done")
    with pytest.raises(StoryContradicted):
        await replace(RENEWED, done={ActionKind.UPDATE: 2, ActionKind.COMMENT: 1}).play(staged, look)


async def test_nothing_is_read_where_nothing_is(staged: Fleet) -> None:
    """Before the window opens no tracker holds anything."""
    await QUIET.play(staged, None)
    assert [tickets_of(staged.scene, staged.cast.old[service].fingerprint) for service in SERVICES] == [[], [], []]
