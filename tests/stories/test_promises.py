"""The promises of 2013, each told as a story that would fail if it were broken."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise, product
from pathlib import Path
from typing import Any

from incidentd.cli.promise import promised
from incidentd.model.assessment import Reason
from incidentd.planning.promise import Entry
from incidentd.policy.calendar import months_before
from incidentd.policy.concentration_spread import spread
from incidentd.sandbox.ca import Issued
from tests.stories.life import ADDRESSES, NAME, SWEEP, Life
from tests.web.partitioned import lay_out_regions
from tests.web.world import Lived, issue, lived

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


REGIONS = ("asia", "eu", "us")
THREE_SERVICES = {"blob": 0, "queue": 89, "table": 179}
"""With the seconds after the first end at which the certificate of each ends."""


def as_in_2013(folder: Path) -> dict[str, Any]:
    """Three services in three regions, with one certificate each that end within three minutes."""
    certificates = {name: issue(f"{name}.example.test", 200 + late / 86400) for name, late in THREE_SERVICES.items()}
    return lay_out_regions(
        folder, [(name, region, certificates[name]) for name in THREE_SERVICES for region in REGIONS]
    )


async def concentrations(world: Lived) -> list[Any]:
    """What `/api/v1/concentration` shows."""
    async with world.client() as client:
        return list((await client.get("/api/v1/concentration")).json()["findings"])


async def test_promise_c_certificates_are_shown_to_be_partitioned_across_services_regions_and_time_or_not(
    tmp_path: Path,
) -> None:
    """What could take everything down is one finding, with dates that pull it apart; a fleet that is apart has none."""
    async with lived(tmp_path, {}, sources=as_in_2013(tmp_path)) as world:
        (found,) = await concentrations(world)
        decision, review = world.status.decision, world.installation.reviews.last
        assert decision is not None
        assert review is not None
        known = decision.inventory.certificates
        proposals = list(spread(review.findings[0], known, world.clock.now()))
    assert (found["kind"], found["services"]) == ("same_window", ["blob", "queue", "table"])
    assert found["regions"] == ["asia", "eu", "us"]
    assert "3 certificates end from 2026-09-17 12:00:00 to 2026-09-17 12:02:59 UTC" in found["text"]
    assert [(after.renew_on - before.renew_on).days for before, after in pairwise(proposals)] == [7, 7]
    assert all(one.renew_on <= months_before(one.certificate.not_after, 3).date() for one in proposals)  # type: ignore[union-attr]  # none of them ends before the year 1

    apart = [
        (name, region, issue(f"{region}.{name}.example.test", 120 + 40 * number, authority=f"CA of {region}"))
        for number, (name, region) in enumerate(product(THREE_SERVICES, REGIONS))
    ]
    async with lived(tmp_path, {}, sources=lay_out_regions(tmp_path, apart), state=_state(tmp_path)) as world:
        assert await concentrations(world) == []


async def test_promise_d_each_single_point_of_failure_is_reviewed_by_an_owner_until_a_waiver_ends(
    tmp_path: Path,
) -> None:
    """Accepted with owner, reason and end; what it stood for comes to review by itself; and it is back at the end."""
    sources = as_in_2013(tmp_path)
    async with lived(tmp_path, {}, sources=sources) as world:
        (found,) = await concentrations(world)
    waiver = {"id": found["id"], "until": "2026-06-01", "owner": "storage", "reason": "split in the next rotation"}
    async with lived(tmp_path, {}, sources=sources, policy={"waivers": [waiver]}) as world:
        accepted, *others = await concentrations(world)
        world.clock.advance(timedelta(days=100))
        (again,) = await concentrations(world)
    assert (accepted["id"], accepted["accepted"], accepted["waiver"]["owner"]) == (found["id"], True, "storage")
    assert [one["kind"] for one in others] == ["same_certificate"] * 3 + ["shared_issuer"]
    assert not any(one["accepted"] for one in others)
    assert (again["id"], again["accepted"], again["waiver"]["until"]) == (found["id"], False, "2026-06-01T00:00:00Z")


def _state(folder: Path) -> dict[str, str]:
    return {"url": f"sqlite:///{folder}/apart.db"}
