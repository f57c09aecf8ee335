"""Writing a push: the lines of a sweep, with the bytes of those certificates that the hub does not know. Pure."""

import base64
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from pydantic import BaseModel, ValidationError

from incidentd.model.location import Controller
from incidentd.model.observation import Absence, Observation
from incidentd.sources.pushed.joining import Account, Joined
from incidentd.sources.pushed.lines import (
    MOST_UNREAD,
    TEXT_CHARACTERS,
    Begun,
    Ended,
    Given,
    Gone,
    Known,
    Renewing,
    Seen,
    Told,
    Unseen,
)


@dataclass(frozen=True, slots=True)
class Written:
    """A push as it is sent."""

    body: bytes = field(repr=False)
    places: int
    certificates: int
    """Of which the bytes are in it."""
    unsayable: tuple[str, ...]
    """Places that cannot be pushed as they are, each with the reason."""


def written(known: Known, all_of_it: Joined, ders: Mapping[str, bytes], held: Collection[str]) -> Written:
    """The whole body. `held`: fingerprints that the hub knows."""
    told: list[Told] = []
    unsayable: list[str] = []
    for account in all_of_it.accounts:
        place = _told(account, known.labels)
        if isinstance(place, str):
            unsayable.append(place)
        else:
            told.append(place)
    needed = dict.fromkeys(fp for place in told for seen in place.seen for fp in seen.chain if fp not in held)
    given = [Given(der=base64.b64encode(ders[fingerprint]).decode("ascii")) for fingerprint in needed]
    failure = all_of_it.failure and _cut(all_of_it.failure)
    lines = (Begun(after=known.after, since=known.since), *given, *told, Ended(failure=failure))
    body = b"\n".join(_lines(lines)) + b"\n"
    return Written(body, len(told), len(given), tuple(unsayable))


def _lines(lines: Collection[BaseModel]) -> Iterator[bytes]:
    for line in lines:
        yield line.model_dump_json().encode()


def _told(account: Account, labels: Collection[str]) -> Told | str:
    at = account.location
    try:
        return Told(
            uri=at.uri,
            role=at.role,
            asked_name=at.asked_name,
            labels={name: value for name, value in at.labels if name in labels},
            controller=None if at.controller is None else _renewing(at.controller),
            seen=tuple(_seen(one) for one in account.seen),
            unseen=tuple(Unseen(member=one.member, reason=one.reason, text=_cut(one.text)) for one in account.unseen),
            gone=tuple(_gone(one) for one in account.gone),
        )
    except ValidationError as error:
        return f"{at.uri}: {error.errors(include_url=False, include_input=False, include_context=False)[0]['msg']}"


def _seen(look: Observation) -> Seen:
    unread = tuple(_cut(one) for one in look.unread[:MOST_UNREAD])
    chain = tuple(certificate.fingerprint for certificate in look.chain)
    return Seen(member=look.member, chain=chain, others=look.others, unread=unread)


def _renewing(by: Controller) -> Renewing:
    return Renewing(name=by.name, ready=by.ready, renews_at=by.renews_at)


def _gone(absence: Absence) -> Gone:
    said = {"member": absence.member, "kind": absence.kind, "group": absence.group}
    return Gone.model_validate(said)  # which kinds may be said is for the model to judge


def _cut(text: str) -> str:
    """What came out of a file name may hold what no JSON can."""
    text = text.encode("utf-8", "backslashreplace").decode()
    return text if len(text) <= TEXT_CHARACTERS else text[: TEXT_CHARACTERS - 1] + "…"
