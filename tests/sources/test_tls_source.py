"""Sweeps of TLS endpoints: members, samples, lists of targets, and every known place accounted for."""

from pathlib import Path

import pytest

from incidentd.model.inventory import Inventory
from incidentd.model.location import Location, Role
from incidentd.model.observation import AbsenceKind, Gap, GapReason, Observation, Sweep
from incidentd.policy.remember import remember
from incidentd.ports import ProbeAnswer, ProbeRequest, ThreadWorker
from incidentd.sandbox.endpoints import Smtp, TlsEndpoint
from incidentd.sandbox.network import SandboxNetwork
from incidentd.sources.target import parse_target
from incidentd.sources.tls.look import judge, look_at
from incidentd.sources.tls.network import TlsNetwork
from incidentd.sources.tls.settings import TlsSettings
from incidentd.sources.tls.source import TlsSource
from incidentd.sources.tls.targets_file import read_targets
from tests.sources.world import NOW, StandingClock, issued, remembered

ADDRESSES = ("127.0.3.1", "127.0.3.2")


def source(network: TlsNetwork | SandboxNetwork, folder: Path, **settings: object) -> TlsSource:
    model = TlsSettings.model_validate({"kind": "tls", "labels": {"env": "prod"}, **settings})
    return TlsSource("edge", model, folder, network, StandingClock(), ThreadWorker())


def place(uri: str) -> Location:
    return Location(uri, "edge", Role.SERVED)


def unseen(sweep: Sweep) -> list[tuple[str, str | None, GapReason]]:
    return [(gap.location.uri, gap.member, gap.reason) for gap in sweep.gaps]


def gone(sweep: Sweep) -> list[tuple[str, str | None, AbsenceKind, str]]:
    return [(one.location.uri, one.member, one.kind, one.group) for one in sweep.absences]


async def test_each_address_of_a_name_is_a_member(network: TlsNetwork, clock: StandingClock) -> None:
    """Two addresses that serve different certificates are two observations of one location."""
    first, second = issued("blob.test"), issued("blob.test")
    async with TlsEndpoint(first, address=ADDRESSES[0]) as one, TlsEndpoint(second, address=ADDRESSES[1]) as other:
        ports = {(ADDRESSES[0], 443): one.port, (ADDRESSES[1], 443): other.port}
        world = SandboxNetwork({"blob.test": ADDRESSES}, network, ports)
        look = await look_at(parse_target("blob.test"), world, clock)
    seen = [(one.location.uri, one.member, one.chain[0].fingerprint, one.at) for one in look.observations]
    uri = "tls://blob.test:443"
    assert seen == [(uri, ADDRESSES[0], first.fingerprint, NOW), (uri, ADDRESSES[1], second.fingerprint, NOW)]
    assert (look.gaps, look.absences) == ((), ())


async def test_samples_see_both_halves_of_a_mixed_backend(network: TlsNetwork, clock: StandingClock) -> None:
    """Two certificates that take turns at one address both come home."""
    first, second = issued(), issued()
    async with TlsEndpoint() as endpoint:
        endpoint.deploy(first, second)
        look = await look_at(parse_target(f"127.0.0.1:{endpoint.port}"), network, clock, samples=4)
    fingerprints = [one.chain[0].fingerprint for one in look.observations]
    assert fingerprints == [first.fingerprint, second.fingerprint] * 2


async def test_a_member_that_answers_once_is_seen(network: TlsNetwork, clock: StandingClock) -> None:
    """One failed handshake among several is no blindness; all of them failing is, once."""
    async with TlsEndpoint() as endpoint:
        endpoint.deploy_for({"a.test": issued()})
        target, world = parse_target(f"b.test:{endpoint.port}"), SandboxNetwork({"b.test": ("127.0.0.1",)}, network)
        blind = await look_at(target, world, clock, samples=3)
        endpoint.deploy_for({"b.test": issued()})
        seeing = await look_at(target, world, clock, samples=3)
    assert (len(blind.gaps), len(blind.observations)) == (1, 0)
    assert (len(seeing.gaps), len(seeing.observations)) == (0, 3)


async def test_the_asked_name_decides_what_is_served(network: TlsNetwork, clock: StandingClock) -> None:
    """A literal address with a server name of its own is asked for that name."""
    default, named = issued("default.test"), issued("queue.test")
    async with TlsEndpoint(default) as endpoint:
        endpoint.deploy_for({"queue.test": named})
        target = parse_target(f"tls://127.0.0.1:{endpoint.port}?sni=queue.test")
        look = await look_at(target, network, clock)
    (observation,) = look.observations
    assert observation.chain[0].fingerprint == named.fingerprint
    assert observation.location.asked_name == "queue.test"


async def test_a_host_can_be_asked_for_no_name_at_all(network: TlsNetwork, clock: StandingClock) -> None:
    """What clients get that send none is a place of its own beside what those get who do."""
    default, named = issued("default.test"), issued("queue.test")
    async with TlsEndpoint(default) as endpoint:
        endpoint.deploy_for({"queue.test": named})
        world = SandboxNetwork({"queue.test": ("127.0.0.1",)}, network)
        written = (f"queue.test:{endpoint.port}", f"tls://queue.test:{endpoint.port}?sni=")
        looks = [await look_at(parse_target(text), world, clock) for text in written]
    seen = [(one.location.uri, one.chain[0].fingerprint) for look in looks for one in look.observations]
    assert seen == [(f"tls://{written[0]}", named.fingerprint), (written[1], default.fingerprint)]


async def test_a_name_that_does_not_resolve_is_a_gap_for_all_members(network: TlsNetwork, tmp_path: Path) -> None:
    """A failing resolver, and an empty answer, say nothing of any member: no absence comes of it."""
    edge = source(SandboxNetwork({"empty.test": ()}, network), tmp_path, targets=["gone.test", "empty.test"])
    known = [remembered(place(f"tls://{name}:443"), *ADDRESSES) for name in ("gone.test", "empty.test")]
    sweep = await edge.sweep(known)
    assert unseen(sweep) == [
        ("tls://gone.test:443", None, GapReason.UNRESOLVED),
        ("tls://empty.test:443", None, GapReason.UNRESOLVED),
    ]
    assert (gone(sweep), sweep.complete, sweep.failure) == ([], False, None)


async def test_an_address_that_left_a_complete_answer_is_an_absence(network: TlsNetwork, tmp_path: Path) -> None:
    """The other member is seen as before."""
    async with TlsEndpoint(issued(), address=ADDRESSES[0]) as endpoint:
        world = SandboxNetwork({"blob.test": ADDRESSES[:1]}, network)
        edge = source(world, tmp_path, targets=[f"blob.test:{endpoint.port}"])
        uri = f"tls://blob.test:{endpoint.port}"
        sweep = await edge.sweep([remembered(place(uri), *ADDRESSES)])
    assert gone(sweep) == [(uri, ADDRESSES[1], AbsenceKind.UNRESOLVED_ADDRESS, uri)]
    assert [one.member for one in sweep.observations] == [ADDRESSES[0]]
    assert sweep.complete


async def test_a_target_that_left_the_configuration_is_an_absence(network: TlsNetwork, tmp_path: Path) -> None:
    """Whole, with all its members; an unreachable target that stayed is a gap."""
    async with TlsEndpoint(issued()) as endpoint:
        pass
    edge = source(network, tmp_path, targets=[f"127.0.0.1:{endpoint.port}"])
    stays = f"tls://127.0.0.1:{endpoint.port}"
    sweep = await edge.sweep(
        [remembered(place("tls://old.test:443"), "192.0.2.1"), remembered(place(stays), "127.0.0.1")]
    )
    assert gone(sweep) == [("tls://old.test:443", None, AbsenceKind.UNCONFIGURED, "edge")]
    assert unseen(sweep) == [(stays, "127.0.0.1", GapReason.REFUSED)]


async def test_a_targets_file_is_read_at_each_sweep(network: TlsNetwork, tmp_path: Path) -> None:
    """Comments and blank lines are stepped over; what is written at length in the configuration wins."""
    async with TlsEndpoint(issued()) as endpoint:
        written = f"127.0.0.1:{endpoint.port}"
        (tmp_path / "targets.txt").write_text(f"# ours\n\n{written}  # the same\n127.0.0.2:{endpoint.port}\n")
        target = {"host": "127.0.0.1", "port": endpoint.port, "labels": {"region": "eu"}}
        edge = source(network, tmp_path, targets=[target], targets_file="targets.txt")
        both = await edge.sweep([])
        (tmp_path / "targets.txt").write_text(f"{written}\n")
        one = await edge.sweep([])
    assert [len(sweep.observations) + len(sweep.gaps) for sweep in (both, one)] == [2, 1]
    assert both.observations[0].location.labels == (("env", "prod"), ("region", "eu"))


@pytest.mark.parametrize(
    "content",
    ["127.0.0.1:0\n", None, "a.test\n\xff\xfe\n", "", "# all of them\n\n"],
    ids=["bad line", "no file", "no text", "emptied", "comments only"],
)
async def test_a_list_that_cannot_be_read_whole_removes_nothing(
    network: TlsNetwork, tmp_path: Path, content: str | None
) -> None:
    """A line with a slip in it may be any target, and a file without any was cut short: unseen, and said why."""
    if content is not None:
        (tmp_path / "targets.txt").write_bytes(content.encode("latin-1"))
    edge = source(SandboxNetwork({}, network), tmp_path, targets_file="targets.txt")
    sweep = await edge.sweep([remembered(place("tls://old.test:443"), "192.0.2.1")])
    assert ("tls://old.test:443", None, GapReason.SOURCE_FAILED) in unseen(sweep)
    assert gone(sweep) == []
    assert sweep.failure is not None
    assert "targets.txt" in sweep.failure


def test_a_bad_line_is_named_by_its_number(tmp_path: Path) -> None:
    """The good ones around it count."""
    path = tmp_path / "targets.txt"
    path.write_text("a.test\n# note\nb.test:x\nc.test\nd.test:y\n")
    read = read_targets(path)
    assert [target.host for target in read.targets] == ["a.test", "c.test"]
    assert read.trouble is not None
    assert "line 3" in read.trouble


async def test_smtp_is_a_location_of_its_own(network: TlsNetwork, clock: StandingClock) -> None:
    """The protocol is the scheme of the address."""
    async with TlsEndpoint(issued("mx.test"), smtp=Smtp()) as endpoint:
        world = SandboxNetwork({"mx.test": ("127.0.0.1",)}, network)
        look = await look_at(parse_target(f"smtp://mx.test:{endpoint.port}"), world, clock)
    assert [one.location.uri for one in look.observations] == [f"smtp://mx.test:{endpoint.port}"]


async def test_progress_is_told_to_the_end(network: TlsNetwork, tmp_path: Path) -> None:
    """One call a target, the last with all of them."""
    told: list[tuple[int, int]] = []
    edge = source(SandboxNetwork({}, network), tmp_path, targets=["a.test", "b.test", "c.test"])
    await edge.sweep([], lambda done, total: told.append((done, total)))
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_an_unreadable_leaf_is_a_gap_and_an_unreadable_rest_is_told() -> None:
    """Without the leaf nothing is known of the place; without a link of the chain the leaf still is."""
    location, leaf = place("tls://a.test:443"), issued()
    blind = judge(ProbeAnswer((b"no", leaf.der)), location, "127.0.0.1", NOW)
    seen = judge(ProbeAnswer((leaf.der, b"no"), text="and more"), location, "127.0.0.1", NOW)
    assert isinstance(blind, Gap)
    assert blind.reason is GapReason.UNREADABLE
    assert isinstance(seen, Observation)
    assert [one.fingerprint for one in seen.chain] == [leaf.fingerprint]
    assert [text.partition(":")[0] for text in seen.unread] == ["certificate 2 of the chain", "and more"]


async def test_a_place_that_never_answered_is_remembered_with_its_reason(network: TlsNetwork, tmp_path: Path) -> None:
    """From the first sweep on, and the second sweep accounts for it."""
    async with TlsEndpoint(issued()) as endpoint:
        pass
    edge, uri = source(network, tmp_path, targets=[f"127.0.0.1:{endpoint.port}"]), f"tls://127.0.0.1:{endpoint.port}"
    after, _ = remember(Inventory(), await edge.sweep([]), ())
    (never,) = after.places_of("edge")
    assert (never.location.uri, never.members, never.unseen_reason) == (uri, (), GapReason.REFUSED)
    assert unseen(await edge.sweep([never])) == [(uri, "127.0.0.1", GapReason.REFUSED)]


def test_a_targets_file_without_end_is_not_read_to_its_end() -> None:
    """A device, or a log by mistake, must not fill the memory."""
    read = read_targets(Path("/dev/zero"))
    assert read.targets == ()
    assert read.trouble is not None
    assert "larger than 10 MB" in read.trouble


async def test_an_empty_answer_of_the_resolver_and_a_slow_one_are_told_apart(clock: StandingClock) -> None:
    """Both are gaps for all members; the words differ."""

    class Resolver:
        async def resolve(self, host: str) -> tuple[str, ...]:
            if host == "slow.test":
                raise TimeoutError
            return ()

        async def probe(self, request: ProbeRequest) -> ProbeAnswer:
            raise AssertionError("there is no address to probe")

    looks = [await look_at(parse_target(host), Resolver(), clock) for host in ("slow.test", "empty.test")]
    gaps = [gap for look in looks for gap in look.gaps]
    assert [(gap.member, gap.reason) for gap in gaps] == [(None, GapReason.UNRESOLVED)] * 2
    assert [gap.text for gap in gaps] == ["the resolver did not answer in time", "the name has no address"]
