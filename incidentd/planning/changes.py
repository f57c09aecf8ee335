"""Changes: once a release is said to have shipped, the timelines of those who answer for its certificates are told.

Once each, at the most: nobody can read back whether a timeline has it. What was told stands in a row as what is told
on a release's own ticket does, under a key made of release and tracker.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from incidentd.model.assessment import Stage, Step
from incidentd.model.certificate import Certificate
from incidentd.model.incident import IncidentRecord, IncidentState, change_key
from incidentd.model.plan import Action, ActionKind, Plan
from incidentd.model.release import Release, Shipped
from incidentd.model.ticket import Comment, Link, TicketContent, TicketRef
from incidentd.planning.facts import Facts
from incidentd.planning.phrases import instant, listed
from incidentd.planning.sanitize import sanitize
from incidentd.planning.telling import bare_content
from incidentd.planning.wording import name_of
from incidentd.policy.releases import Releases

NEWS_FOR = timedelta(days=3)
"""What shipped longer ago is no news on a timeline."""
NAMES_SHOWN = 5
NOWHERE = TicketRef("", "")


def shipped(
    releases: Iterable[Release],
    rows: Iterable[IncidentRecord],
    certificates: Mapping[str, Certificate],
    changers: Collection[str],
    now: datetime,
) -> tuple[Shipped, ...]:
    """What is news to which tracker, of those that have a timeline. `rows` are of incidents and their pages."""
    lately = tuple(one for one in releases if one.brings and _is_news(one.shipped_at, now))
    if not lately or not changers:
        return ()
    known, found = Releases(lately), dict[tuple[str, str], dict[str, Certificate]]()
    for row in rows:
        certificate = certificates.get(row.fingerprint)
        if certificate is None or row.tracker not in changers:
            continue
        for _, release in known.carrying(certificate):
            found.setdefault((release.id, row.tracker), {})[certificate.fingerprint] = certificate
    by_id = {release.id: release for release in lately}
    return tuple(
        Shipped(by_id[id], tracker, tuple(sorted(each.values(), key=lambda one: (one.not_after, one.fingerprint))))
        for (id, tracker), each in sorted(found.items())
    )


def change_plan(facts: Facts, instance: str) -> Plan:
    """What is to be told that was not, and is not on its way."""
    wanted = ((change_key(instance, one.release.id, one.tracker), one) for one in facts.shipped)
    return Plan(tuple(action for key, one in wanted if (action := _told(key, one, facts, instance)) is not None))


def _told(key: str, news: Shipped, facts: Facts, instance: str) -> Action | None:
    record = facts.told.get(key)
    said = Comment(f"shipped:{news.release.shipped_at:%Y%m%dT%H%M%S}", _summary(news))
    row = record if record is not None and record.active else _row(key, news, facts.now)
    if key in facts.in_flight or said.id in row.told:
        return None
    return Action(
        kind=ActionKind.CHANGE,
        key=key,
        fingerprint=row.fingerprint,
        tracker=row.tracker,
        name=row.name,
        not_after=row.not_after,
        step=Step.WARNING,
        stage=row.stage,
        reasons=("release",),
        text=f"release: {row.tracker} is told that {sanitize(row.name)} is said to have shipped",
        record=row,
        content=_content(news, row, instance),
        comments=(said,),
    )


def _content(news: Shipped, row: IncidentRecord, instance: str) -> TicketContent:
    details = tuple((name_of(one), f"expires {instant(one.not_after)}") for one in news.renewed[:NAMES_SHOWN])
    links = (Link("Release", news.release.url),) if news.release.url else ()
    bare = bare_content(row, Step.WARNING, instance, f"Release {sanitize(row.name)} is said to have shipped")
    return replace(bare, details=details, links=links)


def _is_news(shipped_at: datetime | None, now: datetime) -> bool:
    return shipped_at is not None and now - shipped_at <= NEWS_FOR


def _summary(news: Shipped) -> str:
    names = listed([name_of(one) for one in news.renewed], NAMES_SHOWN)
    return f"Release {sanitize(news.release.id)} is said to have shipped: it carries new certificates for {names}"


def _row(key: str, news: Shipped, now: datetime) -> IncidentRecord:
    first = news.renewed[0]
    return IncidentRecord(
        id=0,
        key=key,
        fingerprint=first.fingerprint,
        tracker=news.tracker,
        state=IncidentState.OPEN,
        step=Step.WARNING,
        stage=Stage.RENEWED_NOT_DEPLOYED,
        opened_at=now,
        name=news.release.id,
        not_after=first.not_after,
        ticket=NOWHERE,
    )
