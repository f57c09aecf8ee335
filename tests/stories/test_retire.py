"""`retire`: a place that is gone for good keeps no incident open, on a person's word; and counts if it is back."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest

from incidentd.cli.retire import Retired, retired_by
from incidentd.daemon.installation import Installation
from incidentd.daemon.leases import leased
from incidentd.errors import IncidentdError, StoreError
from incidentd.model.incident import IncidentState
from incidentd.model.inventory import Word
from incidentd.sandbox.ca import Issued
from incidentd.sandbox.endpoints import Manner, TlsEndpoint
from tests.stories.life import ADDRESSES, NAME, Life

DAY = timedelta(days=1)
WORD = Word("alice", "the host was scrapped")


async def retire(life: Life, target: str, word: Word = WORD) -> Retired:
    """As `incidentd retire` decides it; it does not wait."""
    return await life.by_command(partial(retired_by, target=target, word=word, patience=timedelta()))


async def replaced_but_for_one(life: Life) -> tuple[Issued, TlsEndpoint]:
    """Renewed at two places of three; the third does not answer any more."""
    old, new = life.issue(ends_in=50 * DAY), life.issue(ends_in=400 * DAY, begins=-DAY)
    await life.scene.serve(NAME, old, *ADDRESSES)
    await life.run_once()
    life.scene.deploy(new, NAME, *ADDRESSES[:2])
    last = life.scene.endpoints[(NAME, ADDRESSES[2])]
    await last.stop()
    return old, last


async def test_a_dead_place_keeps_it_open_until_a_person_says_that_it_is_gone(life: Life) -> None:
    """Weeks out of reach prove nothing; a word does, at the next pass. Nothing is written for it before."""
    old, _ = await replaced_but_for_one(life)
    await life.passes(10, apart=2 * DAY)
    [ticket] = life.open_tickets(old)
    done = await retire(life, ADDRESSES[2])
    assert [meant.place.location.uri for meant in done.places] == [f"tls://{ADDRESSES[2]}:443?sni={NAME}"]
    assert [row.fingerprint for row in done.incidents] == [old.fingerprint]
    assert life.is_open(ticket)
    life.scene.clock.advance(DAY)
    await life.run_once()
    assert life.open_tickets(old) == []
    closed = (await life.records())[0]
    assert closed.state is IncidentState.CLOSED
    assert "Retired by alice on 2026-03-19 12:00 UTC, 1 of 3 places: the host was scrapped." in closed.close_text
    assert any("the host was scrapped" in said for said in life.comments(ticket))
    [entry] = await life.audit()
    assert (entry.who, entry.command, entry.reason) == ("alice", "retire", "the host was scrapped")
    writes = len(life.tracker.writes)
    await life.passes(3, apart=20 * DAY)
    assert len(life.tracker.writes) == writes


async def test_what_answers_again_counts_again(life: Life) -> None:
    """The word ends with the first look that shows the certificate; the incident is back."""
    old, last = await replaced_but_for_one(life)
    await life.passes(5)
    await retire(life, ADDRESSES[2])
    await life.run_once()
    assert life.open_tickets(old) == []
    await last.start()
    life.scene.clock.advance(DAY)
    await life.run_once()
    assert len(life.open_tickets(old)) == 1
    assert (await life.records())[0].reopenings == 1
    await last.stop()
    life.scene.clock.advance(DAY)
    await life.passes(5)
    assert len(life.open_tickets(old)) == 1, "the word is over, though the place is out of reach again"


@pytest.mark.parametrize("life", ["jira"], indirect=True)
async def test_what_is_back_before_the_next_pass_is_never_closed(life: Life) -> None:
    """A sweep comes first: what it sees goes before what was said."""
    old, last = await replaced_but_for_one(life)
    await life.passes(5)
    await retire(life, ADDRESSES[2])
    await last.start()
    writes = len(life.tracker.writes)
    life.scene.clock.advance(DAY)
    await life.run_once()
    assert len(life.open_tickets(old)) == 1
    assert len(life.tracker.writes) == writes


NOT_GONE = {
    ADDRESSES[0]: "it is not gone: tls://127.0.0.11:443.* answered at 2026-03-01 12:00 UTC",
    NAME: "it is not gone: tls://127.0.0.11:443",
    "127.0.0.14": "no place that was looked at matches",
    " ": "name what is gone",
}


@pytest.mark.parametrize("life", ["jira"], indirect=True)
async def test_what_is_not_gone_is_not_retired(life: Life) -> None:
    """It answers, or nobody knows it: nothing changes, and nothing stands in the audit."""
    old = life.issue(ends_in=50 * DAY)
    await life.scene.serve(NAME, old, *ADDRESSES)
    await life.run_once()
    await life.scene.endpoints[(NAME, ADDRESSES[2])].stop()
    life.scene.endpoints[(NAME, ADDRESSES[1])].manner = Manner.RESET
    for target, why in NOT_GONE.items():
        with pytest.raises(IncidentdError, match=why):
            await retire(life, target)
    await life.passes(3)
    assert len(life.open_tickets(old)) == 1
    assert await life.audit() == []


@pytest.mark.parametrize("life", ["jira"], indirect=True)
async def test_a_word_waits_for_a_sweep_and_gives_up_in_time(life: Life) -> None:
    """While the source is swept nobody knows what it will have seen. Two commands at once: one finds it said."""
    old, _ = await replaced_but_for_one(life)
    await life.passes(5)

    async def meanwhile(installation: Installation) -> None:
        async with leased(installation, "sweep:edge", None):
            with pytest.raises(StoreError, match="still at work on this state \\(sweep:edge\\)"):
                await retire(life, ADDRESSES[2])

    await life.by_command(meanwhile)
    assert await life.audit() == []
    await retire(life, ADDRESSES[2])
    with pytest.raises(IncidentdError, match="it is retired already, by alice: the host was scrapped"):
        await retire(life, ADDRESSES[2], Word("bob", "gone"))
    await life.run_once()
    assert life.open_tickets(old) == []
    assert [entry.who for entry in await life.audit()] == ["alice"]


@pytest.mark.parametrize("life", ["jira"], indirect=True)
async def test_what_left_the_configuration_need_not_wait_for_its_proof(life: Life) -> None:
    """Its source is not swept any more: a word ends it all the same, and more passes change nothing."""
    old, _ = await replaced_but_for_one(life)
    await life.passes(5)
    life.config["sources"]["edge"]["targets"] = [{"host": address, "server_name": NAME} for address in ADDRESSES[:2]]
    life.configure()
    await life.run_once()
    assert len(life.open_tickets(old)) == 1
    await retire(life, f"{ADDRESSES[2]}:443")
    await life.run_once()
    assert life.open_tickets(old) == []
    del life.config["sources"]["edge"]
    life.configure()
    await life.passes(3)
    assert life.open_tickets(old) == []
