"""What clients really get: one old backend of five, one type of key of two. Neither closes before the last is gone."""

import contextlib
from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from pathlib import Path

from incidentd.model.assessment import Stage
from incidentd.model.incident import IncidentState
from incidentd.ports import ProbeRequest, SystemClock
from incidentd.sandbox.ca import Issued, KeyType
from incidentd.sandbox.endpoints import TlsEndpoint
from tests.sources.nginx import free_ports, needs_nginx, running, server
from tests.stories.balancer import balancing
from tests.stories.life import ADDRESSES, NAME, START, Life

KEYS: tuple[tuple[KeyType, int], ...] = (("ec", 50), ("rsa", 60), ("ec", 400), ("rsa", 400))
HERE = ADDRESSES[0]
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def watches_one_address(life: Life, samples: int = 1) -> None:
    """One target, by its address."""
    edge = life.config["sources"]["edge"]
    edge |= {"targets": [{"host": HERE, "server_name": NAME}], "samples": samples}
    life.configure()


async def test_one_old_backend_of_five_keeps_the_ticket_open(life: Life) -> None:
    """Behind a balancer one handshake in five shows it. Once it is gone, 20 looks over a day are the proof."""
    old, new = life.issue(ends_in=50 * DAY), life.issue(ends_in=400 * DAY, begins=-DAY)
    async with contextlib.AsyncExitStack() as stack:
        backends = [await stack.enter_async_context(TlsEndpoint(old)) for _ in range(5)]
        life.scene.network.ports[(HERE, 443)] = await stack.enter_async_context(balancing(backends, HERE))
        watches_one_address(life, samples=5)
        await life.run_once()

        for backend in backends[:4]:
            backend.deploy(new)
        life.scene.clock.advance(HOUR)
        (update,) = (await life.plan()).plan.actions
        assert update.text.endswith(f"By turns at tls://{HERE}:443?sni={NAME} (1 of 5 handshakes still old).")
        await life.passes(3)
        (ticket,) = life.open_tickets(old)
        assert "(1 of 5 handshakes still old)" in life.comments(ticket)[-1]
        assert [one.state for one in await life.records()] == [IncidentState.OPEN]

        backends[4].deploy(new)
        life.scene.clock.advance(HOUR)
        await life.passes(4, apart=HOUR)
        assert len(life.open_tickets(old)) == 1, "it came and went: four looks are no proof"
        await life.passes(17, apart=2 * HOUR)
        assert life.open_tickets(old) == []


@contextlib.contextmanager
def nginx(folder: Path, *keys: Issued) -> Iterator[int]:
    """Its port, while it serves one certificate for each type of key."""
    folder.mkdir()
    rules = ""
    for number, one in zip(count(), keys, strict=False):
        (folder / f"{number}.pem").write_bytes(one.chain_pem)
        (folder / f"{number}.key").write_bytes(one.key_pem)
        rules += f"ssl_certificate {number}.pem; ssl_certificate_key {number}.key;"
    (port,) = free_ports(1, HERE)
    with running(folder, [server(HERE, port, NAME, rules)]):
        yield port


async def answers(life: Life, port: int) -> None:
    """Until it has started; the test's own time-out ends this."""
    life.scene.network.ports[(HERE, 443)] = port
    while not (await life.scene.network.probe(ProbeRequest(HERE, 443, NAME))).chain:
        await SystemClock().sleep(0.02)


@needs_nginx
async def test_the_old_certificate_of_the_other_key_type_keeps_the_ticket_open(life: Life) -> None:
    """An nginx with two certificates has two tickets, each closed by a successor of its own type."""
    old_ec, old_rsa, new_ec, new_rsa = (
        life.authority.issue([NAME], not_before=START - 90 * DAY, not_after=START + left * DAY, key_type=key_type)
        for key_type, left in KEYS
    )
    watches_one_address(life)
    told: list[list[int]] = []
    served = [(old_ec, old_rsa), (new_ec, old_rsa), (new_ec, new_rsa)]
    for number, keys in enumerate(served):
        with nginx(life.scene.folder / f"nginx-{number}", *keys) as port:
            await answers(life, port)
            life.scene.clock.advance(HOUR)
            await life.passes(3 if number else 1)
        told.append([len(life.open_tickets(one)) for one in (old_ec, old_rsa)])
    assert told == [[1, 1], [0, 1], [0, 0]]
    assert {record.stage for record in await life.records()} == {Stage.SETTLED}
