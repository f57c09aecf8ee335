"""The real Network: names by the system's resolver, chains by handshakes that are bounded in time, bytes and number."""

import asyncio
import ipaddress
import socket
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from OpenSSL import SSL

from incidentd.model.observation import GapReason
from incidentd.ports import ProbeAnswer, ProbeRequest, Refusal
from incidentd.sources.tls.handshake import failure_of, refusal_of, shake
from incidentd.sources.tls.offers import Offers
from incidentd.sources.tls.plain_wire import StarttlsRefused
from incidentd.sources.tls.slots import Slots
from incidentd.sources.tls.starttls import begin_tls


@dataclass(frozen=True, slots=True)
class ProbeLimits:
    """How long and how many. Seconds count from when a probe gets its slot, not from when it asks for one."""

    connect_seconds: float = 5.0
    probe_seconds: float = 15.0
    resolve_seconds: float = 15.0
    everywhere: int = 256
    each_endpoint: int = 2
    """An endpoint is an address and a port: behind two ports of an address are two services, and maybe two machines."""
    resolvers: int = 32


class TlsNetwork:
    """Network on real sockets. One for the whole process, so that its caps hold over all sources."""

    def __init__(self, limits: ProbeLimits | None = None) -> None:
        self._limits = limits or ProbeLimits()
        self._offers = Offers()
        self._slots = Slots(self._limits.everywhere, self._limits.each_endpoint)
        # Threads of its own: a resolver that hangs must not hold up the database, which lives in the loop's threads.
        self._resolvers = ThreadPoolExecutor(self._limits.resolvers, thread_name_prefix="resolve")
        self._lookups = asyncio.Semaphore(self._limits.resolvers)

    async def resolve(self, host: str) -> tuple[str, ...]:
        """All addresses of a name, sorted; a literal address is its own answer. Raises OSError when there is none."""
        try:
            return (str(ipaddress.ip_address(host)),)
        except ValueError:
            pass
        loop = asyncio.get_running_loop()
        async with self._lookups, asyncio.timeout(self._limits.resolve_seconds):
            addresses = await loop.run_in_executor(self._resolvers, _look_up, host)
        return tuple(sorted(addresses))

    async def probe(self, request: ProbeRequest) -> ProbeAnswer:
        """One handshake within its time-outs and caps; never raises for what the peer does."""
        async with self._slots.taken((request.address, request.port)):
            answer = await self._probe(request, self._offers.of(request.key_type))
            # Who speaks nothing but TLS 1.3 says so, or hangs up.
            refused = answer.refusal in (Refusal.VERSION, Refusal.HUNG_UP)
            if refused and (newest := self._offers.newest(request.key_type)) is not None:
                return await self._probe(request, newest)
            return answer

    async def _probe(self, request: ProbeRequest, offer: SSL.Context) -> ProbeAnswer:
        deadline = asyncio.get_running_loop().time() + self._limits.probe_seconds
        family = socket.AF_INET6 if ":" in request.address else socket.AF_INET
        try:
            with socket.socket(family, socket.SOCK_STREAM) as sock:
                await self._connect(sock, request)
                if request.starttls is not None:
                    async with asyncio.timeout_at(deadline):
                        await begin_tls(sock, request.starttls, request.server_name or request.address)
                return await shake(offer, sock, request.server_name, deadline)
        except StarttlsRefused as refusal:
            return ProbeAnswer((), GapReason.STARTTLS_REFUSED, str(refusal))
        except OSError as error:
            return ProbeAnswer((), *failure_of(error), refusal=refusal_of(error))

    async def _connect(self, sock: socket.socket, request: ProbeRequest) -> None:
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        async with asyncio.timeout(self._limits.connect_seconds):
            await asyncio.get_running_loop().sock_connect(sock, (request.address, request.port))

    def close(self) -> None:
        """Gives the resolver's threads back."""
        self._resolvers.shutdown(wait=False, cancel_futures=True)


def _look_up(host: str) -> set[str]:
    try:
        return {str(entry[4][0]) for entry in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)}
    except UnicodeError:  # what Python's IDNA codec says of a label over 63 characters
        raise OSError("not a name that DNS can hold") from None
