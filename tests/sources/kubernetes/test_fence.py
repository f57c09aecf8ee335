"""The fence on real sockets: whatever a tenant writes, nobody connects to where nobody may."""

import asyncio
import socket
import unicodedata
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest

from incidentd.model.observation import GapReason
from incidentd.ports import Network, ProbeAnswer, ProbeRequest
from incidentd.sandbox.endpoints import TlsEndpoint
from incidentd.sources.kubernetes.allowing import allow_list_of
from incidentd.sources.kubernetes.fence import FencedNetwork
from incidentd.sources.target import parse_host, parse_target
from incidentd.sources.tls.looking import TlsLooker
from incidentd.sources.tls.network import TlsNetwork
from tests.sources.kubernetes.far import FarNetwork
from tests.sources.world import StandingClock, issued

EVERYTHING = allow_list_of(("*", "0.0.0.0/0", "::/0"))
FULL_WIDTH = str.maketrans("0123456789.", "０１２３４５６７８９．")
CIRCLED = str.maketrans("123456789", "①②③④⑤⑥⑦⑧⑨")
ARABIC = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")


def _of_v4(address: str) -> Iterator[str]:
    """One IPv4 address as inet_aton(3), browsers, and the careless read it."""
    a, b, c, d = (int(part) for part in address.split("."))
    number = a << 24 | b << 16 | c << 8 | d
    yield from (address, f"{address}.", str(number), hex(number), hex(number).upper(), f"0{number:o}", f"{number}.")
    yield from (f"{a}.{b}.{c << 8 | d}", f"{a}.{b << 16 | c << 8 | d}", f"0x{a:x}.0x{b:x}.0x{c:x}.0x{d:x}")
    yield from (f"0{a:o}.0{b:o}.0{c:o}.0{d:o}", f"000{a:o}.{b}.0x{c:x}.{d}", f"0x{a:x}.{number & 0xFFFFFF}")
    yield from (address.translate(FULL_WIDTH), address.translate(CIRCLED), address.translate(ARABIC))
    yield from (address.replace(".", "。"), address.replace(".", "｡"), f"{address}\u00ad", f"\u200b{address}")
    yield from (f"::ffff:{address}", f"::{address}", f"64:ff9b::{address}", f"::ffff:0:{address}")
    yield from (f"2002:{a:02x}{b:02x}:{c:02x}{d:02x}::", f"[::ffff:{address}]", f"::ffff:{address}%1")


SPELLINGS = sorted(
    {
        *_of_v4("127.0.0.1"),
        *_of_v4("169.254.169.254"),
        *_of_v4("0.0.0.0"),
        *_of_v4("224.0.0.1"),
        "127.1", "0x7f.1", "017700000001", "0", "0x0", "::1", "::", "0:0:0:0:0:0:0:1", "[::1]", "::1%lo", "::1%1",
        "fe80::1", "fe80::1%1", "FE80::1", "ff02::1", "fd00:ec2::254", "FD00:0EC2:0:0::0254", "fd20:ce::254",
        "localhost", "LOCALHOST.", "ⓛocalhost", "127.0.0.1.nip.test",
    }
)  # fmt: skip  # a list, read in rows


@dataclass(frozen=True, slots=True)
class Careless:
    """A Network that resolves as the laxest would, and connects for real; it keeps nobody from anything."""

    network: Network

    async def resolve(self, host: str) -> tuple[str, ...]:
        plain = unicodedata.normalize("NFKC", host).replace("\u00ad", "").replace("\u200b", "").replace("。", ".")
        plain = plain.lower().strip("[].")
        if plain in ("localhost", "127.0.0.1.nip.test"):
            return ("127.0.0.1", "::1")
        try:
            return (socket.inet_ntoa(socket.inet_aton(plain)),)
        except OSError:
            return (plain,)

    async def probe(self, request: ProbeRequest) -> ProbeAnswer:
        return await self.network.probe(request)


class Rebinding(FarNetwork):
    """Each question is answered otherwise: first with an address that is allowed, then with loopback."""

    async def resolve(self, host: str) -> tuple[str, ...]:
        self.asked.append(host)
        return ("203.0.114.7",) if len(self.asked) == 1 else ("127.0.0.1",)


@asynccontextmanager
async def listening() -> AsyncIterator[tuple[int, list[object]]]:
    """A port on every address of this machine, and who connected to it."""
    connected: list[object] = []

    def noticed(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connected.append(writer.get_extra_info("peername"))
        writer.close()

    server = await asyncio.start_server(noticed, "0.0.0.0", 0)
    try:
        yield server.sockets[0].getsockname()[1], connected
    finally:
        server.close()
        await server.wait_closed()


async def _tried(network: Network, host: str, port: int) -> list[ProbeAnswer]:
    try:
        addresses = await network.resolve(host)
    except OSError:
        return []
    name = None if addresses == (host,) else host
    return [await network.probe(ProbeRequest(address, port, name)) for address in addresses]


async def test_a_hundred_spellings_make_no_connection(network: TlsNetwork) -> None:
    """Even with everything allowed, a resolver that takes every spelling, and no reader that stops them before."""
    assert len(SPELLINGS) >= 100
    async with listening() as (port, connected):
        fenced = FencedNetwork(Careless(network), EVERYTHING)
        answers = {host: await _tried(fenced, host, port) for host in SPELLINGS}
        assert connected == []
        assert {answer.gap for each in answers.values() for answer in each} == {GapReason.NOT_ALLOWED}
        await _tried(Careless(network), "0x7f.1", port)
        assert len(connected) == 1  # it would have been noticed


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_no_spelling_is_read_as_an_address_but_its_own(spelling: str) -> None:
    """A reader takes a literal address for what it is, and all that only looks like one for no host at all."""
    try:
        host = parse_host(spelling)
    except ValueError:
        return
    assert EVERYTHING.refusal_of_host(host) is not None or not host.rstrip(".").replace(".", "").isdigit()


async def test_a_name_that_rebinds_is_connected_to_where_it_was_judged(network: TlsNetwork) -> None:
    """It is asked for once in a sweep; at the next, its new address is refused."""
    async with listening() as (port, connected):
        rebinding = Rebinding(network, {}, {("127.0.0.1", port): ("127.0.0.1", port)})
        looker = TlsLooker("cluster", FencedNetwork(rebinding, EVERYTHING), StandingClock())
        target = parse_target(f"rebinding.test:{port}")
        [first] = await looker.look_at_all([target], {})
        assert (rebinding.asked, set(rebinding.probed)) == (["rebinding.test"], {"203.0.114.7"})
        [second] = await looker.look_at_all([target], {})
        assert (set(rebinding.probed), connected) == ({"203.0.114.7"}, [])
    assert [gap.reason for gap in (*first.gaps, *second.gaps)] == [GapReason.REFUSED, GapReason.NOT_ALLOWED]


async def test_what_is_allowed_is_looked_at_as_anywhere(network: TlsNetwork) -> None:
    """Public by its name, private by its range; one of its addresses that is refused stands beside the others."""
    server = issued("shop.example.net")
    async with TlsEndpoint(server, address="127.0.3.1") as endpoint:
        home = ("127.0.3.1", endpoint.port)
        names = {"shop.example.net": ("10.1.2.3", "127.0.0.1", "192.168.0.1", "203.0.114.7")}
        far = FarNetwork(network, names, {("10.1.2.3", 443): home, ("203.0.114.7", 443): home})
        fenced = FencedNetwork(far, allow_list_of(("*.example.net", "10.0.0.0/8")))
        [look] = await TlsLooker("cluster", fenced, StandingClock()).look_at_all([parse_target("shop.example.net")], {})
    assert [(one.member, one.chain[0].fingerprint) for one in look.observations] == [
        ("10.1.2.3", server.fingerprint),
        ("203.0.114.7", server.fingerprint),
    ]
    refused = {gap.member: gap.text for gap in look.gaps if gap.reason is GapReason.NOT_ALLOWED}
    assert set(refused) == {"127.0.0.1", "192.168.0.1"}
    assert "never allowed" in refused["127.0.0.1"] and "has no range" in refused["192.168.0.1"]


async def test_a_host_that_nothing_allows_is_not_even_asked_for(network: TlsNetwork) -> None:
    """No word of a tenant's reaches a resolver then; nor does a probe of what is no address."""
    far = FarNetwork(network, {"a.test": ("203.0.114.7",)})
    fenced = FencedNetwork(far, allow_list_of(("*.example.net",)))
    with pytest.raises(PermissionError, match=r"targets\.allow does not name it"):
        await fenced.resolve("a.test")
    answer = await fenced.probe(ProbeRequest("a.example.net", 443, "a.example.net"))
    assert (answer.gap, far.asked, far.probed) == (GapReason.NOT_ALLOWED, [], [])
