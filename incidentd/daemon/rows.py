"""Rows: those of the ledger by what they stand for, and the one of each key that counts."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from incidentd.model.incident import Beside, IncidentRecord, beside_in


@dataclass(frozen=True, slots=True)
class Rows:
    """All rows that matter now."""

    every: tuple[IncidentRecord, ...]
    of_certificates: tuple[IncidentRecord, ...]
    beside: tuple[IncidentRecord, ...]
    """Of pages, and of tickets that incidents were moved away from."""
    told: tuple[IncidentRecord, ...]
    """Of releases whose own tickets are told something."""
    own: tuple[IncidentRecord, ...]
    """Of self-incidents."""
    latest: Mapping[str, IncidentRecord]
    """By key, of all but releases."""
    latest_of_certificates: Mapping[str, IncidentRecord]
    latest_beside: Mapping[str, IncidentRecord]
    latest_told: Mapping[str, IncidentRecord]


class RowsKept:
    """They change with news only, and every pass asks for them: so they are sorted again when they are others."""

    def __init__(self) -> None:
        self._last: Rows | None = None

    def sorted(self, rows: tuple[IncidentRecord, ...]) -> Rows:
        """Each where it belongs."""
        if self._last is None or self._last.every != rows:
            self._last = _sorted(rows)
        return self._last


def _sorted(rows: tuple[IncidentRecord, ...]) -> Rows:
    of_certificates, beside, told, own = (list[IncidentRecord]() for _ in range(4))
    where = {None: of_certificates, Beside.PAGE: beside, Beside.LEFT: beside, Beside.RELEASE: told}
    for row in rows:
        (own if row.of_itself else where[beside_in(row.key)]).append(row)
    return Rows(
        rows,
        tuple(of_certificates),
        tuple(beside),
        tuple(told),
        tuple(own),
        latest_by_key((*of_certificates, *beside, *own)),
        latest_by_key(of_certificates),
        latest_by_key(beside),
        latest_by_key(told),
    )


def latest_by_key(records: Iterable[IncidentRecord]) -> dict[str, IncidentRecord]:
    """Of each key the active row, else the one that was closed last."""
    latest: dict[str, IncidentRecord] = {}
    for record in records:
        before = latest.get(record.key)
        if before is None or record.active or not before.active:
            latest[record.key] = record
    return latest
