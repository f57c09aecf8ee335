"""Looking at one target: every address of its name is a member, and each member is asked by handshakes of its own."""

import asyncio
from datetime import datetime

from incidentd.model.certificate import Certificate
from incidentd.model.inventory import Place
from incidentd.model.location import Labels, Location
from incidentd.model.observation import Absence, AbsenceKind, Gap, GapReason, Observation
from incidentd.ports import Clock, Network, ProbeAnswer, ProbeRequest
from incidentd.sources.interface import Look
from incidentd.sources.target import Target
from incidentd.sources.tls.key_types import Asking, Refused, with_other_types
from incidentd.x509.parse import parse_certificate
from incidentd.x509.unreadable import Unreadable


async def look_at(
    target: Target,
    network: Network,
    clock: Clock,
    *,
    source: str = "",
    labels: Labels = (),
    samples: int = 1,
    known: Place | None = None,
    refused: Refused | None = None,
) -> Look:
    """Resolves the target and shakes hands with each of its addresses, `samples` times one after the other.

    Each is asked for its certificate of another type of key, too; `refused` remembers which have none.

    A name that does not resolve is a gap for all its members. A known member that a complete answer no longer holds is
    an absence. Needs no configuration and no state.
    """
    location = target.location(source, labels)
    try:
        addresses = await network.resolve(target.host)
    except OSError as error:
        return Look(gaps=(_unresolved(location, error, clock.now()),))
    if not addresses:
        return Look(gaps=(Gap(location, None, GapReason.UNRESOLVED, "the name has no address", clock.now()),))
    members = {member.address: member for member in known.members} if known else {}
    asked = [
        Asking(request_for(target, address), network, clock, samples, members.get(address)) for address in addresses
    ]
    looks = await asyncio.gather(*(_look_at_member(one, location, refused or Refused()) for one in asked))
    gone = sorted(set(members) - set(addresses))
    kind = AbsenceKind.UNRESOLVED_ADDRESS
    absences = tuple(Absence(location, address, kind, location.uri, clock.now()) for address in gone)
    return Look.joined([*looks, Look(absences=absences)])


def _unresolved(location: Location, error: OSError, at: datetime) -> Gap:
    if isinstance(error, TimeoutError):
        return Gap(location, None, GapReason.UNRESOLVED, "the resolver did not answer in time", at)
    return Gap(location, None, GapReason.UNRESOLVED, f"the name does not resolve: {error.strerror or error}", at)


def request_for(target: Target, address: str) -> ProbeRequest:
    """The first handshake with one of its addresses."""
    return ProbeRequest(address, target.port, target.asked_name, target.starttls)


async def _look_at_member(asking: Asking, location: Location, refused: Refused) -> Look:
    """All samples of one member. One handshake that shows a certificate is enough for the member to be seen."""

    def judged(answer: ProbeAnswer) -> Observation | Gap:
        return judge(answer, location, asking.request.address, asking.clock.now())

    found = [judged(await asking.network.probe(asking.request)) for _ in range(asking.samples)]
    observations = tuple(one for one in found if isinstance(one, Observation))
    gaps = tuple(one for one in found if isinstance(one, Gap))
    if not observations:
        return Look(gaps=gaps[-1:])
    whole, gap = await with_other_types(observations, asking, refused, judged)
    return Look(whole, () if gap is None else (gap,))


def judge(answer: ProbeAnswer, location: Location, address: str, at: datetime) -> Observation | Gap:
    """What one handshake says. Without a readable leaf nothing is known of the place: a gap, however long the chain."""
    if not answer.chain:
        return Gap(location, address, answer.gap or GapReason.NO_CERTIFICATE, answer.text, at)
    read = [parse_certificate(der) for der in answer.chain]
    leaf = read[0]
    if isinstance(leaf, Unreadable):
        text = f"the certificate that is served cannot be read: {leaf.text}"
        return Gap(location, address, GapReason.UNREADABLE, text, at)
    chain = tuple(one for one in read if isinstance(one, Certificate))
    unread = tuple(
        f"certificate {n} of the chain: {one.text}" for n, one in enumerate(read, 1) if isinstance(one, Unreadable)
    )
    return Observation(location, address, chain, at, unread=(*unread, *((answer.text,) if answer.text else ())))
