"""Judgements: what is judged only where something changed is what judging all afresh gives."""

from collections.abc import Callable, Collection
from copy import copy
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from incidentd.model.assessment import Assessment, MemberFinding, PlaceStatus, Stage, Step
from incidentd.model.certificate import Certificate, KeyType
from incidentd.model.observation import AbsenceKind, GapReason
from incidentd.model.policy import Exemption, Policy, SeverityRule
from incidentd.model.release import Release
from incidentd.policy.assess import assess_all
from incidentd.policy.judgements import Judgements
from incidentd.policy.releases import Releases
from incidentd.policy.sightings import Sightings
from tests.policy.builders import (
    DAY,
    HOUR,
    MINUTE,
    START,
    A,
    B,
    C,
    Fleet,
    Item,
    absent,
    authority,
    certificate,
    gap,
    place,
    release,
    seen,
    store,
)

MICROSECOND = timedelta(microseconds=1)
AT_REST = (PlaceStatus.PRESENT, PlaceStatus.REPLACED, PlaceStatus.RETIRED)
CA, NEXT_CA = authority(ends=20 * DAY), authority(ends=900 * DAY)
OLD = certificate(ends=40 * DAY, issuer=CA.subject, key_type=KeyType.EC)
FOUND = (
    OLD,
    certificate(ends=400 * DAY, issuer=CA.subject, key_type=KeyType.EC),
    certificate(ends=15 * DAY, lasts=60 * DAY, key_type=KeyType.RSA),
    certificate("*.example.net", ends=100 * DAY, lasts=90 * DAY),
    certificate("api.example.net", "b.example.net", ends=60 * DAY, self_signed=True),
    certificate("parked.example.org", ends=90 * DAY, not_before=None),
    CA,
    NEXT_CA,
)
EDGES = (
    place(service="storage"),
    place("b.example.net"),
    place("api.example.net", source="hub"),
    place("c.example.net", env="dev"),
)
SIX = "2001:db8::1"
FILES = (store("/etc/pki/1.pem"), store("/etc/pki/2.pem"), store("/etc/pki/3.pem", use="spare"))
CHAINS = st.lists(st.sampled_from(FOUND), min_size=1, max_size=3, unique=True)
ADDRESSES = st.sampled_from([A, B, C, SIX])
SERVED = st.one_of(
    st.builds(
        lambda where, address, chain: seen(where, *chain, member=address), st.sampled_from(EDGES), ADDRESSES, CHAINS
    ),
    st.builds(
        lambda where, address, chain, at: replace(
            seen(where, *chain, member=address), others=(min(at, len(chain) - 1),)
        ),
        st.sampled_from(EDGES),
        ADDRESSES,
        st.lists(st.sampled_from(FOUND), min_size=2, max_size=4, unique=True),
        st.integers(1, 3),
    ),
    st.builds(gap, st.sampled_from(EDGES), st.one_of(st.none(), ADDRESSES), st.sampled_from(GapReason)),
    st.builds(
        absent,
        st.sampled_from(EDGES),
        st.one_of(st.none(), ADDRESSES),
        st.sampled_from([AbsenceKind.UNRESOLVED_ADDRESS, AbsenceKind.UNCONFIGURED]),
    ),
)
STORED = st.one_of(
    st.builds(lambda where, chain: seen(where, *chain), st.sampled_from(FILES), CHAINS),
    st.builds(gap, st.sampled_from(FILES), reason=st.sampled_from([GapReason.TORN, GapReason.PERMISSION])),
    st.builds(absent, st.sampled_from(FILES)),
)
WAITS = st.one_of(
    st.sampled_from([timedelta(), MICROSECOND, MINUTE, 5 * MINUTE, HOUR, DAY, 3 * DAY, 14 * DAY, 40 * DAY, -DAY]),
    st.integers(0, 40 * 24).map(lambda hours: hours * HOUR),
)
POLICIES = st.builds(
    Policy,
    automated=st.sampled_from([(), ((("name", "*example.net"),),), ((("source", "edge"),),)]),
    exemptions=st.sampled_from([(), (Exemption(OLD.fingerprint, START + 5 * DAY, "moved", "me"),)]),
    severities=st.sampled_from([Policy().severities, (SeverityRule(Step.ERROR, 33 * DAY, exact=True),)]),
)
SPANS = st.integers(-100, 100).map(lambda days: days * DAY)
RELEASES = st.lists(
    st.builds(
        release,
        st.sampled_from([*FOUND[1:3], FOUND[7]]),
        id=st.sampled_from(["R1", "R2"]),
        service=st.sampled_from(["", "storage"]),
        planned=st.none() | SPANS,
        announced=SPANS,
        shipped=st.none() | SPANS,
        abandoned=st.booleans(),
    ),
    max_size=3,
    unique_by=lambda one: one.id,
).map(tuple)
STEPS = st.lists(
    st.tuples(
        st.lists(SERVED, max_size=4) | st.lists(STORED, max_size=4),
        WAITS,
        st.integers(1, 4),
        st.booleans(),
        st.booleans(),
        st.none() | RELEASES,
    ),
    max_size=12,
)


def without_counts(assessment: Assessment) -> Assessment:
    """Without how often, and until when, what is at rest was seen."""

    def bare(member: MemberFinding) -> MemberFinding:
        return replace(member, looks=0, last_at=None) if member.status in AT_REST else member

    findings = (replace(one, members=tuple(map(bare, one.members))) for one in assessment.findings)
    return replace(assessment, findings=tuple(findings))


def agree(judgements: Judgements, fleet: Fleet, believed: Collection[str] = ()) -> None:
    """What is kept up is what is judged afresh."""
    assessed = judgements.assess_all(fleet.inventory, fleet.policy, fleet.now, believed, fleet.releases)
    kept = assessed.every
    assert assessed.wanting == {fp: one for fp, one in kept.items() if one.wants_incident}
    afresh = assess_all(Sightings(fleet.inventory), fleet.policy, fleet.now, believed, Releases(fleet.releases))
    assert {fp: without_counts(one) for fp, one in kept.items()} == {
        fp: without_counts(one) for fp, one in afresh.items()
    }


@settings(max_examples=150, deadline=None)
@given(POLICIES, st.integers(0, 1), STEPS)
def test_judged_as_it_goes_is_judged_afresh(
    policy: Policy, starts: int, steps: list[tuple[list[Item], timedelta, int, bool, bool, tuple[Release, ...] | None]]
) -> None:
    """Whatever is seen or announced, however much time goes by, forward or back, and whatever a person believes."""
    fleet, judgements = Fleet(policy), Judgements()
    fleet.sweep(*[seen(where, OLD, CA) for where in EDGES[starts:2]])
    for items, apart, times, fails, believes, announced in steps:
        fleet.announce(*(fleet.releases if announced is None else announced))
        believed = {OLD.fingerprint} if believes else set()
        source = items[0].location.source if items else "edge"
        for _ in range(times):
            mine = [item for item in items if item.location.source == source]
            fleet.wait(apart).sweep(*mine, source=source, failure="no answer" if fails else None)
            agree(judgements, fleet, believed)
            agree(judgements, fleet.wait(MICROSECOND), believed)


EDGE, HUB = EDGES[0], EDGES[2]
NEW, SOON, BRIEF = FOUND[1], certificate(ends=15 * DAY), certificate(ends=18 * DAY)
ROOT, ROOT_AGAIN = (authority("O=Root", ends=days * DAY, common_name=None) for days in (20, 800))
ADDRESS_GONE = absent(EDGE, A, AbsenceKind.UNRESOLVED_ADDRESS)
MOVED = absent(EDGE, kind=AbsenceKind.UNCONFIGURED)
OTHERS = [seen(file, FOUND[4]) for file in FILES[1:]]
GONE = [absent(FILES[n]) for n in range(2)]


def returned() -> Fleet:
    """Replaced with proof, shown again, and replaced again: a mixed backend now."""
    return Fleet().sweep(seen(EDGE, OLD)).proven(seen(EDGE, NEW)).wait(HOUR).sweep(seen(EDGE, OLD))


def filed(*held: Certificate) -> Fleet:
    """A file that held these, an hour each, beside others that never change."""
    fleet = Fleet()
    for each in held:
        fleet.wait(HOUR).sweep(seen(FILES[0], each), *OTHERS)
    return fleet


def removed(*items: Item) -> Fleet:
    """One of two addresses left the name, with proof."""
    fleet = Fleet().sweep(seen(EDGE, OLD), seen(EDGE, OLD, member=B))
    return fleet.sweeps(3, DAY, seen(EDGE, OLD, member=B), ADDRESS_GONE).sweep(*items)


STORIES: dict[str, tuple[Fleet, Callable[[Fleet], object], Certificate]] = {
    "a successor ends in its place": (
        Fleet().sweep(seen(EDGE, SOON)).wait(5 * DAY).proven(seen(EDGE, BRIEF)),
        lambda fleet: fleet.wait(13 * DAY),
        SOON,
    ),
    "a return is forgotten, and less proof will do": (
        returned().sweeps(4, HOUR, seen(EDGE, NEW)).sweeps(4, HOUR, ADDRESS_GONE).sweeps(26, HOUR, seen(EDGE, NEW)),
        lambda fleet: fleet.wait(15 * DAY).sweep(seen(EDGE, NEW)),
        OLD,
    ),
    "a return is forgotten, and a successor is better than a removal": (
        filed(OLD, NEW, NEW, NEW, OLD, NEW, NEW, NEW).sweeps(4, HOUR, absent(FILES[0]), *OTHERS),
        lambda fleet: fleet.wait(15 * DAY).sweep(absent(FILES[0]), *OTHERS),
        OLD,
    ),
    "an address comes back with a successor": (
        removed(seen(EDGE, NEW), seen(EDGE, OLD, member=B)),
        lambda fleet: fleet.sweeps(3, HOUR, seen(EDGE, NEW), seen(EDGE, OLD, member=B)),
        OLD,
    ),
    "whoever looks has IPv6 after all": (
        Fleet().sweep(seen(EDGE, OLD), gap(EDGE, SIX, GapReason.UNREACHABLE)),
        lambda fleet: fleet.sweep(seen(FILES[0], NEW)).sweep(seen(HUB, NEW, member=SIX)),
        OLD,
    ),
    "what left the configuration turns up in another source": (
        Fleet().sweep(seen(EDGE, OLD)).sweeps(3, HOUR, MOVED),
        lambda fleet: fleet.sweep(gap(HUB)),
        OLD,
    ),
    "what moved to two other sources is seen in both": (
        Fleet().sweep(seen(EDGE, OLD)).sweeps(3, HOUR, MOVED).sweep(gap(HUB)).sweep(gap(place(source="third"))),
        lambda fleet: fleet.sweep(seen(HUB, NEW)).sweep(seen(place(source="third"), NEW)),
        OLD,
    ),
    "a CA has a successor of its subject": (
        Fleet().sweep(seen(FILES[0], ROOT)),
        lambda fleet: fleet.sweep(seen(FILES[0], ROOT), seen(FILES[1], ROOT_AGAIN)),
        ROOT,
    ),
}


@pytest.mark.parametrize("story", STORIES)
def test_what_changes_without_its_own_places_changing_is_noticed(story: str) -> None:
    """By time alone, by looks that show the same, or by what is seen elsewhere."""
    began, happens, judged = STORIES[story]
    fleet, judgements = copy(began), Judgements()
    before = judgements.assess_all(fleet.inventory, fleet.policy, fleet.now).every[judged.fingerprint]
    happens(fleet)
    agree(judgements, fleet)
    after = judgements.assess_all(fleet.inventory, fleet.policy, fleet.now).every[judged.fingerprint]
    assert without_counts(after) != without_counts(before)


def test_a_removal_is_judged_by_whether_a_person_believes_it() -> None:
    """Believed, and no longer."""
    fleet, judgements = Fleet().sweep(seen(FILES[0], OLD), seen(FILES[1], OLD)).sweeps(4, HOUR, *GONE), Judgements()
    stages = []
    for believed in ((), (OLD.fingerprint,), ()):
        agree(judgements, fleet, believed)
        kept = judgements.assess_all(fleet.inventory, fleet.policy, fleet.now, believed).every
        stages.append(kept[OLD.fingerprint].stage)
    assert stages[1] is Stage.SETTLED and stages[0] is stages[2] is not Stage.SETTLED


def test_a_new_rule_judges_all_anew() -> None:
    """A policy that changed is another policy."""
    fleet, judgements = Fleet().sweep(seen(EDGES[0], OLD)), Judgements()
    agree(judgements, fleet)
    fleet.policy = Policy(exemptions=(Exemption(OLD.fingerprint, START + 5 * DAY, "moved", "me"),))
    agree(judgements, fleet)


def test_another_state_is_judged_anew() -> None:
    """A certificate that is no longer known was forgotten with everything about it."""
    judgements = Judgements()
    agree(judgements, Fleet().sweep(seen(EDGES[0], OLD)))
    agree(judgements, Fleet().sweep(seen(EDGES[0], CA)))


def test_what_failed_half_way_is_not_gone_on_with() -> None:
    """A place that shows what is not known is no state; the one after it is judged as if there had been nothing."""
    fleet, judgements = Fleet().sweep(seen(EDGES[0], OLD)), Judgements()
    agree(judgements, fleet)
    broken = Fleet().sweep(seen(EDGES[0], OLD)).wait(HOUR).sweep(seen(EDGES[0], FOUND[1]))
    torn = replace(broken.inventory, certificates=fleet.inventory.certificates)
    with pytest.raises(KeyError):
        judgements.assess_all(torn, fleet.policy, fleet.now)
    agree(judgements, fleet.wait(DAY))
