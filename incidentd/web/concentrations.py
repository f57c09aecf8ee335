"""Concentrations as their page shows them: what would fail together, who accepted it, what pulls it apart. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from incidentd.model.certificate import Certificate
from incidentd.model.concentration import ConcentrationKind, Finding, Review
from incidentd.planning.concentrating import said, then_words, told
from incidentd.planning.phrases import instant
from incidentd.planning.wording import name_of
from incidentd.policy.concentration_spread import Proposal, spread

CONCENTRATIONS_SHOWN = 100
INCLUDED_SHOWN = 10
PROPOSALS_SHOWN = 50

KIND_WORDS = {
    ConcentrationKind.SAME_WINDOW: "end together",
    ConcentrationKind.SAME_KEY: "one key",
    ConcentrationKind.SAME_CERTIFICATE: "one certificate",
    ConcentrationKind.SHARED_ISSUER: "one issuer",
    ConcentrationKind.SHARED_INTERMEDIATE: "one intermediate",
    ConcentrationKind.SHARED_STORE: "one store",
    ConcentrationKind.SHARED_ACCOUNT: "one account",
}


@dataclass(frozen=True, slots=True)
class ProposalRow:
    """When to renew one certificate."""

    fingerprint: str
    name: str
    ends: str
    renew: str
    then: str
    """The renewal after that; empty where it is not proposed."""


@dataclass(frozen=True, slots=True)
class ConcentrationRow:
    """One finding."""

    id: str
    kind: str
    text: str
    said: str
    accepted: bool
    includes: tuple[tuple[str, str], ...]
    """Id and text of those that it speaks for."""
    includes_left_out: int
    proposals: tuple[ProposalRow, ...]
    proposals_left_out: int


def shown_first(review: Review) -> Sequence[Finding]:
    """What is not accepted first, as many as a page takes."""
    return sorted(review.findings, key=lambda one: one.waiver is not None)[:CONCENTRATIONS_SHOWN]


def concentration_row(finding: Finding, certificates: Mapping[str, Certificate], now: datetime) -> ConcentrationRow:
    """One finding, with the proposals for what nobody accepted."""
    windows = finding.concentration.windows if finding.waiver is None else ()
    proposals = islice(spread(finding, certificates, now), PROPOSALS_SHOWN) if windows else ()
    return ConcentrationRow(
        id=finding.id,
        kind=KIND_WORDS[finding.concentration.kind],
        text=told(finding.concentration),
        said=said(finding),
        accepted=finding.waiver is not None,
        includes=tuple((one.id, told(one.concentration)) for one in finding.includes[:INCLUDED_SHOWN]),
        includes_left_out=max(len(finding.includes) - INCLUDED_SHOWN, 0),
        proposals=tuple(map(_proposal, proposals)),
        proposals_left_out=max(sum(len(window.fingerprints) for window in windows) - PROPOSALS_SHOWN, 0),
    )


def _proposal(one: Proposal) -> ProposalRow:
    return ProposalRow(
        fingerprint=one.certificate.fingerprint,
        name=name_of(one.certificate),
        ends=instant(one.certificate.not_after),
        renew="at once" if one.at_once else one.renew_on.isoformat(),
        then=then_words(one.then_on.isoformat() if one.then_on else None, at_once=one.at_once),
    )
