"""Promise (b): builds and releases that contain certificate updates are tracked and prioritised correctly."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from incidentd.artefacts.scan import Build, scan
from incidentd.cli.releasing.asking import known_to
from incidentd.cli.releasing.gate import Asked, verdict
from incidentd.daemon.announcing import Announced, announce, ship
from incidentd.daemon.installation import Installation
from incidentd.model.assessment import Stage, Step
from incidentd.planning.announcing import announcement
from tests.stories.life import ADDRESSES, NAME, Life
from tests.stories.test_releases import DAY, HOUR, opened, release_ticket, stage, told


async def passes_the_gate(life: Life, build: Path) -> bool:
    """Whether `incidentd release check --artifact BUILD` lets the build through."""
    known = await life.by_command(known_to)
    return verdict(scan(Build((str(build),))), known, Asked()).passes


async def announced_for(life: Life, build: Path, planned_in: timedelta, ticket: str) -> None:
    """What `incidentd release announce --artifact BUILD --planned-at TIME --ticket TICKET` says."""

    async def work(installation: Installation) -> Announced:
        now = installation.clock.now()
        carried = scan(Build((str(build),))).carried
        said = announcement("R", now, planned_at=now + planned_in, carried=carried, ticket=ticket)
        return await announce(installation, said, "ci")

    await life.by_command(work)


async def test_promise_b_a_release_with_a_certificate_update_is_tracked_and_prioritised_until_it_is_served(
    life: Life,
) -> None:
    """Unsaid it fails its build; late it is escalated and its ticket told; shipped by word alone it closes nothing."""
    old, new = await opened(life)
    build = life.scene.folder / "build"
    build.mkdir()
    (build / "api.pem").write_bytes(new.chain_pem)
    assert not await passes_the_gate(life, build), "nobody said that it carries a certificate"

    ticket, theirs = release_ticket(life)
    await announced_for(life, build, 48 * DAY, ticket)
    assert await passes_the_gate(life, build)
    await life.run_once()
    assert stage(await life.records()) == (Stage.RELEASE_LATE, Step.ERROR), "it would ship two days before the end"
    (comment,) = [text for text in life.comments(theirs) if "RELEASE LATE at" in text]
    assert NAME in comment and "before expiry" in comment

    await announced_for(life, build, 5 * DAY, ticket)
    await life.run_once()
    assert stage(await life.records()) == (Stage.RENEWED_NOT_DEPLOYED, Step.ERROR)
    life.scene.clock.advance(5 * DAY - HOUR)
    await told(life, ship)
    life.scene.deploy(new, NAME, ADDRESSES[0])
    await life.passes(4)
    assert stage(await life.records()) == (Stage.PARTLY_DEPLOYED, Step.ERROR)
    (ours,) = life.open_tickets(old)
    life.scene.deploy(new, NAME)
    await life.passes(4)
    assert not life.is_open(ours), "served everywhere: that is what is believed"
    assert life.is_open(theirs) and len(life.comments(theirs)) == 1
