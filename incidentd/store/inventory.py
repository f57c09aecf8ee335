"""The inventory in rows, written on change only.

A member that showed the same again gets no row: its source's last sweep, whose sequence is beyond the one the row was
written as of, says that it was looked at that often since. Members that cannot be seen stay as they were written.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from functools import lru_cache
from sys import intern
from types import MappingProxyType
from typing import Any

from sqlalchemy import Connection, bindparam, delete, select

from incidentd.errors import StoreError
from incidentd.model.certificate import Certificate, KeyType
from incidentd.model.inventory import Inventory, Member, Place, PlaceKey, Recorded, Run, SilentAddress, SweepRecord
from incidentd.model.location import Controller, Labels, Location, Role
from incidentd.model.observation import GapReason
from incidentd.model.places import Kept, Places, kept_as
from incidentd.store import tables
from incidentd.store.codec import choice, choice_or_none, dump, load
from incidentd.store.columns import unreadable
from incidentd.store.upsert import Row, in_pieces, insert_ignoring, insert_or_replace


@dataclass(frozen=True, slots=True)
class _Details:
    """What a run says beside its chain; in a column of its own, as programs before schema 0008 do not know of it."""

    others: tuple[int, ...] = ()
    share: tuple[int, int] | None = None


def load_inventory(connection: Connection) -> Inventory:
    """Everything that was seen, as after the last sweep of each source."""
    rows = connection.execute(select(tables.sweeps).order_by(tables.sweeps.c.source)).mappings()
    sweeps = {row["source"]: SweepRecord(**row) for row in rows}
    kept = {kept.place.key: kept for kept in _places(connection, _members(connection))}
    certificates, first_seen = _certificates(connection)
    return Inventory(
        certificates=MappingProxyType(certificates),
        places=Places(MappingProxyType(kept), sweeps),
        sweeps=MappingProxyType(sweeps),
        first_seen=MappingProxyType(first_seen),
    )


def record_sweep(connection: Connection, recorded: Recorded) -> None:
    """One sweep and what it changed. Raises StoreError for a sweep that another has overtaken."""
    sweep = {field.name: getattr(recorded.sweep, field.name) for field in fields(SweepRecord)}
    if not insert_or_replace(connection, tables.sweeps, [sweep], newer="sequence"):
        raise StoreError(
            f"a later sweep of {recorded.sweep.source} is recorded already", hint="the inventory is read anew"
        )
    _write_places(connection, (Kept(place, recorded.sweep.sequence) for place in recorded.places))
    found = (_certificate_row(certificate, recorded.sweep.started_at) for certificate in recorded.certificates)
    insert_ignoring(connection, tables.certificates, found)


def amend_places(connection: Connection, changed: Sequence[Kept]) -> None:
    """Places, each as of the last sweep of its source. Raises StoreError where that was not the last."""
    for source, as_of in {(kept.place.location.source, kept.as_of) for kept in changed}:
        last = select(tables.sweeps.c.sequence).where(tables.sweeps.c.source == source)
        if connection.execute(last).scalar() != as_of:
            raise StoreError(f"{source} was swept meanwhile", hint="try again: nothing was changed")
    _write_places(connection, changed)


def _write_places(connection: Connection, changed: Iterable[Kept]) -> None:
    members = tables.members.c
    mine = (members.source == bindparam("its_source")) & (members.uri == bindparam("its_uri"))
    for some in in_pieces(changed):
        insert_or_replace(connection, tables.places, (_place_row(kept.place) for kept in some))
        keys = [{"its_source": source, "its_uri": uri} for source, uri in (kept.place.key for kept in some)]
        connection.execute(delete(tables.members).where(mine), keys)
        rows = (row for kept in some for row in _member_rows(kept.place, kept.as_of))
        insert_or_replace(connection, tables.members, rows)


def _certificate_row(certificate: Certificate, first_seen: datetime) -> Row:
    return {
        "fingerprint": certificate.fingerprint,
        "not_after": certificate.not_after,
        "first_seen": first_seen,
        "body": dump(bare(certificate)),
        "key_type": None if certificate.key_type is None else certificate.key_type.value,
    }


def bare(certificate: Certificate) -> Certificate:
    """As programs before schema 0008 know it, which refuse what they do not know: they may run beside this one."""
    return replace(certificate, key_type=None)


def _place_row(place: Place) -> Row:
    location = place.location
    return {
        "source": location.source,
        "uri": location.uri,
        "role": location.role.value,
        "labels": dump(location.labels),
        "asked_name": location.asked_name,
        "known_since": place.known_since,
        "silent": dump(place.silent),
        "controller": None if location.controller is None else dump(location.controller),
    } | _unseen(place)


def _member_rows(place: Place, sequence: int) -> Iterator[Row]:
    source, uri = place.key
    for position, member in enumerate(place.members):
        yield (
            {
                "source": source,
                "uri": uri,
                "address": member.address,
                "position": position,
                "as_of": sequence,
            }
            | _runs_row(member.runs)
            | _unseen(member)
        )


def _runs_row(runs: Sequence[Run]) -> dict[str, Any]:
    if not any(run.others or run.share for run in runs):
        return {"runs": dump(tuple(runs)), "details": None}
    details = tuple(_Details(run.others, run.share) for run in runs)
    return {"runs": dump(tuple(replace(run, others=(), share=None) for run in runs)), "details": dump(details)}


def _unseen(seen: Place | Member) -> dict[str, Any]:
    return {
        "unseen_since": seen.unseen_since,
        "unseen_reason": None if seen.unseen_reason is None else seen.unseen_reason.value,
        "unseen_text": seen.unseen_text,
    }


def _certificates(connection: Connection) -> tuple[dict[str, Certificate], dict[str, datetime]]:
    known = tables.certificates.c
    wanted = select(known.fingerprint, known.first_seen, known.body, known.key_type)
    rows = connection.execute(wanted.order_by(known.fingerprint)).all()
    certificates = {intern(row.fingerprint): _certificate_in(row) for row in rows}
    return certificates, {intern(row.fingerprint): row.first_seen for row in rows}


def _certificate_in(row: Any) -> Certificate:
    certificate = load(Certificate, row.body)
    return certificate if row.key_type is None else replace(certificate, key_type=choice(KeyType, row.key_type))


def _members(connection: Connection) -> Mapping[PlaceKey, list[tuple[Member, int]]]:
    """Each member as it was last written, with the number of the sweep after which it stood so."""
    found: defaultdict[PlaceKey, list[tuple[Member, int]]] = defaultdict(list)
    for row in connection.execute(select(tables.members).order_by(tables.members.c.position)):
        member = Member(row.address, _runs_in(row), **_unseen_in(row))
        found[(row.source, row.uri)].append((member, row.as_of))
    return found


def _runs_in(row: Any) -> tuple[Run, ...]:
    runs = load(tuple[Run, ...], row.runs)
    if row.details is None:
        return runs
    details = load(tuple[_Details, ...], row.details)
    if len(details) != len(runs):
        raise unreadable("Run")
    return tuple(replace(run, others=of.others, share=of.share) for run, of in zip(runs, details, strict=True))


def _places(connection: Connection, members: Mapping[PlaceKey, list[tuple[Member, int]]]) -> Iterator[Kept]:
    """The members of a place are written together, so that one number is true of them all."""
    for row in connection.execute(select(tables.places).order_by(tables.places.c.source, tables.places.c.uri)):
        controller = None if row.controller is None else load(Controller, row.controller)
        role, labels = choice(Role, row.role), _labels_in(row.labels)
        location = Location(row.uri, intern(row.source), role, labels, row.asked_name, controller)
        its_members = members.get((row.source, row.uri), [])
        silent = load(tuple[SilentAddress, ...], row.silent)
        place = Place(
            location,
            tuple(member for member, _ in its_members),
            row.known_since,
            silent=silent,
            **_unseen_in(row),
        )
        yield kept_as(place, max((as_of for _, as_of in its_members), default=0))


@lru_cache(maxsize=1000)
def _labels_in(text: str) -> Labels:
    """Places of a kind have the same labels, and share them."""
    return load(Labels, text)


def _unseen_in(row: Any) -> dict[str, Any]:
    reason = choice_or_none(GapReason, row.unseen_reason)
    return {"unseen_since": row.unseen_since, "unseen_reason": reason, "unseen_text": row.unseen_text}
