"""Concentrations in words, and as the documents that scripts rely on. Absolute dates only, so that texts stay."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import assert_never

from incidentd.model.concentration import Concentration, ConcentrationKind, Finding, Review, Unjudged, Window
from incidentd.model.policy import Waiver
from incidentd.planning.documents import SCHEMA_VERSION, Document
from incidentd.planning.phrases import ago, counted, instant, listed, rfc3339
from incidentd.planning.sanitize import sanitize
from incidentd.policy.concentration_spread import Proposal

NAMED = 5
"""So many services, regions and names stand in a text; the others are counted."""
NO_LATER_DAY = "no room: it lives too short"
"""Of what is renewed at once: its next life has no day three months before its end that could pull it apart."""
MOST_LISTED = 1000
"""So many of anything stand in a document; it counts all."""


def told(one: Concentration) -> str:
    """What would fail together, when, and why that is more than chance. A sentence without its full stop."""
    match one.kind:
        case ConcentrationKind.SAME_WINDOW:
            return f"{_where(one)}: {'; '.join(map(_window, one.windows[:NAMED]))}{_more(one.windows)}"
        case ConcentrationKind.SAME_CERTIFICATE:
            what = counted(len(one.fingerprints), "certificate")
            fails = f"fail together when it ends ({instant(one.first_end)}), is revoked, or its key leaks"
            return f"{_named(one.subject)}: {what} at {_spread_thin(one)}: they {fails}"
        case ConcentrationKind.SAME_KEY:
            what = f"one key behind {counted(len(one.fingerprints), 'certificate')}"
            return f"{what} at {_spread_thin(one)}: all have to be replaced at once when it leaks"
        case ConcentrationKind.SHARED_ISSUER:
            fails = "fail together when it is distrusted, and none is renewed while it is down"
            return f"the issuer {_named(one.subject)} is behind {_most(one)}: they {fails}{_authority_end(one)}"
        case ConcentrationKind.SHARED_INTERMEDIATE:
            fails = "fail together when it ends or is revoked"
            return f"the intermediate {_named(one.subject)} is behind {_most(one)}: they {fails}{_authority_end(one)}"
        case ConcentrationKind.SHARED_STORE:
            return f"the source {_named(one.subject)} stores what is served at {_most(one)}: they fail together with it"
        case ConcentrationKind.SHARED_ACCOUNT:
            return f"the account {_named(one.subject)} holds what is served at {_most(one)}: they fail together with it"
        case never:
            assert_never(never)


def _window(window: Window) -> str:
    number, span = len(window.fingerprints), _span(window.span)
    ends = f"{counted(number, 'certificate')} {'ends' if number == 1 else 'end'}"
    if window.begins_at == window.ends_at:
        when = f"at {window.begins_at:%Y-%m-%d %H:%M:%S} UTC"
    else:
        whole = ago(window.ends_at - window.begins_at)
        when = f"from {window.begins_at:%Y-%m-%d %H:%M:%S} to {window.ends_at:%Y-%m-%d %H:%M:%S} UTC, within {whole}"
    even = f"an even spread would let {window.expected:.3g} end in {span}: {window.score:.3g} times as many"
    return f"{ends} {when} ({even}; {window.unrenewed} not renewed)"


def _span(span: timedelta) -> str:
    return counted(span.days, "day")


def _more(all_of: Sequence[object]) -> str:
    return f"; and {len(all_of) - NAMED} more windows" if len(all_of) > NAMED else ""


def _where(one: Concentration) -> str:
    return f"{_named(one.services)} in {_named(one.regions)}"


def _spread_thin(one: Concentration) -> str:
    regions = f" in {_named(one.regions)}" if one.regions else ""
    most = f", {_most(one)}" if one.shares else ""
    return f"{counted(one.endpoints, 'endpoint')}{regions}{most}"


def _most(one: Concentration) -> str:
    shares = [f"{share.endpoints} of {share.of} endpoints of {sanitize(share.service)}" for share in one.shares[:NAMED]]
    return listed(shares, NAMED, len(one.shares))


def _authority_end(one: Concentration) -> str:
    return f"; its own certificate ends {instant(one.authority_ends_at)}" if one.authority_ends_at else ""


def _named(texts: Sequence[str]) -> str:
    return listed([sanitize(text) for text in texts[:NAMED]], NAMED, len(texts))


def said(finding: Finding) -> str:
    """What people said of it; empty where nobody did."""
    if finding.waiver is not None:
        return f"accepted until {instant(finding.waiver.until)} by {_whose(finding.waiver)}"
    if finding.ended is not None:
        return f"the waiver by {_whose(finding.ended)} ended {instant(finding.ended.until)}"
    return ""


def _whose(waiver: Waiver) -> str:
    return f"{sanitize(waiver.owner)} ({sanitize(waiver.reason)})"


def remarks(review: Review) -> list[str]:
    """What could not be judged, and waivers that name nothing."""
    unjudged = review.unjudged
    lines = [
        f"{number} of {counted(unjudged.endpoints, 'endpoint')} without the label `{label}`: {what} cannot be told"
        for number, label, what in (
            (unjudged.without_service, "service", "what depends on one thing"),
            (unjudged.without_region, "region", "what fails in several regions"),
        )
        if number
    ]
    if unjudged.without_key:
        what = counted(unjudged.without_key, "certificate")
        lines.append(f"the key of {what} is not known: whether others share it cannot be told")
    strays = (f"the waiver {one.waiver.id} names no concentration{_meant(one.nearest)}" for one in review.strays)
    return [*lines, *strays]


def _meant(nearest: str) -> str:
    return f": did you mean {nearest}?" if nearest else ""


def concentration_document(review: Review) -> Document:
    """`concentration --json`."""
    return {
        "schema_version": SCHEMA_VERSION,
        "findings": [_finding(one) for one in review.findings],
        "unjudged": _unjudged(review.unjudged),
        "unknown_waivers": [{**_waiver(one.waiver), "nearest": one.nearest or None} for one in review.strays],
    }


def then_words(then_on: str | None, *, at_once: bool) -> str:
    """The second date of a proposal for people: an empty cell would pass for one that pulls apart."""
    return then_on or (NO_LATER_DAY if at_once else "")


def spread_document(proposals: Iterable[Proposal]) -> list[Document]:
    """What `concentration --spread --json` adds, as `spread`."""
    return [
        {
            "finding": one.finding,
            "fingerprint": one.certificate.fingerprint,
            "name": sanitize(one.certificate.display_name),
            "not_after": rfc3339(one.certificate.not_after),
            "renew_on": one.renew_on.isoformat(),
            "at_latest": rfc3339(one.at_latest),
            "at_once": one.at_once,
            "then_on": one.then_on.isoformat() if one.then_on else None,
        }
        for one in proposals
    ]


def _finding(finding: Finding) -> Document:
    one = finding.concentration
    waiver = finding.waiver or finding.ended
    return {
        "id": one.id,
        "kind": one.kind.value,
        "subject": _harmless(one.subject),
        "fingerprints": list(one.fingerprints[:MOST_LISTED]),
        "certificates": len(one.fingerprints),
        "regions": _harmless(one.regions),
        "services": _harmless(one.services),
        "endpoints": one.endpoints,
        "first_end": rfc3339(one.first_end),
        "windows": [_window_document(window) for window in one.windows[:MOST_LISTED]],
        "accepted": finding.waiver is not None,
        "waiver": _waiver(waiver) if waiver else None,
        "includes": [_finding(each) for each in finding.includes[:MOST_LISTED]],
        "text": told(one),
    }


def _window_document(window: Window) -> Document:
    return {
        "begins_at": rfc3339(window.begins_at),
        "ends_at": rfc3339(window.ends_at),
        "certificates": len(window.fingerprints),
        "unrenewed": window.unrenewed,
        "expected": round(window.expected, 4),
        "score": round(window.score, 1),
    }


def _waiver(waiver: Waiver) -> Document:
    owner, reason = sanitize(waiver.owner), sanitize(waiver.reason)
    return {"id": waiver.id, "until": rfc3339(waiver.until), "owner": owner, "reason": reason}


def _unjudged(unjudged: Unjudged) -> Document:
    return {
        "without_service": unjudged.without_service,
        "without_region": unjudged.without_region,
        "endpoints": unjudged.endpoints,
        "without_key": unjudged.without_key,
    }


def _harmless(texts: Sequence[str]) -> list[str]:
    return [sanitize(text) for text in texts[:MOST_LISTED]]
