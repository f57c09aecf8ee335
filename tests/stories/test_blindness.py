"""What could not be seen never closes anything; what was deliberately removed does."""

from datetime import timedelta

from incidentd.model.incident import IncidentState
from incidentd.sandbox.endpoints import TlsEndpoint
from tests.stories.life import ADDRESSES, NAME, SWEEP, Life

DAY = timedelta(days=1)


async def test_an_unreachable_place_never_closes(life: Life) -> None:
    """Two places are renewed, the third cannot be reached for days: the ticket stays."""
    old, new = life.issue(ends_in=50 * DAY), life.issue(ends_in=400 * DAY, begins=-DAY)
    endpoints = await life.scene.serve(NAME, old, *ADDRESSES)
    await life.run_once()
    life.scene.deploy(new, NAME, *ADDRESSES[:2])
    await endpoints[2].stop()
    await life.passes(4, apart=DAY)
    assert len(life.open_tickets(old)) == 1


async def test_an_address_that_never_answered_never_closes(life: Life) -> None:
    """It may serve the old one all the while; once it shows the new one often enough, that is proof."""
    old, new = life.issue(ends_in=50 * DAY), life.issue(ends_in=400 * DAY, begins=-DAY)
    await life.scene.serve(NAME, old, *ADDRESSES[:2])
    life.config["sources"]["edge"]["targets"] = [NAME]
    life.configure()
    port = life.scene.network.ports.pop((ADDRESSES[1], 443))
    await life.run_once()
    assert len(life.open_tickets(old)) == 1
    life.scene.deploy(new, NAME, *ADDRESSES[:2])
    await life.passes(4, apart=DAY)
    assert len(life.open_tickets(old)) == 1
    life.scene.network.ports[ADDRESSES[1], 443] = port
    await life.passes(2)
    assert len(life.open_tickets(old)) == 1
    await life.passes(2)
    assert life.open_tickets(old) == []


async def test_every_place_unreachable_never_closes(life: Life) -> None:
    """A network that is gone is no roll-out."""
    old = life.issue(ends_in=50 * DAY)
    endpoints = await life.scene.serve(NAME, old, *ADDRESSES)
    await life.run_once()
    for endpoint in endpoints:
        await endpoint.stop()
    passed = await life.passes(4, apart=DAY)
    assert passed.problems == ()
    assert len(life.open_tickets(old)) == 1


async def test_a_server_that_says_nothing_never_closes(life: Life) -> None:
    """Accepted connections without a handshake are gaps."""
    old = life.issue(ends_in=50 * DAY)
    (endpoint,) = await life.scene.serve(NAME, old, ADDRESSES[0])
    life.config["sources"]["edge"]["targets"] = [{"host": ADDRESSES[0], "server_name": NAME}]
    life.configure()
    await life.run_once()
    await endpoint.stop()
    async with TlsEndpoint(address=ADDRESSES[0], port=endpoint.port):  # refuses each handshake
        await life.passes(4)
    assert len(life.open_tickets(old)) == 1


async def test_an_emptied_folder_never_closes_by_itself(life: Life) -> None:
    """All files of a folder gone at once are suspect: held, visible, until a person approves."""
    old, other = life.issue(ends_in=50 * DAY), life.issue(ends_in=60 * DAY, names=("b.example.test",))
    paths = [life.scene.store("a.pem", old), life.scene.store("b.pem", other)]
    await life.run_once()
    for path in paths:
        path.unlink()
    passed = await life.passes(5)
    assert len(life.open_tickets(old)) == len(life.open_tickets(other)) == 1
    assert {held.hold for held in passed.reconciled.decision.plan.held} == {"guard_suspect_source"}


async def test_a_folder_that_became_a_file_never_closes(life: Life) -> None:
    """What cannot be listed is a gap, whoever runs the daemon."""
    old = life.issue(ends_in=50 * DAY)
    life.scene.store("a.pem", old)
    await life.run_once()
    life.scene.store_folder.rename(life.scene.folder / "elsewhere")
    life.scene.store_folder.write_text("no folder")
    await life.passes(4)
    assert len(life.open_tickets(old)) == 1


async def test_a_folder_that_is_gone_never_closes(life: Life) -> None:
    """An unmounted store is a gap."""
    old = life.issue(ends_in=50 * DAY)
    life.scene.store("a.pem", old)
    await life.run_once()
    life.scene.store_folder.rename(life.scene.folder / "elsewhere")
    await life.passes(4)
    assert len(life.open_tickets(old)) == 1


async def test_a_torn_file_never_closes(life: Life) -> None:
    """Half a file is a gap."""
    old = life.issue(ends_in=50 * DAY)
    path = life.scene.store("a.pem", old)
    await life.run_once()
    path.write_bytes(old.chain_pem[:200])
    await life.passes(4)
    assert len(life.open_tickets(old)) == 1


async def test_a_target_that_left_the_configuration_closes(life: Life) -> None:
    """Retired on purpose: closed after as many passes as proof takes, not before."""
    old = life.issue(ends_in=50 * DAY)
    await life.scene.serve(NAME, old, *ADDRESSES)
    await life.run_once()
    life.config["sources"]["edge"]["targets"] = [{"host": "127.0.0.99", "server_name": "other.example.test"}]
    life.configure()
    await life.run_once()
    assert len(life.open_tickets(old)) == 1
    life.scene.clock.advance(SWEEP)
    await life.passes(3)
    assert life.open_tickets(old) == []
    assert "Retired" in (await life.records())[0].close_text


async def test_a_file_deleted_from_a_readable_folder_closes(life: Life) -> None:
    """Among files that stay, a deleted one is a removal."""
    old = life.issue(ends_in=50 * DAY)
    path = life.scene.store("a.pem", old)
    for number in range(2):
        life.scene.store(f"{number}.pem", life.issue(ends_in=300 * DAY, names=(f"n{number}.example.test",)))
    await life.run_once()
    assert len(life.open_tickets(old)) == 1
    path.unlink()
    await life.passes(4)
    assert life.open_tickets(old) == []
    assert (await life.records())[0].state is IncidentState.CLOSED
