"""Servers with an RSA and an EC certificate are seen whole, and those with one are not asked in vain every hour."""

import ssl
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from incidentd.model.certificate import Certificate, KeyType
from incidentd.model.inventory import Member, Place, Run
from incidentd.model.location import Location, Role
from incidentd.model.observation import GapReason, Sweep
from incidentd.ports import ProbeAnswer, ProbeRequest, Refusal, ThreadWorker
from incidentd.sandbox.ca import Issued
from incidentd.sandbox.endpoints import Manner, TlsEndpoint
from incidentd.sandbox.serving_tls import TlsRules
from incidentd.sources.tls.key_types import ASK_AGAIN_SECONDS
from incidentd.sources.tls.network import ProbeLimits, TlsNetwork
from incidentd.sources.tls.settings import TlsSettings
from incidentd.sources.tls.source import TlsSource
from incidentd.x509.parse import parse_certificate
from tests.sources.world import NOW, VALID_FROM, VALID_UNTIL, authority

ROOT = authority()
EC_CA, RSA_CA = (ROOT.intermediate(name, not_before=VALID_FROM, not_after=VALID_UNTIL) for name in ("EC CA", "RSA CA"))
V = ssl.TLSVersion


def issued(key_type: str, name: str = "both.test") -> Issued:
    by = EC_CA if key_type == "ec" else RSA_CA
    return by.issue([name], not_before=VALID_FROM, not_after=VALID_UNTIL, key_type=key_type)  # type: ignore[arg-type]  # the text


EC, RSA, NEW_EC = issued("ec"), issued("rsa"), issued("ec")
CHAINS = {one.fingerprint: (one.fingerprint, by.issued.fingerprint) for one, by in ((EC, EC_CA), (RSA, RSA_CA))}


@dataclass
class MovingClock:
    """Moves when it is told to."""

    seconds: float = 0.0

    def now(self) -> datetime:
        return NOW + timedelta(seconds=self.seconds)

    def monotonic(self) -> float:
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        self.seconds += seconds


@dataclass
class Scripted:
    """A network that answers as a function says, and notes what was asked."""

    answer: Callable[[ProbeRequest], ProbeAnswer]
    asked: list[KeyType | None] = field(default_factory=list)

    async def resolve(self, host: str) -> tuple[str, ...]:
        return (host,)

    async def probe(self, request: ProbeRequest) -> ProbeAnswer:
        self.asked.append(request.key_type)
        return self.answer(request)


def source(network: TlsNetwork | Scripted, port: int = 443, samples: int = 1) -> TlsSource:
    settings = TlsSettings.model_validate({"kind": "tls", "targets": [f"127.0.0.1:{port}"], "samples": samples})
    return TlsSource("edge", settings, Path(), network, MovingClock(), ThreadWorker())


def chains(sweep: Sweep) -> list[tuple[tuple[str, ...], tuple[int, ...]]]:
    return [(tuple(c.fingerprint for c in one.chain), one.others) for one in sweep.observations]


RULES = {
    "TLS 1.2 and 1.3": TlsRules(),
    "only TLS 1.2": TlsRules(maximum=V.TLSv1_2),
    "only TLS 1.3": TlsRules(minimum=V.TLSv1_3),
    "client certificate": TlsRules(demands_client_certificate=True),
}


@pytest.mark.parametrize("rules", RULES.values(), ids=RULES)
async def test_a_server_with_two_types_of_keys_is_seen_whole(network: TlsNetwork, rules: TlsRules) -> None:
    """Whatever it prefers: both chains are one look, and where the second one begins is known."""
    async with TlsEndpoint(rules=rules) as endpoint:
        endpoint.deploy_together(EC, RSA)
        (seen,) = chains(await source(network, endpoint.port).sweep([]))
    by_first = {EC.fingerprint: (*CHAINS[EC.fingerprint], *CHAINS[RSA.fingerprint])}
    by_first[RSA.fingerprint] = (*CHAINS[RSA.fingerprint], *CHAINS[EC.fingerprint])
    assert seen == (by_first[seen[0][0]], (2,))


@pytest.mark.parametrize("leaf", [EC, RSA], ids=["ec", "rsa"])
@pytest.mark.parametrize("rules", RULES.values(), ids=RULES)
async def test_a_server_with_one_is_seen_as_it_is(network: TlsNetwork, rules: TlsRules, leaf: Issued) -> None:
    """What it refuses is no gap."""
    async with TlsEndpoint(leaf, rules=rules) as endpoint:
        sweep = await source(network, endpoint.port).sweep([])
    assert chains(sweep) == [(CHAINS[leaf.fingerprint], ())]
    assert sweep.complete


async def test_each_sample_is_joined_with_one_of_the_other_type(network: TlsNetwork) -> None:
    """A balancer may have both types at each of its backends."""
    async with TlsEndpoint() as endpoint:
        endpoint.deploy_together(EC, RSA)
        sweep = await source(network, endpoint.port, samples=3).sweep([])
        assert endpoint.connections == 6
    assert [others for _, others in chains(sweep)] == [(2,)] * 3


async def test_who_refused_is_asked_again_after_a_day_or_when_it_serves_something_else(network: TlsNetwork) -> None:
    """Between them one handshake a sweep is enough."""
    async with TlsEndpoint(EC) as endpoint:
        edge, counts = source(network, endpoint.port), []
        clock = edge.clock
        assert isinstance(clock, MovingClock)
        for change in (None, None, "a day", None, "renewed", None):
            clock.seconds += ASK_AGAIN_SECONDS if change == "a day" else 60
            if change == "renewed":
                endpoint.deploy(NEW_EC)
            before = endpoint.connections
            await edge.sweep([])
            counts.append(endpoint.connections - before)
    assert counts == [3, 1, 3, 1, 3, 1]  # hung up on, it offers TLS 1.3 before it believes that


def remembered(*heads: str, others: tuple[int, ...] = (), since: timedelta = timedelta(days=30)) -> list[Place]:
    """The member showed these one after the other, the last of them for so long."""
    chain = [(head,) for head in heads]
    runs = [Run(one, NOW - since - timedelta(days=9 - n), NOW - since, 1) for n, one in enumerate(chain[:-1])]
    last = Run((*chain[-1], *("ff" * 32 for _ in others)), NOW - since, NOW, 9, others=others)
    location = Location("tls://127.0.0.1:443", "edge", Role.SERVED)
    return [Place(location, (Member("127.0.0.1", (*runs, last)),), NOW)]


STEADY = remembered(EC.fingerprint)
CHANGED = remembered("ab" * 32, EC.fingerprint, since=timedelta(days=3))
CHANGED_NOW = remembered("ab" * 32)
LONG_AGO = remembered("ab" * 32, EC.fingerprint)
SEVERAL = remembered(EC.fingerprint, others=(1,))
SILENCE = ProbeAnswer((), GapReason.TIMED_OUT, "no answer in time")
HUNG_UP = ProbeAnswer((), GapReason.RESET, "the server hung up", Refusal.HUNG_UP)
REFUSED = ProbeAnswer((), GapReason.NO_CERTIFICATE, "nothing fits", Refusal.NOTHING_FITS)
THE_SAME = ProbeAnswer((EC.der,))
BROKEN = ProbeAnswer((b"no",))


@pytest.mark.parametrize(
    ("known", "answer", "is_gap"),
    [
        pytest.param([], SILENCE, False, id="never seen: nobody waits for what may not be"),
        pytest.param(STEADY, SILENCE, False, id="one type for long"),
        pytest.param(STEADY, HUNG_UP, False, id="one type for long, no word"),
        pytest.param(LONG_AGO, SILENCE, False, id="replaced long ago"),
        pytest.param(CHANGED, SILENCE, True, id="replaced lately: the old one may be there for others"),
        pytest.param(CHANGED_NOW, SILENCE, True, id="replaced now"),
        pytest.param(CHANGED, HUNG_UP, False, id="replaced lately, hangs up on the offer"),
        pytest.param(CHANGED, REFUSED, False, id="replaced lately, refuses"),
        pytest.param(SEVERAL, SILENCE, True, id="two types, one does not answer"),
        pytest.param(SEVERAL, HUNG_UP, True, id="two types, one is cut off"),
        pytest.param(SEVERAL, BROKEN, True, id="two types, one cannot be read"),
        pytest.param(SEVERAL, REFUSED, False, id="two types, one is refused now"),
        pytest.param(SEVERAL, THE_SAME, False, id="two types, and the same for both now"),
    ],
)
async def test_no_answer_is_no_absence(known: list[Place], answer: ProbeAnswer, is_gap: bool) -> None:
    """Where a type of key was, or may be what is being replaced, silence leaves the member unseen as a whole."""
    sweep = await source(Scripted(lambda r: ProbeAnswer((EC.der,)) if r.key_type is None else answer)).sweep(known)
    if is_gap:
        assert sweep.observations == ()
        (gap,) = sweep.gaps
        assert gap.text.startswith("its RSA certificate, if it has one, could not be looked at: ")
    else:
        assert chains(sweep) == [((EC.fingerprint,), ())]
        assert sweep.gaps == ()


@pytest.mark.parametrize(("known", "each_time"), [(STEADY, False), (CHANGED, True), (SEVERAL, True)])
async def test_where_proof_is_at_stake_each_sweep_asks(known: list[Place], each_time: bool) -> None:
    """A look that did not ask would count as one that did not show the old one."""
    network = Scripted(lambda request: ProbeAnswer((EC.der,)) if request.key_type is None else REFUSED)
    edge = source(network)
    for _ in range(3):
        await edge.sweep(known)
    assert network.asked.count(KeyType.RSA) == (3 if each_time else 1)


async def test_a_key_of_a_third_type_leaves_both_open() -> None:
    """Whoever has Ed25519 may have the two others as well."""
    third = replace(parsed(EC), key_type=None)
    assert third.key_type is None
    network = Scripted(lambda request: SILENCE)
    await source(network).sweep([])
    assert network.asked == [None]  # who says nothing at all is asked no more


def parsed(one: Issued) -> Certificate:
    found = parse_certificate(one.der)
    assert isinstance(found, Certificate)
    return found


def test_types_are_read_from_the_key() -> None:
    """Not from the signature, which is the issuer's."""
    assert [parsed(one).key_type for one in (EC, RSA)] == [KeyType.EC, KeyType.RSA]


async def test_what_is_no_target_any_more_is_forgotten(network: TlsNetwork) -> None:
    """The memory does not grow with all that ever was."""
    async with TlsEndpoint(EC) as endpoint:
        edge = source(network, endpoint.port)
        await edge.sweep([])
        edge.refused.sweep_ended()
        before = endpoint.connections
        await edge.sweep([])
        assert endpoint.connections - before == 3


async def test_a_server_that_falls_silent_when_asked_again_costs_one_time_out() -> None:
    """The first answer counts where nothing is known of another type."""
    hasty = TlsNetwork(ProbeLimits(connect_seconds=0.2, probe_seconds=0.2))
    async with TlsEndpoint(EC) as endpoint:
        edge = source(hasty, endpoint.port)
        await edge.sweep([])
        endpoint.manner = Manner.SILENT
        sweep = await edge.sweep([])
    hasty.close()
    assert [gap.reason for gap in sweep.gaps] == [GapReason.TIMED_OUT]
