"""The table of lineage: each row as it comes out of the whole of the policy."""

import pytest

from incidentd.model.assessment import Assessment
from incidentd.model.certificate import Certificate
from incidentd.model.lineage import NEAREST_FIRST, Differences, SuccessorBy
from incidentd.policy.differences import differences
from incidentd.policy.succession import NoSuccessor, why_not_across, why_not_in_store, why_not_served
from tests.policy.builders import DAY, HOUR, START, Fleet, Item, authority, certificate, place, seen, store
from tests.policy.lineage_cases import CASES, At, Case, ca, new, old


def assessed(case: Case) -> Assessment:
    """The old one is seen first, and an hour later all others."""
    own = store("/srv/own/a.pem") if case.stored else place("there.example", asked=case.asked)
    items: dict[str, list[Item]] = {"disk": [], "edge": []}
    for number, (where, other) in enumerate(case.others):
        at = {At.THERE: own, At.ELSEWHERE: store(f"/srv/{number}.pem")}.get(where, place("other.example"))
        items[at.source].append(seen(at, other))
    left = seen(own, case.old)
    if not any(where is At.THERE for where, _ in case.others):
        items[own.source].append(left)
    fleet = Fleet().sweep(left).wait(HOUR)
    for source, found in items.items():
        fleet.sweep(*found, source=source)
    return fleet.assess(case.old)


def why_not(case: Case) -> NoSuccessor | None:
    where, other = case.others[-1]
    if where is not At.THERE:
        return why_not_across(other, case.old)
    if case.stored:
        return why_not_in_store(other, case.old)
    return why_not_served(other, case.old, case.asked, START + HOUR)


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_who_succeeds_whom_and_why(case: Case) -> None:
    """The successor with its reason; where there is none, the reason for that."""
    assessment = assessed(case)
    if isinstance(case.why, NoSuccessor):
        assert (assessment.successor, assessment.successor_by) == (None, None)
        assert why_not(case) is case.why
    else:
        assert assessment.successor == case.others[case.wins][1].fingerprint
        assert assessment.successor_by is case.why


def test_the_table_is_long_and_leaves_no_reason_out() -> None:
    """A CA in a served chain has a test of its own."""
    assert len(CASES) >= 40
    assert len({case.name for case in CASES}) == len(CASES)
    reasons = {case.why for case in CASES} | {SuccessorBy.CHAIN_WITHOUT_IT}
    assert reasons == {*NEAREST_FIRST, *NoSuccessor}


def test_a_ca_is_succeeded_by_the_chain_that_goes_without_it() -> None:
    """The next one that is served there, or the leaf where none is."""
    where, leaf = place(), certificate(ends=300 * DAY, issuer="CN=Issuing CA")
    after, before = certificate(ends=400 * DAY, issuer="CN=Next CA"), authority(ends=60 * DAY)
    following = authority("CN=Next CA", ends=900 * DAY)
    for chain, successor in (((after, following), following), ((after,), after)):
        fleet = Fleet().sweep(seen(where, leaf, before)).wait(HOUR).sweep(seen(where, *chain))
        assessment = fleet.assess(before)
        expected = (successor.fingerprint, SuccessorBy.CHAIN_WITHOUT_IT)
        assert (assessment.successor, assessment.successor_by) == expected


@pytest.mark.parametrize(
    ("later", "earlier", "said"),
    [
        pytest.param(new(), old(), Differences(new_key=True), id="only a new key"),
        pytest.param(new(key_id="aa"), old(), Differences(new_key=False), id="issued again for the same key"),
        pytest.param(new(key_id=""), old(), Differences(), id="a key that could not be read"),
        pytest.param(new(issuer="CN=X"), old(), Differences(new_key=True, new_issuer=True), id="a new issuer"),
        pytest.param(
            new("*.example.net", "new.example"),
            old("api.example.net", "B.example", "192.0.2.7"),
            Differences(("*.example.net", "new.example"), ("192.0.2.7", "b.example"), new_key=True),
            id="a wildcard more, names less",
        ),
        pytest.param(
            new("xn--bcher-kva.example"),
            old("bücher.example"),
            Differences(new_key=True),
            id="two spellings of one name",
        ),
        pytest.param(ca(issuer="CN=Other"), ca(), Differences(new_key=False, new_issuer=True), id="a cross-sign"),
    ],
)
def test_what_is_new_about_a_successor(later: Certificate, earlier: Certificate, said: Differences) -> None:
    """Names by what they cover, whatever their spelling; keys only where both are known."""
    assert differences(later, earlier) == said
