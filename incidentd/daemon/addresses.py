"""Addresses that are too long to be kept: an index takes only so much. What is left out is said loudly."""

from dataclasses import replace

from incidentd.model.observation import Absence, Gap, Observation, Sweep
from incidentd.store.columns import plain_text

LONGEST_BYTES = 1_500
"""PostgreSQL indexes no row of more than 2,704 bytes; beside the address stand a source's name and a member's."""
SHOWN_CHARACTERS = 100


def without_too_long(swept: Sweep) -> Sweep:
    """The sweep without what cannot be kept. One such file in a folder of thousands must not lose the others."""
    looks: tuple[Observation | Gap | Absence, ...] = (*swept.observations, *swept.gaps, *swept.absences)
    long = sorted({look.location.uri for look in looks if _is_too_long(look.location.uri)})
    if not long:
        return swept
    return replace(
        swept,
        observations=tuple(look for look in swept.observations if not _is_too_long(look.location.uri)),
        gaps=tuple(look for look in swept.gaps if not _is_too_long(look.location.uri)),
        absences=tuple(look for look in swept.absences if not _is_too_long(look.location.uri)),
        failure=swept.failure or _said(long),
    )


def _said(long: list[str]) -> str:
    places = "1 address is" if len(long) == 1 else f"{len(long)} addresses are"
    return f"{places} longer than {LONGEST_BYTES} bytes and cannot be kept, the first: {long[0][:SHOWN_CHARACTERS]}…"


def _is_too_long(uri: str) -> bool:
    return 6 * len(uri) > LONGEST_BYTES and len(plain_text(uri).encode()) > LONGEST_BYTES
