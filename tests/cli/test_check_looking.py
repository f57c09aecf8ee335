"""Looking at endpoints and files at the same time: real handshakes, answers in the order of the arguments."""

import asyncio
from pathlib import Path

from incidentd.cli.checking.arguments import Argument, read_argument
from incidentd.cli.checking.looking import World, look_at_all
from incidentd.ports import ThreadWorker
from incidentd.sandbox.endpoints import TlsEndpoint
from incidentd.sandbox.network import SandboxNetwork
from incidentd.sources.tls.network import ProbeLimits, TlsNetwork
from tests.sources.world import StandingClock, issued

OLD, NEW = issued("svc.test"), issued("svc.test")


def arguments(*texts: str) -> list[Argument]:
    return [read_argument(text, lambda text: Path(text).exists()) for text in texts]


def world(network: TlsNetwork, names: dict[str, tuple[str, ...]], ports: dict[tuple[str, int], int]) -> World:
    return World(SandboxNetwork(names, network, ports), StandingClock(), ThreadWorker(), OLD.chain_pem)


def network() -> TlsNetwork:
    return TlsNetwork(ProbeLimits(connect_seconds=20, probe_seconds=20))


async def test_all_addresses_of_a_name_are_asked() -> None:
    """One result, with what each address showed, and the one that refused."""
    async with TlsEndpoint(OLD, address="127.0.0.2") as old, TlsEndpoint(NEW, address="127.0.0.3") as new:
        ports = {("127.0.0.2", 443): old.port, ("127.0.0.3", 443): new.port, ("127.0.0.4", 443): 1}
        there = world(network(), {"svc.test": ("127.0.0.2", "127.0.0.3", "127.0.0.4")}, ports)
        (found,), _ = await look_at_all(arguments("svc.test"), there)
    assert {one.member: one.chain[0].fingerprint for one in found.observations} == {
        "127.0.0.2": OLD.fingerprint,
        "127.0.0.3": NEW.fingerprint,
    }
    assert [gap.member for gap in found.gaps] == ["127.0.0.4"]


async def test_answers_come_in_the_order_of_the_arguments(tmp_path: Path) -> None:
    """Whatever is quickest; files of a folder stand where the folder does; the same target twice is there twice."""
    (tmp_path / "a.pem").write_bytes(OLD.chain_pem)
    (tmp_path / "b.pem").write_bytes(NEW.chain_pem)
    async with TlsEndpoint(NEW) as endpoint:
        host = f"127.0.0.1:{endpoint.port}"
        told: list[tuple[int, int]] = []
        found, _ = await look_at_all(
            arguments("none.test", host, str(tmp_path), "-", host),
            world(network(), {}, {}),
            lambda done, total: told.append((done, total)),
        )
    files = [str(tmp_path / "a.pem"), str(tmp_path / "b.pem")]
    assert [one.target for one in found] == ["none.test", host, *files, "-", host]
    assert told == [(done, 5) for done in range(1, 6)]


async def test_a_bare_name_that_does_not_resolve_may_be_a_file_that_is_not_there() -> None:
    """`old.crtt` is said to be neither; a target with a port, or a scheme, is no file."""
    targets = arguments("old.crtt", "old.crtt:443", "tls://old.crtt")
    found, _ = await look_at_all(targets, world(network(), {}, {}))
    texts = [one.gaps[0].text for one in found]
    assert [text.endswith(", and there is no file of this name here") for text in texts] == [True, False, False]
    assert all(text.startswith("the name ") for text in texts)


async def test_hundreds_of_targets_are_asked_at_the_same_time() -> None:
    """More than one handshake is under way, and none is lost."""
    addresses = [f"127.0.1.{n}" for n in range(1, 51)]
    endpoints = [TlsEndpoint(OLD, address=address) for address in addresses]
    await asyncio.gather(*(endpoint.start() for endpoint in endpoints))
    try:
        targets = [f"{one.address}:{one.port}" for one in endpoints] * 6
        found, _ = await look_at_all(arguments(*targets), world(network(), {}, {}))
    finally:
        await asyncio.gather(*(endpoint.stop() for endpoint in endpoints))
    assert [one.target for one in found] == targets
    assert all(one.observations and not one.gaps for one in found)
    assert max(endpoint.most_at_once for endpoint in endpoints) > 1


async def test_standard_input_without_a_certificate_is_a_gap() -> None:
    """Empty, or something else."""
    for stdin in (b"", b"hello", OLD.key_pem):
        there = World(network(), StandingClock(), ThreadWorker(), stdin)
        (found,), _ = await look_at_all(arguments("-"), there)
        assert (found.target, len(found.gaps)) == ("-", 1)
