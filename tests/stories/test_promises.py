"""The promises of 2013, each told as a story that would fail if it were broken."""

from __future__ import annotations

from datetime import timedelta

from incidentd.cli.promise import promised
from incidentd.model.assessment import Reason
from incidentd.planning.promise import Entry
from incidentd.sandbox.ca import Issued
from tests.stories.life import ADDRESSES, NAME, SWEEP, Life

DAY = timedelta(days=1)
SHORT = timedelta(days=12)
"""Renewed after eight days, overdue after 8 d 14 h 24 min."""
ROBOT, BY_HAND = "robot.example.test", NAME


def short_lived(life: Life) -> Issued:
    """One that begins now and lives for twelve days."""
    return life.issue(ends_in=SHORT, begins=timedelta(), names=(ROBOT,))


async def register(life: Life) -> dict[str, Entry]:
    """What `incidentd promise` shows, by fingerprint."""
    return {entry.certificate.fingerprint: entry for entry in await life.by_command(promised)}


async def kept_with_one_ticket(life: Life, *inside: Issued) -> dict[str, Entry]:
    """The register holds just these, each kept; and each with an incident has one open ticket, the others none."""
    entries = await register(life)
    assert entries.keys() == {issued.fingerprint for issued in inside}
    assert all(entry.is_kept for entry in entries.values())
    for issued in inside:
        expected = 0 if entries[issued.fingerprint].exemption else 1
        assert len(life.open_tickets(issued)) == len(life.tickets(issued)) == expected
    return entries


async def test_promise_a_less_than_three_months_left_is_one_ticket_that_stays_true_and_closes_on_proof(
    life: Life,
) -> None:
    """One renewed by hand; one by a robot that is let off once it was seen to renew twice in time, and no longer."""
    scene = life.scene
    targets = [(BY_HAND, ADDRESSES[0]), (BY_HAND, ADDRESSES[1]), (ROBOT, ADDRESSES[2])]
    named = [{"host": address, "server_name": name} for name, address in targets]
    life.configure(sources={"edge": {"kind": "tls", "labels": {"env": "prod"}, "targets": named}})
    old, first = life.issue(ends_in=105 * DAY), short_lived(life)
    await scene.serve(BY_HAND, old, *ADDRESSES[:2])
    await scene.serve(ROBOT, first, ADDRESSES[2])
    await life.run_once()
    await kept_with_one_ticket(life, first)  # the literal rule: nobody has seen the robot renew anything

    scene.clock.advance(8 * DAY + SWEEP)
    second = short_lived(life)
    scene.deploy(second, ROBOT)
    await life.passes(3)
    await kept_with_one_ticket(life, second)
    assert life.open_tickets(first) == [], "closed on proof"

    scene.clock.advance(8 * DAY)
    third = short_lived(life)
    scene.deploy(third, ROBOT)
    await life.passes(3)
    entries = await kept_with_one_ticket(life, old, third)
    let_off = entries[third.fingerprint].exemption
    assert let_off is not None and let_off.reason is Reason.RENEWED_BY_AUTOMATION
    assert first.fingerprint[:8] in let_off.proof and second.fingerprint[:8] in let_off.proof

    scene.clock.advance(9 * DAY)
    new = life.issue(ends_in=400 * DAY, begins=-DAY, names=(BY_HAND,))
    scene.deploy(new, BY_HAND, ADDRESSES[0])
    await life.passes(3)
    entries = await kept_with_one_ticket(life, old, third)  # one place is not all; and the robot missed one
    assert Reason.RENEWAL_OVERDUE in entries[third.fingerprint].assessment.reasons

    scene.deploy(new, BY_HAND)
    await life.passes(3)
    await kept_with_one_ticket(life, third)
    assert life.open_tickets(old) == [] and len(life.tickets(old)) == 1
