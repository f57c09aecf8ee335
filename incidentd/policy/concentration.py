"""Concentration: certificates that would fail together are shown before they do (promises c and d). Pure.

Over the inventory, with what the assessments say of renewals. What would fail together for several reasons is one
finding: it includes the others. That is so where the same certificates (or fewer of them) would fail in no other
services and regions; the kinds speak for one another in the order of `ConcentrationKind`, a window of several services
for those of each. February 2013 is one finding so: three services, all their regions, one window of three minutes,
although each of the three certificates was in all regions too, and all came from one issuer. Once a finding is accepted
it speaks for nothing else: to accept that certificates end together is not to accept that one key is behind them.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from difflib import get_close_matches

from incidentd.model.assessment import Assessment
from incidentd.model.concentration import Concentration, ConcentrationKind, Finding, Review, StrayWaiver
from incidentd.model.inventory import Inventory
from incidentd.model.policy import Policy, Waiver
from incidentd.policy.concentration_basket import concentration, same_certificates, same_keys, shared
from incidentd.policy.concentration_fleet import Endpoint, Fleet, fleet_of
from incidentd.policy.concentration_window import (
    OF_ONE,
    OF_SEVERAL,
    OVER_AFTER,
    Ending,
    Struck,
    by_service,
    endings,
    windows,
)
from incidentd.policy.holding import FOREVER

_RANK = {kind: rank for rank, kind in enumerate(ConcentrationKind)}
MOST_COMPARED = 1000
"""So many ids are looked through for the one that was meant."""


def review(inventory: Inventory, assessments: Mapping[str, Assessment], policy: Policy, now: datetime) -> Review:
    """Every concentration there is, with its waiver; and the waivers that name none."""
    fleet = fleet_of(inventory, assessments, policy)
    population = endings(fleet.used, now)
    found = sorted(
        (*_same_windows(fleet, population, now), *same_certificates(fleet), *same_keys(fleet), *shared(fleet)),
        key=_order,
    )
    judged = [Finding(one, *_waivers(one.id, policy.waivers, now)) for one in found]
    return Review(
        findings=tuple(_folded(judged)),
        unjudged=fleet.unjudged,
        strays=tuple(_strays(policy.waivers, [one.id for one in found])),
        until=_until(found, population, policy.waivers, now),
    )


def _same_windows(fleet: Fleet, population: Sequence[Ending], now: datetime) -> Iterator[Concentration]:
    """By the services that they take: all windows of the same services are one finding."""
    together: defaultdict[tuple[str, ...], list[Struck]] = defaultdict(list)
    scopes = [(population, OF_SEVERAL), *((its, OF_ONE) for its in by_service(population).values())]
    for endings_of_scope, scope in scopes:
        for struck in windows(endings_of_scope, scope, now):
            together[struck.services].append(struck)
    for services, all_struck in together.items():
        baskets = [(used, _of(services, used.endpoints)) for one in all_struck for used in one.used]
        whole = concentration(ConcentrationKind.SAME_WINDOW, services, baskets, fleet)
        yield replace(whole, windows=tuple(one.window for one in all_struck))


def _of(services: Sequence[str], at: Iterable[Endpoint]) -> tuple[Endpoint, ...]:
    """The endpoints of those services that have a region."""
    return tuple(each for each in at if each.service in services and each.region)


def _order(one: Concentration) -> tuple[object, ...]:
    """Who may speak for others first."""
    return (_RANK[one.kind], -len(one.services), -len(one.fingerprints), one.first_end, one.id)


def _folded(judged: Iterable[Finding]) -> Iterator[Finding]:
    """Those that stand by themselves, each with those that it speaks for."""
    standing: dict[str, list[Finding]] = {}
    speakers: defaultdict[str, list[_Speaker]] = defaultdict(list)
    for finding in judged:
        # Who speaks for it speaks for its first certificate.
        candidates = speakers.get(finding.concentration.fingerprints[0], ())
        speaker = next((each for each in candidates if each.covers(finding.concentration)), None)
        if speaker is not None:
            standing[speaker.id].append(finding)
            continue
        standing[finding.id] = [finding]
        if finding.waiver is None:
            new = _Speaker(finding.concentration)
            for fingerprint in new.fingerprints:
                speakers[fingerprint].append(new)
    yield from (replace(first, includes=tuple(rest)) for first, *rest in standing.values())


class _Speaker:
    """A concentration that may speak for others."""

    def __init__(self, one: Concentration) -> None:
        self.id = one.id
        self.fingerprints = frozenset(one.fingerprints)
        self._services = frozenset(one.services)
        self._regions = frozenset(one.regions)

    def covers(self, other: Concentration) -> bool:
        """True when all that would fail by the other is in this one."""
        return (
            self._services.issuperset(other.services)
            and self._regions.issuperset(other.regions)
            and self.fingerprints.issuperset(other.fingerprints)
        )


def _waivers(id: str, waivers: Iterable[Waiver], now: datetime) -> tuple[Waiver | None, Waiver | None]:
    """The one that holds, the longest of several; else the one that ended last."""
    listed = sorted((one for one in waivers if one.id == id), key=lambda one: one.until)
    last = listed[-1] if listed else None
    return (last, None) if last is not None and now < last.until else (None, last)


def _strays(waivers: Iterable[Waiver], ids: Sequence[str]) -> Iterator[StrayWaiver]:
    known = set(ids)
    for waiver in waivers:
        if waiver.id not in known:
            near = get_close_matches(waiver.id, ids[:MOST_COMPARED], n=1, cutoff=0.8)
            yield StrayWaiver(waiver, near[0] if near else "")


def _until(
    found: Iterable[Concentration], population: Sequence[Ending], waivers: Iterable[Waiver], now: datetime
) -> datetime:
    """The first instant at which any of it changes by itself. `population`: soonest end first."""
    instants = (
        *(window.ends_at for one in found for window in one.windows),
        *(waiver.until for waiver in waivers),
        *(one.at + OVER_AFTER for one in population[:1] if one.at < FOREVER - OVER_AFTER),
    )
    return min((at for at in instants if at >= now), default=FOREVER)
