"""Checks: what the daemon did in a year, held against what it should have done."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from incidentd.model.incident import MARKER_HEX, IncidentRecord
from tests.simulation.year.expected import Expected, eventful, expected, settling_in
from tests.simulation.year.renewals import HOUR
from tests.simulation.year.running import Pass, Year

EVERY_PASS = {"sweeps": 1, "leases": 6}
"""Rows that each pass may write, however large the fleet: its sweep, and its leases taken and given back."""


def wrong(year: Year, folder: Path, ends: datetime) -> list[str]:
    """Everything that is not as it should be, in words."""
    wanted = [expected(stay, ends) for stay in year.fleet.stays if stay.since < ends]
    rows: dict[str, list[IncidentRecord]] = {}
    for record, _ in year.history:
        rows.setdefault(record.fingerprint, []).append(record)
    return [
        *_of_rows(wanted, rows),
        *_of_tickets(wanted, year.queue.tickets(folder)),
        *_of_rest(year.passes, quiet_passes(year, ends)),
        *(f"{one.at}: {problem}" for one in year.passes for problem in one.problems),
    ]


def quiet_passes(year: Year, ends: datetime) -> set[datetime]:
    """The passes in which nothing changed."""
    stays = (stay for stay in year.fleet.stays if stay.since < ends)
    busy = {at for stay in stays for at in eventful(expected(stay, ends))}
    return {one.at for one in year.passes if one.at not in busy and not settling_in(one.at)}


def _of_rows(wanted: list[Expected], rows: dict[str, list[IncidentRecord]]) -> Iterator[str]:
    """One incident for each certificate that was due in its place, and none for any other."""
    for one in wanted:
        fingerprint = one.stay.certificate.fingerprint
        mine = rows.pop(fingerprint, [])
        name = f"host {one.stay.host} ({fingerprint[:8]})"
        if len(mine) != (one.opens_at is not None):
            yield f"{name}: {len(mine)} incidents, expected {int(one.opens_at is not None)}"
        for record in mine:
            yield from (f"{name}: {what}" for what in _of_row(one, record))
    yield from (f"{fingerprint[:8]}: an incident of what is no server's certificate" for fingerprint in rows)


def _of_row(wanted: Expected, record: IncidentRecord) -> Iterator[str]:
    if not _in_pass(record.opened_at, wanted.opens_at):
        yield f"opened at {record.opened_at}, expected {wanted.opens_at}"
    if not _in_pass(record.closed_at, wanted.closes_at):
        yield f"closed at {record.closed_at}, proven at {wanted.closes_at}"
    if record.reopenings:
        yield f"reopened {record.reopenings} times"
    if record.step is not wanted.step:
        yield f"climbed to {record.step.label}, expected {wanted.step.label}"


def _in_pass(at: datetime | None, expected_at: datetime | None) -> bool:
    if at is None or expected_at is None:
        return at is expected_at
    return expected_at <= at < expected_at + HOUR or (settling_in(at) and expected_at <= at)


def _of_tickets(wanted: list[Expected], tickets: dict[str, list[bool]]) -> Iterator[str]:
    """One ticket for each incident, open for as long as it is."""
    for one in wanted:
        fingerprint = one.stay.certificate.fingerprint
        mine = tickets.pop(fingerprint[:MARKER_HEX], [])
        should = [] if one.opens_at is None else [one.closes_at is None]
        if mine != should:
            yield f"host {one.stay.host} ({fingerprint[:8]}): tickets open {mine}, expected {should}"
    yield from (f"{marker[:8]}: a ticket of nothing that is known" for marker in tickets)


def _of_rest(passes: list[Pass], quiet: set[datetime]) -> Iterator[str]:
    """A pass in which nothing changed writes nothing but its own few rows."""
    for one in passes:
        too_many = {table: count for table, count in one.rows.items() if count > EVERY_PASS.get(table, 0)}
        if one.at in quiet and (too_many or one.calls):
            yield f"{one.at}: nothing changed, and written were {too_many} rows, {one.calls} calls"
